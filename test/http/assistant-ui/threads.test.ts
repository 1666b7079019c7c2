import { readAnonymousRefreshToken, AssistantCloud } from 'assistant-cloud'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'

import { Client, as, at, bodyOf } from '../../support/api.ts'
import {
  BASE,
  Storage,
  cloudOf,
  openFrontDoor,
  refused,
  said,
} from '../../support/assistant-cloud.ts'
import { serviceToken, userToken } from '../../support/tokens.ts'

beforeAll(() => openFrontDoor())
beforeEach(() => vi.stubGlobal('localStorage', new Storage()))
afterAll(() => vi.unstubAllGlobals())

const last_message_at = new Date()
const anonymous = () => new AssistantCloud({ baseUrl: BASE, anonymous: true, telemetry: false })
test('a thread lives its whole life', async () => {
  const cloud = cloudOf()
  const { thread_id: id } = await cloud.threads.create({ last_message_at })
  expect(await cloud.threads.get(id)).toMatchObject({
    id,
    title: '',
    external_id: null,
    metadata: null,
    is_archived: false,
  })
  expect((await cloud.threads.list()).threads.map((one) => one.id)).toEqual([id])

  await cloud.threads.update(id, { title: 'A trip' })
  expect((await cloud.threads.get(id)).title).toBe('A trip')
  await cloud.threads.update(id, { is_archived: true })
  expect((await cloud.threads.list({ is_archived: false })).threads).toEqual([])
  expect((await cloud.threads.list({ is_archived: true })).threads[0]).toMatchObject({
    id,
    title: 'A trip',
    is_archived: true,
  })
  await cloud.threads.update(id, { is_archived: false })
  expect((await cloud.threads.list()).threads.map((one) => one.id)).toEqual([id])

  await cloud.threads.delete(id)
  expect(await refused(cloud.threads.get(id))).toMatchObject({
    status: 404,
    code: 'no_such_conversation',
  })
  expect((await cloud.threads.list()).threads).toEqual([])
})

test('a list is paged as the client pages it, and none is there twice', async () => {
  const cloud = cloudOf()
  const ids: string[] = []
  for (let n = 0; n < 5; n += 1) {
    ids.push((await cloud.threads.create({ last_message_at })).thread_id)
  }
  const listed: string[] = []
  for (let after: string | undefined; ;) {
    const { threads } = await cloud.threads.list({ limit: 2, ...(after && { after }) })
    listed.push(...threads.map(({ id }) => id))
    if (threads.length < 2) break
    after = threads.at(-1)?.id
  }
  expect(listed.toSorted()).toEqual(ids.toSorted())
})

test.each([
  { a: 'b', 'with spaces': 'ü' },
  { pinned: true, order: 3, tags: ['x', 'y'], deep: { er: null } },
  {},
  [1, 'two'],
  'a word',
  { emoji: '😀'.repeat(100) },
  { 'assistant-ui.metadata.0': 'mine' },
])('metadata %j comes back as it came, and is replaced as a whole', async (metadata) => {
  const cloud = cloudOf()
  const { thread_id: id } = await cloud.threads.create({ last_message_at, metadata })
  expect((await cloud.threads.get(id)).metadata).toEqual(metadata)
  expect((await cloud.threads.list()).threads[0]?.metadata).toEqual(metadata)
  await cloud.threads.update(id, { metadata: { other: 1 } })
  expect((await cloud.threads.get(id)).metadata).toEqual({ other: 1 })
  await cloud.threads.update(id, { metadata })
  expect((await cloud.threads.get(id)).metadata).toEqual(metadata)
  await cloud.threads.update(id, { metadata: null })
  expect((await cloud.threads.get(id)).metadata).toBeNull()
})

test('metadata that is a map of texts is what every other protocol reads; more than fits is refused', async () => {
  const user = crypto.randomUUID()
  const cloud = cloudOf(user)
  const { thread_id: id } = await cloud.threads.create({ last_message_at, metadata: { a: 'b' } })
  const ann = await as.user(user)
  expect(await bodyOf(ann.get(at(id)))).toMatchObject({ metadata: { a: 'b' } })
  await ann.patch(at(id), { metadata: { c: 'd' } })
  expect((await cloud.threads.get(id)).metadata).toEqual({ a: 'b', c: 'd' })
  const tooLong = refused(cloud.threads.update(id, { metadata: { long: ['x'.repeat(5_000)] } }))
  expect(await tooLong).toMatchObject({ status: 422, code: 'invalid_request' })
  expect((await cloud.threads.get(id)).metadata).toEqual({ a: 'b', c: 'd' })
})

