import { describe, expect, test } from 'vitest'

import { type Client, type Conversation, append, as, bodyOf, read } from '../../../support/api.ts'
import { givenConversation, userMessages } from '../../../support/given.ts'
import { about, attemptsOf, owesMemory, promptOf, summarize } from '../../../support/memory.ts'
import { network } from '../../../support/network.ts'
import { eventually, underSettings } from '../../../support/record.ts'

describe('a summary on demand', () => {
  test('covers all there is, and costs nothing when nothing is new', async () => {
    const ann = await as.user()
    const id = await givenConversation(ann, { messages: about('demand', 3) })
    const first = await bodyOf<Conversation>(summarize(ann, id))
    expect(first).toMatchObject({ summary: 'Summary 1 of demand.summary', summary_seq: 3 })
    expect(await bodyOf<Conversation>(summarize(ann, id))).toMatchObject({ summary_seq: 3 })
    expect(await network.seen('demand.summary')).toHaveLength(1)
  })

  test('summarises no stretch twice when ten ask at once', async () => {
    const ann = await as.user()
    const id = await givenConversation(ann, { messages: about('crowd', 9) })
    await append(ann, id, about('crowd', 1, 10))
    const answers = await Promise.all(Array.from({ length: 10 }, () => summarize(ann, id)))
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200))
    expect(await network.seen('crowd.summary')).toHaveLength(1)
  })

  test('says why when the model fails, and leaves the old one', async () => {
    await network.script('down.summary', [{ text: 'Old' }, { finish: 'stop' }], [{ status: 429 }])
    const ann = await as.user()
    const id = await givenConversation(ann, { messages: about('down', 2) })
    await summarize(ann, id)
    await append(ann, id, about('down', 1, 3))
    const answer = await summarize(ann, id)
    expect(answer.status).toBe(503)
    expect(await answer.json()).toMatchObject({ type: '/problems/model-overloaded' })
    expect(await read(ann, id)).toMatchObject({ summary: 'Old', summary_seq: 2 })
  })

  test('is a 501 when the back end runs its own model', async () => {
    const ann = await as.user()
    const id = await givenConversation(ann, { messages: userMessages(1) })
    await underSettings(id, { MODEL_PROVIDER: 'none' })
    const answer = await summarize(ann, id)
    expect(answer.status).toBe(501)
    await underSettings(id, { MODEL_PROVIDER: 'sometimes' })
    expect((await summarize(ann, id)).status).toBe(503)
  })
})

describe('a summary that a service writes', () => {
  const patch = (client: Client, id: string, summary: string, seq: number) =>
    client.patch(`/api/conversations/${id}`, { summary, summary_seq: seq })

  test('is kept, never goes back, and never past the last message', async () => {
    const service = as.service('backend', `user:${crypto.randomUUID()}`)
    const id = await givenConversation(service, { messages: userMessages(5) })
    expect(await bodyOf<Conversation>(patch(service, id, 'Mine', 4))).toMatchObject({
      summary: 'Mine',
      summary_seq: 4,
    })
    const back = await patch(service, id, 'Older', 3)
    expect(back.status).toBe(409)
    expect(await back.json()).toMatchObject({ type: '/problems/summary-behind', summary_seq: 4 })
    expect((await patch(service, id, 'Too far', 6)).status).toBe(422)
    expect(await read(service, id)).toMatchObject({ summary: 'Mine', summary_seq: 4 })
  })

  test('wins over one that was under way from what came before it', async () => {
    await network.script('race.summary', [{ gate: 'race' }, { text: 'Late' }, { finish: 'stop' }])
    const service = as.service('backend', `user:${crypto.randomUUID()}`)
    const id = await givenConversation(service, { messages: about('race', 10) })
    await eventually(async () => (await network.seen('race.summary')).length === 1)
    await patch(service, id, 'Mine', 10)
    await network.open('race')
    await eventually(async () => (await attemptsOf(id)) === 0 && !(await owesMemory(id)))
    expect(await read(service, id)).toMatchObject({ summary: 'Mine', summary_seq: 10 })
  })

  test('is refused of anybody else, and without its number', async () => {
    const ann = await as.user()
    const id = await givenConversation(ann, { messages: userMessages(1) })
    expect((await patch(ann, id, 'Mine', 1)).status).toBe(403)
    const half = await ann.patch(`/api/conversations/${id}`, { summary: 'Mine' })
    expect(half.status).toBe(422)
    expect(await half.json()).toMatchObject({ errors: [{ pointer: '/summary_seq' }] })
  })
})

test('a summary takes at most half of what a context has room for', async () => {
  const service = as.service('backend', `user:${crypto.randomUUID()}`)
  const id = await givenConversation(service, { messages: about('half', 9) })
  const body = { summary: 'So much was said. '.repeat(100), summary_seq: 9 }
  expect((await service.patch(`/api/conversations/${id}`, body)).status).toBe(200)
  const context = await bodyOf<{ messages: { content: string }[]; token_estimate: number }>(
    service.get(`/api/conversations/${id}/context?max_messages=3&max_tokens=100`),
  )
  expect(context.token_estimate).toBeLessThanOrEqual(100)
  expect(context.messages[0]?.content).toMatch(/<summary>[^]*recortado\][^]*<\/summary>$/)
  expect(context.messages.at(-1)?.content).toMatch(/message 9 #half$/)
})

test('a summary is made of what is said around pictures, files and calls too', async () => {
  const service = as.service('backend', `user:${crypto.randomUUID()}`)
  const id = await givenConversation(service, {
    language: 'en',
    messages: [
      {
        role: 'user',
        parts: [
          { type: 'text', text: 'Look #around' },
          { type: 'image_url', image_url: { url: 'https://app.test/cat.png' } },
          { type: 'file', file: { file_id: 'f' } },
        ],
      },
      {
        role: 'assistant',
        tool_calls: [
          { id: 'c', type: 'function', function: { name: 'look', arguments: '{"at":"cat"}' } },
        ],
      },
    ],
  })
  expect((await summarize(service, id)).status).toBe(200)
  const [seen] = await network.seen('around.summary')
  expect(promptOf(seen?.body).data.messages).toEqual([
    { role: 'user', text: 'Look #around\n[image]\n[file]' },
    { role: 'assistant', text: 'look({"at":"cat"})' },
  ])
})
