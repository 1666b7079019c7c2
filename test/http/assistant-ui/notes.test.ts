import { afterAll, beforeAll, expect, test, vi } from 'vitest'

import {
  cloudOf,
  givenThread,
  openFrontDoor,
  refused,
  said,
} from '../../support/assistant-cloud.ts'
import { inRecord, recordOf, ringWhenDue } from '../../support/record.ts'

beforeAll(() => openFrontDoor())
afterAll(() => vi.unstubAllGlobals())

const open = {
  parent_id: null,
  format: 'aui/v0',
  content: said('assistant', 'One'),
  open_run: true,
} as const

test('feedback and scores are kept with their message, the last one counts', async () => {
  const { cloud, id, stored, messages } = await givenThread()
  const { message_id } = await messages.create(id, open)
  await messages.feedback(id, message_id, { type: 'positive', comment: 'Good' })
  await messages.feedback(id, message_id, { type: 'negative' })
  const score = { name: 'helpful', data_type: 'boolean', value: true } as const
  expect(await cloud.scores.create({ ...score, thread_id: id, message_id })).toMatchObject({
    name: 'helpful',
    data_type: 'boolean',
    value: 1,
    string_value: null,
  })
  expect(await cloud.scores.create(score)).toMatchObject({ name: 'helpful', value: 1 })
  expect(await refused(messages.feedback(id, 'nobody', { type: 'positive' }))).toMatchObject({
    status: 404,
    code: 'no_such_message',
  })
  const other = cloudOf()
  expect(await refused(other.scores.create({ ...score, thread_id: id, message_id }))).toMatchObject(
    {
      status: 404,
    },
  )
  const [kept] = await stored()
  expect(kept?.extra).toMatchObject({
    'assistant-ui': { feedback: { type: 'negative' }, scores: { helpful: { value: 1 } } },
  })
  expect(kept?.extra).not.toMatchObject({ 'assistant-ui': { feedback: { comment: 'Good' } } })
  await inRecord(id, 1)
})

test('telemetry is taken and dropped; what is not served is refused in words', async () => {
  const { cloud, id } = await givenThread()
  const { run_id } = await cloud.runs.report({ thread_id: id, status: 'completed' })
  expect(run_id).toEqual(expect.any(String))
  const pages = cloud.files.pdfToImages({ file_url: 'https://a.test/a.pdf' })
  expect(await refused(pages)).toMatchObject({ status: 501, code: 'not_served' })
  expect(await refused(cloud.auth.tokens.create())).toMatchObject({ status: 501 })
})

test('erasing takes what is in writing with it', async () => {
  const { cloud, id, messages } = await givenThread()
  await messages.create(id, open)
  await cloud.threads.delete(id)
  expect(await refused(messages.create(id, open))).toMatchObject({ status: 404 })
  await ringWhenDue(id)
  expect(await recordOf(id)).toEqual([])
})
