import { type CloudAPIError, generateThreadTitle } from 'assistant-cloud'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'

import { cloudOf, openFrontDoor, said } from '../../support/assistant-cloud.ts'
import { network as model } from '../../support/network.ts'
import { underSettings } from '../../support/record.ts'

beforeAll(() => openFrontDoor())
afterAll(() => vi.unstubAllGlobals())

async function givenQuestion(text: string) {
  const cloud = cloudOf()
  const { thread_id: id } = await cloud.threads.create({ last_message_at: new Date() })
  await cloud.threads.messages.create(id, {
    parent_id: null,
    format: 'aui/v0',
    content: said('user', text),
  })
  const messages = [{ role: 'user', content: [{ type: 'text' as const, text }] }]
  return { cloud, id, messages }
}

test('a thread is named as Hilo names conversations, and keeps that title', async () => {
  const key = `k${crypto.randomUUID()}`
  await model.script(`${key}.names`, [{ text: 'TITLE: The sea\nTOPIC: sea' }, { finish: 'stop' }])
  const { cloud, id, messages } = await givenQuestion(`Where is the sea? #${key}`)
  expect(await generateThreadTitle(cloud, { threadId: id, messages })).toBe('The sea')
  expect((await cloud.threads.get(id)).title).toBe('The sea')
  expect(await generateThreadTitle(cloud, { threadId: id, messages })).toBe('The sea')
  expect(await model.seen(`${key}.names`)).toHaveLength(1)
})

test('a model that fails leaves what was asked first', async () => {
  const key = `k${crypto.randomUUID()}`
  await model.script(`${key}.names`, [{ status: 404 }])
  const { cloud, id, messages } = await givenQuestion(`Where is it? #${key}`)
  const title = `Where is it? #${key}`.slice(0, 50)
  expect(await generateThreadTitle(cloud, { threadId: id, messages })).toContain(title)
})

test('so does a deployment without a model of its own', async () => {
  const { cloud, id, messages } = await givenQuestion('Where is the valley?')
  await underSettings(id, { MODEL_PROVIDER: 'none' })
  expect(await generateThreadTitle(cloud, { threadId: id, messages })).toBe('Where is the valley?')
})

test('a thread without messages has no title yet, and other assistants are refused in words', async () => {
  const cloud = cloudOf()
  const { thread_id: id } = await cloud.threads.create({ last_message_at: new Date() })
  expect(await generateThreadTitle(cloud, { threadId: id, messages: [] })).toBeNull()
  const other = { thread_id: id, assistant_id: 'mine' as 'system/thread_title', messages: [] }
  const refusal = await cloud.runs.stream(other).catch((error: CloudAPIError) => error)
  expect(refusal).toMatchObject({ status: 501, code: 'not_served' })
  const strangers = await generateThreadTitle(cloudOf(), { threadId: id, messages: [] }).catch(
    (error: CloudAPIError) => error,
  )
  expect(strangers).toMatchObject({ status: 404 })
})
