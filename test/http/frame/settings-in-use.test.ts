import { expect, test } from 'vitest'

import { type Listed, type Message, as, bodyOf } from '../../support/api.ts'
import { givenConversation, userMessages } from '../../support/given.ts'
import { problemOf } from '../../support/problems.ts'
import { underSettings } from '../../support/record.ts'

const turn = { messages: [{ id: 'q', role: 'user', content: 'Hello' }] }

test.each<[name: string, changed: Partial<Env>]>([
  ['CONTEXT_TOKENS', { CONTEXT_TOKENS: 'many' }],
  ['MODEL_NEXT_TOKEN_TIMEOUT_S', { MODEL_NEXT_TOKEN_TIMEOUT_S: '0' }],
  ['MAX_OUTPUT_TOKENS', { MAX_OUTPUT_TOKENS: '1.5' }],
])('a reply is refused when %s makes no sense, and nothing is stored', async (name, changed) => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  await underSettings(id, changed)
  const problem = await problemOf(await ann.post(`/api/conversations/${id}/continue`, turn))
  expect(problem).toMatchObject({ type: '/problems/not-configured', status: 503 })
  expect(problem.detail).toContain(name)
  const history = ann.get(`/api/conversations/${id}/messages`)
  expect((await bodyOf<Listed<Message>>(history)).data).toEqual([])
})

test('the context says which setting makes no sense', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  await underSettings(id, { CONTEXT_TOKENS: 'many' })
  const problem = await problemOf(await ann.get(`/api/conversations/${id}/context`))
  expect(problem.detail).toContain('CONTEXT_TOKENS')
})

test('appending goes on when what concerns the model makes no sense', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  await underSettings(id, { SUMMARY_EVERY: 'often', MODEL_PROVIDER: 'banana' })
  const append = { messages: userMessages(12) }
  expect((await ann.post(`/api/conversations/${id}/messages`, append)).status).toBe(201)
})
