import { afterAll, beforeAll, expect, test, vi } from 'vitest'

import { type Listed, as, bodyOf } from '../../support/api.ts'
import {
  cloudOf,
  givenThread,
  openFrontDoor,
  putAt,
  uploaded,
} from '../../support/assistant-cloud.ts'
import {
  DAY_MS,
  failing,
  fetched,
  isThere,
  keysOf,
  later,
  picture,
  statusAt,
} from '../../support/files.ts'

beforeAll(() => openFrontDoor())
afterAll(() => vi.unstubAllGlobals())

test('an address to put a file at is for one owner, one file, one name and some time', async () => {
  const { cloud } = await givenThread()
  const mine = await cloud.files.generatePresignedUploadUrl({ filename: 'a b+ñ.png' })
  const theirs = await cloudOf().files.generatePresignedUploadUrl({ filename: 'a.png' })
  const own = new URL(mine.signedUrl)
  const changed = (change: (url: URL) => void) => {
    const url = new URL(own)
    change(url)
    return putAt(url.href)
  }
  const others = new URL(theirs.signedUrl)
  const ofThem = (name: string) => others.searchParams.get(name)!
  const bad = [
    changed((url) => (url.pathname = others.pathname)),
    changed((url) => url.searchParams.set('store', ofThem('store'))),
    changed((url) => url.searchParams.set('signature', ofThem('signature'))),
    changed((url) => url.searchParams.set('name', 'b.png')),
    changed((url) => url.searchParams.set('expires', '1700000000')),
    changed((url) => url.searchParams.set('expires', '99999999999')),
    putAt(mine.publicUrl),
  ]
  for (const answer of bad) expect((await answer).status).toBe(401)
  expect(await statusAt(mine.signedUrl)).toBe(401)
  expect((await putAt(`${own.origin}${own.pathname}`)).status).toBe(401)
  const ann = await as.user()
  expect((await ann.request('PUT', own.pathname, {})).status).toBe(403)
  expect(new Date(mine.expiresAt).toISOString()).toBe(mine.expiresAt)
  expect((await putAt(mine.signedUrl)).status).toBe(204)
})

test('it is good for one file: the same bytes again change nothing, and it brings nothing back', async () => {
  const user = crypto.randomUUID()
  const { cloud, ann } = await givenThread(user)
  const bytes = picture()
  const { signedUrl, publicUrl, key } = await uploaded(cloud, 'a.png', bytes)
  expect((await putAt(signedUrl, bytes)).status).toBe(204)
  expect((await putAt(signedUrl, picture())).status).toBe(401)
  expect(await keysOf({ kind: 'user', id: user })).toHaveLength(1)
  expect(new Uint8Array(await (await fetched(publicUrl)).arrayBuffer())).toEqual(bytes)
  // The same file under another address is another one, of the same bytes.
  const twin = await uploaded(cloud, 'a.png', bytes)
  expect(twin.key).not.toBe(key)
  expect(await keysOf({ kind: 'user', id: user })).toHaveLength(1)
  expect((await ann.delete(`/api/files/${key}`)).status).toBe(200)
  expect(await isThere(ann, twin.key!)).toBe(true)
  expect((await putAt(signedUrl, bytes)).status).toBe(401)
  expect(await isThere(ann, key!)).toBe(false)
  // Nor is an address good for ever that nobody came to.
  const idle = await cloud.files.generatePresignedUploadUrl({ filename: 'b.png' })
  await later({ kind: 'user', id: user }, 2 * DAY_MS)
  expect((await putAt(idle.signedUrl)).status).toBe(401)
  expect(await keysOf({ kind: 'user', id: user })).toEqual([])
})

test('an upload that is cut leaves nothing, and may be made again at the same address', async () => {
  const user = crypto.randomUUID()
  const { cloud, ann } = await givenThread(user)
  const { signedUrl, publicUrl } = await cloud.files.generatePresignedUploadUrl({
    filename: 'a.png',
  })
  const cut = new ReadableStream({
    start: (controller) => {
      controller.enqueue(picture())
      controller.error(new Error('gone'))
    },
  })
  await putAt(signedUrl, cut as never).catch(() => {})
  expect(await keysOf({ kind: 'user', id: user })).toEqual([])
  expect(await bodyOf<Listed<unknown>>(ann.get('/api/files'))).toMatchObject({ data: [] })
  expect(await statusAt(publicUrl)).toBe(404)
  for (const when of ['before', 'after'] as const) {
    openFrontDoor({ FILES: failing(when, 'put') })
    expect((await putAt(signedUrl)).status).toBe(503)
    expect(await statusAt(publicUrl)).toBe(404)
  }
  openFrontDoor()
  expect((await putAt(signedUrl)).status).toBe(204)
  expect(await statusAt(publicUrl)).toBe(200)
  await later({ kind: 'user', id: user }, 60_000)
  expect(await keysOf({ kind: 'user', id: user })).toHaveLength(1)
})
