import { describe, expect, test } from 'vitest'

import { chatOf, messagesOf, storedIn, textOf, versions } from '../../support/ai-sdk.ts'
import { as } from '../../support/api.ts'
import { network } from '../../support/network.ts'
import { says } from '../../support/questions.ts'
import { historyOf } from '../../support/turns.ts'

/** A question that the model answers with these texts, one after the other. */
async function asking(...answers: string[]): Promise<string> {
  const key = crypto.randomUUID()
  await network.script(key, ...answers.map(says))
  return `Hello #${key}`
}

describe.each(versions)('ai %i', (version) => {
  test('asks for another reply, which stands beside the first', async () => {
    const client = await as.user()
    const id = crypto.randomUUID()
    const chat = chatOf(version, client, { id })
    await chat.sendMessage({ text: await asking('First', 'Second', 'Third') })
    const first = messagesOf(chat)[1]!
    await chat.regenerate()
    expect(chat.messages.map(textOf).slice(1)).toEqual(['Second'])
    await chat.regenerate({ messageId: messagesOf(chat)[1]!.id })
    expect(chat.messages.map(textOf).slice(1)).toEqual(['Third'])
    expect(await storedIn(client, id)).toEqual(messagesOf(chat))
    const all = await historyOf(client, id, 'all')
    expect(all.map(({ content }) => content).slice(1)).toEqual(['First', 'Second', 'Third'])
    expect(all[3]?.siblings).toEqual(all.slice(1).map((one) => one.id))
    expect(all[1]?.id).toBe(first.id)
  })

  test('edits a question, also one that was edited before, and goes on from there', async () => {
    const client = await as.user()
    const id = crypto.randomUUID()
    const chat = chatOf(version, client, { id })
    await chat.sendMessage({ text: await asking('Before') })
    const [older, old, edited] = [await asking('Zero'), await asking('One'), await asking('Two')]
    await chat.sendMessage({ text: older })
    const messageId = messagesOf(chat)[2]!.id
    for (const text of [old, edited]) await chat.sendMessage({ text, messageId })
    expect(chat.error).toBeUndefined()
    expect(chat.messages.map(textOf).slice(2)).toEqual([edited, 'Two'])
    await chat.sendMessage({ text: await asking('After') })
    expect(chat.messages.map(textOf).slice(3)).toEqual(['Two', expect.any(String), 'After'])
    const stored = await storedIn(client, id)
    expect(stored).toEqual(messagesOf(chat))
    expect(stored[2]?.id).toBe(messageId)
    const all = await historyOf(client, id, 'all')
    expect(all.filter(({ role }) => role === 'user').map(({ content }) => content)).toEqual([
      textOf(stored[0]!),
      older,
      old,
      edited,
      textOf(stored[4]!),
    ])
    expect(all.find(({ content }) => content === edited)?.siblings).toHaveLength(3)
  })

  test('edits the very first question', async () => {
    const client = await as.user()
    const chat = chatOf(version, client)
    await chat.sendMessage({ text: await asking('One') })
    await chat.sendMessage({ text: await asking('Two'), messageId: messagesOf(chat)[0]!.id })
    expect(chat.messages.map(textOf).slice(1)).toEqual(['Two'])
    expect(await storedIn(client, chat.id)).toEqual(messagesOf(chat))
  })

  test('goes back to words that were said before, and to the reply that they had', async () => {
    const client = await as.user()
    const chat = chatOf(version, client)
    const first = await asking('One')
    await chat.sendMessage({ text: first })
    const messageId = messagesOf(chat)[0]!.id
    await chat.sendMessage({ text: await asking('Two'), messageId })
    await chat.sendMessage({ text: first, messageId })
    expect(chat.error).toBeUndefined()
    expect(chat.messages.map(textOf)).toEqual([first, 'One'])
    expect(await storedIn(client, chat.id)).toEqual(messagesOf(chat))
  })

  test('branches off where the client left out what is kept', async () => {
    const client = await as.user()
    const id = crypto.randomUUID()
    const chat = chatOf(version, client, { id })
    for (const answer of ['One', 'Two']) await chat.sendMessage({ text: await asking(answer) })
    chat.messages = chat.messages.slice(0, 2)
    await chat.sendMessage({ text: await asking('Other') })
    expect(await storedIn(client, id)).toEqual(messagesOf(chat))
    expect(await historyOf(client, id, 'all')).toHaveLength(6)
    expect(await historyOf(client, id)).toHaveLength(4)
  })
})

test('words of a message that is kept are not changed, and the client is told so', async () => {
  const client = await as.user()
  const chat = chatOf(7, client)
  for (const answer of ['One', 'Two']) await chat.sendMessage({ text: await asking(answer) })
  const stored = await storedIn(client, chat.id)
  for (const [at, text] of [
    [0, 'Other words'],
    [1, 'I said that?'],
  ] as const) {
    const copy = structuredClone(stored)
    copy[at]!.parts = [{ type: 'text', text }]
    const changed = chatOf(7, client, { id: chat.id, messages: copy })
    await changed.sendMessage({ text: await asking('Three') })
    expect(changed.error?.message).toContain('What is kept is never changed')
    expect(changed.error?.message).not.toContain(text)
  }
  expect(await storedIn(client, chat.id)).toEqual(stored)
})