test('the same external id again is the same thread, for its owner alone', async () => {
  const cloud = cloudOf()
  const external_id = 'crm:42 / ü'
  const first = await cloud.threads.create({ last_message_at, external_id, title: 'First' })
  const again = await cloud.threads.create({ last_message_at, external_id })
  expect(again).toEqual(first)
  expect(await cloud.threads.get(first.thread_id)).toMatchObject({ external_id, title: 'First' })
  const upserted = {
    last_message_at,
    external_id,
    upsert: true,
    title: 'Second',
    metadata: { n: 1 },
  }
  expect(await cloud.threads.create(upserted)).toEqual(first)
  expect(await cloud.threads.get(first.thread_id)).toMatchObject({
    external_id,
    title: 'Second',
    metadata: { n: 1 },
  })
  expect(await cloudOf().threads.create({ last_message_at, external_id })).not.toEqual(first)
})

test('an anonymous visitor comes back, and their threads become the user’s at login', async () => {
  const visitor = anonymous()
  const { thread_id: id } = await visitor.threads.create({ last_message_at })
  await visitor.threads.messages.create(id, {
    parent_id: null,
    format: 'aui/v0',
    content: said('user', 'Hello'),
  })
  // Another page of the same browser has the refresh token only.
  const back = anonymous()
  expect((await back.threads.list()).threads.map((one) => one.id)).toEqual([id])

  const refresh_token = readAnonymousRefreshToken(BASE)
  if (refresh_token === null) throw new Error('the browser has none')
  const cloud = cloudOf()
  expect(await refused(cloud.threads.get(id))).toMatchObject({ status: 404 })
  expect(await cloud.threads.claim({ refresh_token })).toEqual({ moved: 1 })
  expect(await cloud.threads.claim({ refresh_token })).toEqual({ moved: 0 })
  expect((await cloud.threads.messages.list(id)).messages).toHaveLength(1)
  // What the visitor still holds opens it no more, and the browser begins anew.
  expect(await refused(back.threads.get(id))).toMatchObject({ status: 404 })
  expect((await anonymous().threads.list()).threads).toEqual([])
  expect(await refused(cloudOf().threads.claim({ refresh_token }))).toMatchObject({ status: 409 })
  expect(await refused(visitor.threads.claim({ refresh_token }))).toMatchObject({ status: 403 })
  expect(await refused(cloud.threads.claim({ refresh_token: 'x' }))).toMatchObject({ status: 422 })
})

test('an external id that a visitor’s thread has means that thread to the user, once it is claimed', async () => {
  const visitor = anonymous()
  const external_id = 'crm:7'
  const { thread_id: id } = await visitor.threads.create({ last_message_at, external_id })
  const refresh_token = readAnonymousRefreshToken(BASE)
  if (refresh_token === null) throw new Error('the browser has none')
  const cloud = cloudOf()
  expect(await cloud.threads.claim({ refresh_token })).toEqual({ moved: 1 })
  const again = await cloud.threads.create({ last_message_at, external_id })
  expect(again).toEqual({ thread_id: id })
  expect((await cloud.threads.list()).threads).toHaveLength(1)
  // What the user has under a name of their own comes first.
  const own = 'crm:8'
  const first = await cloud.threads.create({ last_message_at, external_id: own })
  const next = anonymous()
  await next.threads.create({ last_message_at, external_id: own })
  const another = readAnonymousRefreshToken(BASE)
  await cloud.threads.claim({ refresh_token: another ?? '' })
  expect(await cloud.threads.create({ last_message_at, external_id: own })).toEqual(first)
  expect((await cloud.threads.list()).threads).toHaveLength(3)
})

test('a back end names its user as its client does', async () => {
  const userId = crypto.randomUUID()
  const backend = new AssistantCloud({
    baseUrl: BASE,
    apiKey: serviceToken('backend'),
    userId,
    workspaceId: 'w',
    telemetry: false,
  })
  const { thread_id: id } = await backend.threads.create({ last_message_at })
  expect((await cloudOf(userId).threads.get(id)).workspace_id).toBe(userId)
  expect(await refused(cloudOf().threads.get(id))).toMatchObject({ status: 404 })
  // Nobody else becomes another one by it.
  const mallory = new Client({ authorization: `Bearer ${await userToken(crypto.randomUUID())}` })
  const asOther = await mallory.request('GET', `/assistant-ui/v1/threads/${id}`, undefined, {
    'aui-user-id': userId,
  })
  expect(asOther.status).toBe(403)
})

test('a list goes on from its start if the thread that it ended with is gone', async () => {
  const cloud = cloudOf()
  const [a, b] = [
    await cloud.threads.create({ last_message_at }),
    await cloud.threads.create({ last_message_at }),
  ]
  await cloud.threads.delete(b.thread_id)
  const { threads } = await cloud.threads.list({ after: b.thread_id })
  expect(threads.map(({ id }) => id)).toEqual([a.thread_id])
})
