import { expect, test } from 'vitest'

import {
  type Appended,
  type Client,
  type ContinueAnswer,
  type Conversation,
  type Listed,
  type Message,
  as,
  bodyOf,
  sendWith,
} from '../../../support/api.ts'
import { givenConversation } from '../../../support/given.ts'
import { network } from '../../../support/network.ts'
import { pointersOf, problemOf } from '../../../support/problems.ts'

const says = (role: string, more: object = {}) => ({ role, content: 'Hello', ...more })
const append = (client: Client, id: string, ...messages: object[]) =>
  client.post(`/api/conversations/${id}/messages`, { messages })

const somebody = crypto.randomUUID()
const clients: [who: string, client: Client][] = [
  ['a user', await as.user(somebody)],
  ['a session', await as.session(somebody)],
]
const service = as.service('backend', `user:${somebody}`)

test.each(clients)('lets %s write user messages', async (_, client) => {
  const id = await givenConversation(client)
  const response = await append(client, id, says('user'))
  expect(response.status).toBe(201)
  expect((await bodyOf<Appended>(response)).messages).toMatchObject([
    { role: 'user', origin: 'client' },
  ])
})

for (const [who, client] of clients) {
  test.each(['assistant', 'system'])(
    `lets ${who} write no %s message, in no route`,
    async (role) => {
      const id = await givenConversation(client)
      const missing = crypto.randomUUID()
      const messages = [says('user'), says(role)]
      for (const answer of [
        append(client, id, ...messages),
        client.post(`/api/conversations/${id}/continue`, { messages }),
        client.post('/api/conversations', { id: missing, messages }),
      ]) {
        const problem = await problemOf(answer)
        expect(problem).toMatchObject({ type: '/problems/not-permitted', status: 403 })
        expect(pointersOf(problem)).toEqual(['/messages/1/role'])
      }
      expect(await bodyOf(client.get(`/api/conversations/${id}`))).toMatchObject({
        message_count: 0,
      })
      expect((await client.get(`/api/conversations/${missing}`)).status).toBe(404)
    },
  )
}

test.each(['on', 'true', '1'])('lets everybody write what is allowed: %s', async (value) => {
  for (const [name, role] of [
    ['ALLOW_CLIENT_ASSISTANT', 'assistant'],
    ['ALLOW_CLIENT_SYSTEM', 'system'],
  ] as const) {
    for (const [, client] of clients) {
      const id = await givenConversation(client)
      const post = (written: string) =>
        sendWith({ [name]: value }, `/api/conversations/${id}/messages`, {
          method: 'POST',
          headers: { ...client.headers, 'content-type': 'application/json' },
          body: JSON.stringify({ messages: [says(written)] }),
        })
      const response = await post(role)
      expect(response.status).toBe(201)
      expect((await bodyOf<Appended>(response)).messages).toMatchObject([
        { role, origin: 'client' },
      ])
      expect((await post(role === 'system' ? 'assistant' : 'system')).status).toBe(403)
    }
  }
})

const ofServices = { model: 'm-1', tokens_used: 12, finish_reason: 'stop', status: 'interrupted' }

test('lets a service write every role, and what its own model did', async () => {
  const id = await givenConversation(service)
  const messages = [
    says('system'),
    says('user', { model: 'm-0', tokens_used: 3 }),
    says('assistant', ofServices),
    says('assistant', { tool_calls: [aCall] }),
    says('tool', { tool_call_id: 'call-of-nobody' }),
  ]
  const response = await append(service, id, ...messages)
  expect(response.status).toBe(201)
  const { messages: stored, conversation } = await bodyOf<Appended>(response)
  expect(stored.map(({ role, origin }) => [role, origin])).toEqual(
    messages.map(({ role }) => [role, 'service']),
  )
  expect(stored[2]).toMatchObject(ofServices)
  expect(conversation.tokens_used).toBe(15)
})

test.each(Object.entries(ofServices))('takes %s from services only', async (field, value) => {
  for (const [, client] of clients) {
    const id = await givenConversation(client)
    const messages = [says('assistant', { [field]: value })]
    const answer = sendWith({ ALLOW_CLIENT_ASSISTANT: 'on' }, `/api/conversations/${id}/messages`, {
      method: 'POST',
      headers: { ...client.headers, 'content-type': 'application/json' },
      body: JSON.stringify({ messages }),
    })
    const problem = await problemOf(answer)
    expect(problem).toMatchObject({ type: '/problems/not-permitted', status: 403 })
    expect(pointersOf(problem)).toEqual([`/messages/0/${field}`])
  }
})

const aCall = { id: 'call-1', type: 'function', function: { name: 'weather', arguments: '{}' } }
const result = (id: string, more: object = {}) => says('tool', { tool_call_id: id, ...more })

test.each(clients)('lets %s answer the calls that wait, and no others', async (_, client) => {
  const key = `tools-${crypto.randomUUID()}`
  const call = { index: 0, ...aCall }
  await network.script(key, [{ chunk: chunkOf({ tool_calls: [call] }) }, { finish: 'tool_calls' }])
  const id = await givenConversation(client)
  const early = await problemOf(append(client, id, result('call-1')))
  expect(early).toMatchObject({ type: '/problems/invalid-request', tool_call_ids: [] })
  const asked = await bodyOf<ContinueAnswer>(
    client.post(`/api/conversations/${id}/continue`, {
      messages: [says('user', { content: `How is the weather? #${key}` })],
    }),
  )
  expect(asked.message.tool_calls).toEqual([aCall])
  const other = await problemOf(append(client, id, result('call-2')))
  expect(other).toMatchObject({ type: '/problems/invalid-request', tool_call_ids: ['call-1'] })
  expect((await append(client, id, result('call-1', { id: 'r' }))).status).toBe(201)
  const twice = await problemOf(append(client, id, result('call-1', { id: 'r2' })))
  expect(twice).toMatchObject({ type: '/problems/invalid-request', tool_call_ids: [] })
  const { data } = await bodyOf<Listed<Message>>(client.get(`/api/conversations/${id}/messages`))
  expect(data.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool'])
})

const chunkOf = (delta: object) => ({
  id: 'c',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'test-model',
  choices: [{ index: 0, delta, finish_reason: null }],
})

test('keeps a service’s conversation the owner’s', async () => {
  const created = await bodyOf<Conversation>(
    service.post('/api/conversations', { messages: [says('system'), says('assistant')] }),
  )
  const user = await as.user(somebody)
  expect(await bodyOf(user.get(`/api/conversations/${created.id}/messages`))).toMatchObject({
    data: [
      { role: 'system', origin: 'service' },
      { role: 'assistant', origin: 'service' },
    ],
  })
})
