import { expect, test } from 'vitest'

import { type Client, as } from '../../../support/api.ts'
import { givenConversation } from '../../../support/given.ts'
import { network } from '../../../support/network.ts'
import { problemOf } from '../../../support/problems.ts'
import { callsTo, result } from '../../../support/questions.ts'
import { eventually } from '../../../support/record.ts'
import { givenRunningReply, historyOf, proceed, turnOf } from '../../../support/turns.ts'

const interrupting = { on_busy: 'interrupt' }

const append = (client: Client, id: string, body: object) =>
  client.post(`/api/conversations/${id}/messages`, { ...interrupting, ...body })

test('results of calls that the interrupted reply leaves behind are refused before it is stopped', async () => {
  await network.script('int-calls', callsTo('c1'))
  const ann = await as.user()
  const id = await givenConversation(ann)
  await proceed(ann, id, turnOf('int-calls'))
  // The question is another one, so the call waits on while its reply runs.
  const { finish } = await givenRunningReply(ann, id, 'int-moved', turnOf('int-moved', 'q2'))
  const results = { messages: [result('c1', 'seen')] }
  for (const response of [
    await append(ann, id, results),
    await proceed(ann, id, { ...results, ...interrupting }),
  ]) {
    expect(await problemOf(response)).toMatchObject({ status: 422, tool_call_ids: [] })
  }
  expect((await finish()).at(-1)?.event).toBe('completed')
})

test('results are taken when the interrupted reply had said nothing', async () => {
  await network.script('int-open', callsTo('c1'))
  await network.script('int-silent', [{ hang: true }])
  const ann = await as.user()
  const id = await givenConversation(ann)
  await proceed(ann, id, turnOf('int-open'))
  const waiting = proceed(ann, id, turnOf('int-silent', 'q2'))
  await eventually(async () => (await network.seen('int-silent')).length === 1)
  expect((await append(ann, id, { messages: [result('c1', 'seen')] })).status).toBe(201)
  expect((await waiting).status).toBe(409)
  expect((await historyOf(ann, id)).map(({ role }) => role)).toEqual([
    'user',
    'assistant',
    'user',
    'tool',
  ])
})
