import { describe, expect, test } from 'vitest'

import { type Client, type ContinueAnswer, append, as, bodyOf } from '../../../support/api.ts'
import { givenConversation } from '../../../support/given.ts'
import { network } from '../../../support/network.ts'
import { problemOf } from '../../../support/problems.ts'
import { callsTo, promptOf, question, result } from '../../../support/questions.ts'
import { answered, historyOf, proceed, turnOf } from '../../../support/turns.ts'

/** A conversation in which the model waits for the results of these calls. */
async function givenCalls(client: Client, key: string, ...calls: string[]): Promise<string> {
  await network.script(key, callsTo(...calls))
  const id = await givenConversation(client)
  const asked = await proceed(client, id, turnOf(key))
  if (asked.status !== 200) throw new Error(`no calls: ${await asked.text()}`)
  return id
}

const rolesOf = async (client: Client, id: string) =>
  (await historyOf(client, id)).map(({ role }) => role)

test('come with the next continue and are answered in the order of the calls', async () => {
  const ann = await as.user()
  const id = await givenCalls(ann, 'two-calls', 'a', 'b')
  const results = [result('b', 'two #answered'), result('a', 'one #answered')]
  const { message, accepted } = await answered(ann, id, { messages: results })
  expect(accepted.map(({ seq, tool_call_id: callId }) => [seq, callId])).toEqual([
    [3, 'b'],
    [4, 'a'],
  ])
  expect(message).toMatchObject({ seq: 5, content: 'Hello there' })
  const [seen] = await network.seen('answered')
  expect(promptOf(seen).slice(-3)).toMatchObject([
    { role: 'assistant', tool_calls: [{ id: 'a' }, { id: 'b' }] },
    { role: 'tool', tool_call_id: 'a', content: 'one #answered' },
    { role: 'tool', tool_call_id: 'b', content: 'two #answered' },
  ])
  const again = await answered(ann, id, { messages: results })
  expect(again).toMatchObject({ message, accepted })
  expect(await network.seen('answered')).toHaveLength(1)
})

test('are not enough while one is missing; append keeps some until then', async () => {
  const ann = await as.user()
  const id = await givenCalls(ann, 'half-way', 'a', 'b', 'c')
  const half = [result('a', 'one'), result('c', 'three #whole-way')]
  const refused = await problemOf(proceed(ann, id, { messages: half }))
  expect(refused).toMatchObject({
    type: '/problems/tool-calls-outstanding',
    status: 409,
    tool_call_ids: ['b'],
  })
  expect(await rolesOf(ann, id)).toEqual(['user', 'assistant'])
  expect((await append(ann, id, half)).status).toBe(201)
  const stillOpen = await problemOf(proceed(ann, id, { messages: [] }))
  expect(stillOpen).toMatchObject({ status: 409, tool_call_ids: ['b'] })
  expect(await network.seen('whole-way')).toEqual([])
  expect((await proceed(ann, id, { messages: [result('b', 'two')] })).status).toBe(200)
  const [seen] = await network.seen('whole-way')
  expect(promptOf(seen).map(({ tool_call_id: callId }) => callId)).toEqual([
    undefined,
    undefined,
    'a',
    'b',
    'c',
  ])
  expect(await rolesOf(ann, id)).toEqual(['user', 'assistant', 'tool', 'tool', 'tool', 'assistant'])
})

test('may all be there before anybody asks', async () => {
  const ann = await as.user()
  const id = await givenCalls(ann, 'all-there', 'a')
  await append(ann, id, [result('a', 'one #asked-later')])
  expect((await proceed(ann, id, { messages: [] })).status).toBe(200)
  expect(await network.seen('asked-later')).toHaveLength(1)
})

describe('for calls that do not wait', () => {
  test('are refused from users and sessions, and nothing is kept', async () => {
    const ann = await as.user()
    const visitor = await as.session()
    for (const [client, key] of [
      [ann, 'strange-user'],
      [visitor, 'strange-session'],
    ] as const) {
      const id = await givenCalls(client, key, 'a', 'b')
      for (const messages of [
        [result('z', 'made up')],
        [result('a', 'one'), result('a', 'one again', 'twice')],
        [result('a', 'one'), { role: 'user', content: 'Well?' }, result('z', 'made up')],
      ]) {
        const bad = await problemOf(proceed(client, id, { messages }))
        expect(bad).toMatchObject({ type: '/problems/invalid-request', status: 422 })
        expect((await append(client, id, messages)).status).toBe(422)
      }
      expect(await rolesOf(client, id)).toEqual(['user', 'assistant'])
    }
  })

  test('are refused once the call was answered, or the model spoke again', async () => {
    const ann = await as.user()
    const id = await givenCalls(ann, 'over', 'a', 'b')
    await append(ann, id, [result('a', 'one')])
    const twice = await problemOf(append(ann, id, [result('a', 'other', 'twice')]))
    expect(twice).toMatchObject({ status: 422, tool_call_ids: ['b'] })
    await proceed(ann, id, turnOf('over-and-on', 'q2'))
    const late = await problemOf(append(ann, id, [result('b', 'two')]))
    expect(late).toMatchObject({ status: 422, tool_call_ids: [] })
  })

  test('are believed from a service, and not sent to the model', async () => {
    const backend = as.service('backend', `user:${crypto.randomUUID()}`)
    const id = await givenConversation(backend)
    const answer = await proceed(backend, id, {
      messages: [result('z', 'from elsewhere'), question('believed')],
    })
    expect(answer.status).toBe(200)
    expect(await rolesOf(backend, id)).toEqual(['tool', 'user', 'assistant'])
    const [seen] = await network.seen('believed')
    expect(promptOf(seen).map(({ role }) => role)).toEqual(['user'])
  })
})

describe('that never come', () => {
  test.each([
    ['none', 0],
    ['some', 1],
  ])('hold nobody up when %s came, and the model is sent no half of them', async (name, count) => {
    const ann = await as.user()
    const id = await givenCalls(ann, `ignored-${name}`, 'a', 'b')
    if (count > 0) await append(ann, id, [result('a', 'one')])
    const { message } = await bodyOf<ContinueAnswer>(
      proceed(ann, id, turnOf(`instead-of-${name}`, 'q2')),
    )
    expect(message.content).toBe('Hello there')
    const [seen] = await network.seen(`instead-of-${name}`)
    expect(promptOf(seen)).toEqual([
      { role: 'user', content: `Hello #ignored-${name}\n\nHello #instead-of-${name}` },
    ])
    expect((await rolesOf(ann, id)).filter((role) => role === 'tool')).toHaveLength(count)
  })
})
