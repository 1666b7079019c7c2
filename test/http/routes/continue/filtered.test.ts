import { expect, test } from 'vitest'

import { append, as } from '../../../support/api.ts'
import { about, summarised } from '../../../support/memory.ts'
import { network } from '../../../support/network.ts'
import { problemOf } from '../../../support/problems.ts'
import { bodiesOf, inError, keyOf, refused, withModel, yes } from '../../../support/refusing.ts'
import { answered, historyOf, proceed, turnOf } from '../../../support/turns.ts'

const user = crypto.randomUUID()
const ann = await as.user(user)

const azure = {
  error: {
    message:
      "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
    type: null,
    param: 'prompt',
    code: 'content_filter',
    status: 400,
    innererror: { code: 'ResponsibleAIPolicyViolation' },
  },
}
const asReason = [{ finish: 'content_filter' }]

test.each([
  ['Azure', refused(azure)],
  ['DeepSeek', refused(inError('Content Exists Risk'))],
  ['DashScope', refused({ error: { code: 'data_inspection_failed', message: 'no' } })],
  ['OpenAI', refused({ error: { code: 'invalid_prompt', message: 'no' } })],
  ['OpenRouter', refused({ error: { code: 403, message: 'Your input was flagged' } }, 403)],
  ['an answer without words', asReason],
])('a chat goes on after a question that was filtered: by %s', async (name, filtering) => {
  const key = keyOf('filtered', name)
  await network.script(key, filtering, yes)
  const id = await withModel(ann, key)
  const { message } = await answered(ann, id, turnOf(key, 'bad'))
  expect(message).toMatchObject({
    content: '',
    finish_reason: 'content_filter',
    status: 'complete',
  })
  await answered(ann, id, turnOf(key, 'good'))
  const [first, second, ...others] = await bodiesOf(key)
  expect(others).toEqual([])
  // It says the same again, and nothing with it.
  expect(second?.messages).toEqual(first?.messages)
  expect((await historyOf(ann, id)).map((one) => one.id)).toEqual([
    'bad',
    message.id,
    'good',
    expect.any(String),
  ])
})

test('all of a turn that was filtered is left out, and no more', async () => {
  const key = 'filtered-turn'
  await network.script(key, [{ finish: 'SAFETY' }], yes)
  const id = await withModel(ann, key)
  const backend = as.service('backend', `user:${user}`)
  const call = { id: 'c1', type: 'function', function: { name: 'look', arguments: '{}' } }
  await append(backend, id, [
    { role: 'user', content: 'First' },
    { role: 'assistant', content: 'One' },
    { role: 'user', content: 'Look' },
    { role: 'assistant', content: '', tool_calls: [call] },
    { role: 'tool', tool_call_id: 'c1', content: `What nobody may say #${key}` },
  ])
  await answered(ann, id, { messages: [] })
  await append(backend, id, [
    { role: 'user', content: 'And then?' },
    { role: 'assistant', content: 'Half', finish_reason: 'content_filter' },
  ])
  await answered(ann, id, turnOf(key))
  const [, sent] = await bodiesOf(key)
  expect(sent?.messages.slice(0, 4)).toMatchObject([
    { content: 'First' },
    { content: 'One' },
    { content: 'And then?' },
    { content: 'Half' },
  ])
})

test('what was filtered is in no summary', async () => {
  const key = 'filtered-summary'
  await network.script(key, asReason)
  const id = await withModel(ann, key)
  await answered(ann, id, { messages: [{ role: 'user', content: `Never said again #${key}` }] })
  await append(ann, id, about(key, 10))
  await summarised(ann, id, 10)
  const [asked] = await bodiesOf(`${key}.summary`)
  expect(JSON.stringify(asked)).toContain(key)
  expect(JSON.stringify(asked)).not.toContain('Never said again')
})

test('words of a filter in another refusal are none', async () => {
  const key = 'filter-quoted'
  const said = 'x'.repeat(200) + 'content management policy, inappropriate content'
  await network.script(key, refused(inError(said)))
  const problem = await problemOf(proceed(ann, await withModel(ann, key), turnOf(key)))
  expect(problem.status).toBe(502)
})
