import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'

import { type Client, type Message, append, as, at, bodyOf } from '../../../support/api.ts'
import { givenConversation, userMessages } from '../../../support/given.ts'
import { problemOf } from '../../../support/problems.ts'
import { evict, inRecord, inStorage } from '../../../support/record.ts'
import { connected } from '../../../support/sockets.ts'
import { workedOff } from '../../../support/storage.ts'
import { givenRunningReply, historyOf, proceed, turnOf } from '../../../support/turns.ts'

const ann = await as.user()
const deleted = (client: Client, id: string, message: string) =>
  client.delete(`${at(id)}/messages/${message}`)

const wordless = {
  status: 'deleted',
  content: '',
  parts: null,
  tool_calls: null,
  tool_call_id: null,
  extra: null,
}

const recorded = async (id: string) =>
  (
    await env.DB.prepare('SELECT * FROM messages WHERE conversation_id = ? ORDER BY seq')
      .bind(id)
      .all()
  ).results

test('a message that is deleted keeps its place, and its words are nowhere', async () => {
  const secret = `secret ${crypto.randomUUID()}`
  const messages = [
    { id: 'm1', role: 'user', content: 'One' },
    { id: 'm2', role: 'user', parts: [{ type: 'text', text: secret }], extra: { p: secret } },
    { id: 'm3', role: 'user', content: 'Three' },
  ]
  const id = await givenConversation(ann, { title: 'T', messages })
  await inRecord(id, 3)
  const tab = await connected(ann, id)
  const [before] = (await historyOf(ann, id)).slice(1)
  const answer = await deleted(ann, id, 'm2')
  expect(answer.status).toBe(200)
  expect(await bodyOf<Message>(answer)).toEqual({ ...before, ...wordless })
  expect(await historyOf(ann, id)).toMatchObject([{ id: 'm1' }, wordless, { id: 'm3' }])
  await tab.until((self) => self.of('message-deleted').length > 0)
  expect(tab.of('message-deleted')).toMatchObject([{ seq: 2, message: { id: 'm2', ...wordless } }])
  expect(await recorded(id)).toMatchObject([
    { id: 'm1' },
    { id: 'm2', seq: 2, status: 'deleted', content: '', parts: null, extra: null },
    { id: 'm3' },
  ])
  const rows = await inStorage(id, 'SELECT * FROM messages')
  expect(JSON.stringify(rows)).not.toContain(secret)
  for (const format of ['ndjson', 'json', 'markdown', 'html', 'openai', 'csv']) {
    const file = await ann.get(`${at(id)}/export?format=${format}`)
    expect(await file.text()).not.toContain(secret)
  }
  const { messages: sent } = await bodyOf<{ messages: object[] }>(ann.get(`${at(id)}/context`))
  expect(sent).toEqual([{ role: 'user', content: 'One\n\nThree' }])
  // Again, and by a version that has just woken: the same.
  await evict(id)
  expect((await deleted(ann, id, 'm2')).status).toBe(200)
  expect(await historyOf(ann, id)).toHaveLength(3)
})

test('the request that brought it does not bring it back', async () => {
  const id = await givenConversation(ann)
  const messages = userMessages(2)
  await append(ann, id, messages)
  await deleted(ann, id, 'm2')
  expect(await problemOf(append(ann, id, messages))).toMatchObject({
    status: 409,
    type: '/problems/message-id-taken',
    errors: [{ detail: 'The message of this id was deleted' }],
  })
  await append(ann, id, userMessages(1, 3))
  expect(await historyOf(ann, id)).toMatchObject([
    { id: 'm1' },
    { id: 'm2', status: 'deleted' },
    { id: 'm3' },
  ])
})

test('a reply that is deleted does not come back, and another one can be asked for', async () => {
  const key = crypto.randomUUID()
  const id = await givenConversation(ann)
  const turn = { ...turnOf(key), reply_id: 'r1' }
  await proceed(ann, id, turn)
  await deleted(ann, id, 'r1')
  expect(await problemOf(proceed(ann, id, turn))).toMatchObject({ status: 409 })
  expect(
    (await ann.request('GET', `${at(id)}/stream`, undefined, { 'last-event-id': 'r1:0' })).status,
  ).toBe(204)
  const again = await proceed(ann, id, { messages: [], reply_id: 'r2', parent_id: 'q' })
  expect(again.status).toBe(200)
  const other = await proceed(ann, id, { messages: [] })
  expect([other.status, (await problemOf(other)).type]).toEqual([
    409,
    '/problems/nothing-to-answer',
  ])
  await deleted(ann, id, 'r2')
  expect((await proceed(ann, id, { messages: [] })).status).toBe(200)
})

test('a tool call that was answered waits again if its result is deleted, and does not if the call is', async () => {
  const service = as.service('privacy', `user:${crypto.randomUUID()}`)
  const call = { id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }
  const id = await givenConversation(service, {
    messages: [
      { id: 'u', role: 'user', content: 'Call' },
      { id: 'a', role: 'assistant', tool_calls: [call] },
      { id: 't', role: 'tool', tool_call_id: 'c', content: 'result' },
    ],
  })
  const open = async () =>
    JSON.parse(
      ((await inStorage(id, 'SELECT open_calls FROM conversation')) as { open_calls: string }[])[0]!
        .open_calls,
    ) as string[]
  expect(await open()).toEqual([])
  expect(await problemOf(deleted(as.service('staff'), id, 't'))).toMatchObject({ status: 403 })
  await deleted(service, id, 't')
  expect(await open()).toEqual(['c'])
  await deleted(service, id, 'a')
  expect(await open()).toEqual([])
})

test('nobody deletes while a reply runs, nor what is on hold, nor what is not there', async () => {
  const key = crypto.randomUUID()
  const id = await givenConversation(ann, { messages: userMessages(1) })
  await givenRunningReply(ann, id, key)
  expect(await problemOf(deleted(ann, id, 'm1'))).toMatchObject({
    type: '/problems/conversation-busy',
  })
  await ann.post(`${at(id)}/stop`)
  await as.service('counsel').patch(at(id), { hold: true })
  expect(await problemOf(deleted(ann, id, 'm1'))).toMatchObject({ type: '/problems/on-hold' })
  expect(await problemOf(deleted(ann, id, 'x'))).toMatchObject({
    type: '/problems/no-such-message',
  })
  expect(await problemOf(deleted(await as.user(), id, 'm1'))).toMatchObject({
    type: '/problems/no-such-conversation',
  })
  await workedOff(id)
})
