import { expect, test } from 'vitest'

import { as } from '../../../support/api.ts'
import { network } from '../../../support/network.ts'
import { bodiesOf, inError, keyOf, refused, withModel, yes } from '../../../support/refusing.ts'
import { answered, turnOf } from '../../../support/turns.ts'

const ann = await as.user()
const tools = [{ type: 'function', function: { name: 'look' } }]

test('an endpoint that does not stream is heard out, however long that takes', async () => {
  const key = 'no-stream'
  const said = 'Your organization must be verified to stream this model.'
  const slow = [{ wait: 2_500 }, ...yes]
  await network.script(key, refused(inError(said)), slow, yes)
  const settings = { MODEL_FIRST_TOKEN_TIMEOUT_S: '2', MODEL_NEXT_TOKEN_TIMEOUT_S: '2' }
  const id = await withModel(ann, key, settings)
  const { message } = await answered(ann, id, turnOf(key))
  expect(message).toMatchObject({ content: 'Yes', status: 'complete', finish_reason: 'stop' })
  await answered(ann, id, turnOf(key, 'q2'))
  const sent = (await bodiesOf(key)).map((one) => ['stream' in one, 'stream_options' in one])
  expect(sent).toEqual([
    [true, true],
    [false, false],
    [false, false],
  ])
})

test('one that streams no calls is sent the tools, and streams all else', async () => {
  const key = 'no-stream-with-tools'
  const said = "This model doesn't support tool use in streaming mode."
  await network.script(key, refused(inError(said)), yes)
  const id = await withModel(ann, key)
  await answered(ann, id, { ...turnOf(key), tools })
  await answered(ann, id, turnOf(key, 'q2'))
  const sent = (await bodiesOf(key)).map((one) => ['stream' in one, 'tools' in one])
  expect(sent).toEqual([
    [true, true],
    [false, true],
    [true, false],
  ])
})

test.each([
  'Function tools with reasoning_effort are not supported for this model. Use /v1/responses instead.',
  "To use function tools, use /v1/responses or set reasoning_effort to 'none'.",
])('where tools go with no effort, that is said with them alone: %s', async (message) => {
  const key = keyOf('no-effort-with-tools', message)
  await network.script(key, refused(inError(message)), yes)
  const id = await withModel(ann, key)
  await answered(ann, id, { ...turnOf(key), tools })
  await answered(ann, id, turnOf(key, 'q2'))
  const sent = (await bodiesOf(key)).map((one) => ['tools' in one, one['reasoning_effort']])
  expect(sent).toEqual([
    [true, undefined],
    [true, 'none'],
    [false, undefined],
  ])
})
