import { expect, test } from 'vitest'

import { append, as, bodyOf } from '../../../support/api.ts'
import { givenConversation } from '../../../support/given.ts'
import { pointersOf } from '../../../support/problems.ts'

const backend = as.service('backend', `user:${crypto.randomUUID()}`)
const call = { id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }
const user = { role: 'user', content: 'Hi' }

test.each([
  ['tool_calls', { ...user, tool_calls: [call] }],
  ['finish_reason', { ...user, finish_reason: 'stop' }],
  ['status', { ...user, status: 'interrupted' }],
  ['tool_call_id', { ...user, tool_call_id: 'c' }],
  ['tool_call_id', { role: 'tool', content: 'x' }],
  ['tool_calls', { role: 'assistant', tool_calls: [call, call] }],
  ['content', { role: 'assistant' }],
  ['content', { role: 'assistant', content: '' }],
  ['parts', { role: 'user', parts: [{ type: 'refusal', text: 'No' }] }],
])('%s is refused where it means nothing: %j', async (field, message) => {
  const id = await givenConversation(backend)
  const answer = await append(backend, id, [message])
  expect([400, 422]).toContain(answer.status)
  expect(pointersOf(await bodyOf(answer))).toContain(`/messages/0/${field}`)
  expect(
    (await bodyOf<{ data: [] }>(backend.get(`/api/conversations/${id}/messages`))).data,
  ).toEqual([])
})
