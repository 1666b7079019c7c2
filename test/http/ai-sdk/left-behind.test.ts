import { describe, expect, test, vi } from 'vitest'

import { chatOf, messagesOf, storedIn, textOf, versions } from '../../support/ai-sdk.ts'
import { as } from '../../support/api.ts'
import { network } from '../../support/network.ts'
import { callsTo, says } from '../../support/questions.ts'
import { historyOf } from '../../support/turns.ts'

describe.each(versions)('ai %i', (version) => {
  test.each([
    ['has said nothing', []],
    ['has said what the page does not show', [{ text: 'One' }]],
  ])(
    'hangs up and asks something else before a word is shown: a reply that %s',
    async (_, said) => {
      const client = await as.user()
      const [key, id] = [crypto.randomUUID(), crypto.randomUUID()]
      await network.script(key, [...said, { gate: key }, { text: ' two' }, { finish: 'stop' }])
      const chat = chatOf(version, client, { id })
      const sent = chat.sendMessage({ text: `Hello #${key}` })
      await vi.waitFor(async () => expect(await network.seen(key)).toHaveLength(1))
      await chat.stop()
      await sent
      chat.messages = messagesOf(chat).slice(0, 1) as never
      const question = messagesOf(chat)
      // The same question again joins what runs.
      const again = await client.post('/api/chat', { id, messages: question })
      expect(again.status).toBe(200)
      // The message alone does not say that the reply was left.
      const alone = { id: 'alone', role: 'user', parts: [{ type: 'text', text: 'And?' }] }
      const busy = await client.post('/api/chat', { id, message: alone })
      expect([busy.status, await busy.text()]).toEqual([
        409,
        'A reply is running. Nothing of this request was stored. Wait until it has ended, or stop it, and send again.',
      ])

      const next = crypto.randomUUID()
      await network.script(next, says('Three'))
      await chat.sendMessage({ text: `Then this #${next}` })
      expect(chat.error).toBeUndefined()
      await again.text()
      expect(await network.seen(key)).toHaveLength(1)
      const stored = (await storedIn(client, id)).map(textOf)
      expect(stored.filter((text) => !text.includes('#'))).toEqual([
        ...said.map(({ text }) => text),
        'Three',
      ])
      expect(await historyOf(client, id, 'all')).toHaveLength(stored.length)
      await network.open(key)
    },
  )

  test('edits the question that is being answered: its reply is stopped, and the new words are answered', async () => {
    const client = await as.user()
    const [key, next, id] = [crypto.randomUUID(), crypto.randomUUID(), crypto.randomUUID()]
    await network.script(key, [{ text: 'One' }, { gate: key }, { text: ' two' }])
    await network.script(next, says('Three'))
    const chat = chatOf(version, client, { id })
    const sent = chat.sendMessage({ text: `Hello #${key}` })
    await vi.waitFor(() => expect(textOf(messagesOf(chat).at(-1)!)).toBe('One'))
    await chat.stop()
    await sent
    const messageId = messagesOf(chat)[0]!.id
    await chat.sendMessage({ text: `Or this #${next}`, messageId })
    expect(chat.error).toBeUndefined()
    expect((await storedIn(client, id)).map(textOf)).toEqual([`Or this #${next}`, 'Three'])
    expect(await historyOf(client, id, 'all')).toHaveLength(4)
    await network.open(key)
  })

  test('hangs up on another reply before a word is shown: the first one stays beside', async () => {
    const client = await as.user()
    const [first, key, next] = [crypto.randomUUID(), crypto.randomUUID(), crypto.randomUUID()]
    await network.script(first, says('First'), [{ gate: key }, { text: 'Second' }])
    await network.script(next, says('Three'))
    const chat = chatOf(version, client)
    await chat.sendMessage({ text: `Hello #${first}` })
    const other = chat.regenerate()
    await vi.waitFor(async () => expect(await network.seen(first)).toHaveLength(2))
    await chat.stop()
    await other
    await chat.sendMessage({ text: `Then this #${next}` })
    expect(chat.error).toBeUndefined()
    expect(await storedIn(client, chat.id)).toEqual(messagesOf(chat))
    expect(chat.messages).toHaveLength(3)
    await network.open(key)
  })

  test('hangs up on a turn that goes on with results of tools, before a word of it', async () => {
    const client = await as.user()
    const [calls, key, next] = [crypto.randomUUID(), crypto.randomUUID(), crypto.randomUUID()]
    await network.script(calls, callsTo('c1'))
    await network.script(key, [{ gate: key }, { text: 'Late' }, { finish: 'stop' }])
    await network.script(next, says('Three'))
    const chat = chatOf(version, client)
    await chat.sendMessage({ text: `Hello #${calls}` })
    const output = `#${key}`
    await chat.addToolResult({ tool: 'look', toolCallId: 'c1', output } as never)
    const sent = chat.sendMessage()
    await vi.waitFor(async () => expect(await network.seen(key)).toHaveLength(1))
    await chat.stop()
    await sent
    await chat.sendMessage({ text: `Then this #${next}` })
    expect(chat.error).toBeUndefined()
    expect((await storedIn(client, chat.id)).map(textOf).at(-1)).toBe('Three')
    await network.open(key)
  })
})
