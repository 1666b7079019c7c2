import { env } from 'cloudflare:workers'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'

import { addressOf, uploadAddressOf } from '../../../src/files/address.ts'
import { filesOf } from '../../../src/objects.ts'
import { as } from '../../support/api.ts'
import { givenThread, openFrontDoor, putAt, uploaded } from '../../support/assistant-cloud.ts'
import {
  DAY_MS,
  fetched,
  givenFile,
  isThere,
  keysOf,
  later,
  picture,
  statusAt,
} from '../../support/files.ts'
import { problemOf } from '../../support/problems.ts'
import { aVisitor, link } from '../../support/visitors.ts'

beforeAll(() => openFrontDoor())
afterAll(() => vi.unstubAllGlobals())

const HOUR_MS = 60 * 60_000

/** An address that was made for an upload, and what it says. */
async function given() {
  const { cloud, ann } = await givenThread()
  const made = await cloud.files.generatePresignedUploadUrl({ filename: 'a.png' })
  const url = new URL(made.signedUrl)
  const says = (name: string) => url.searchParams.get(name) ?? ''
  const file = { id: made.key ?? '', store: says('store') }
  return { cloud, ann, made, file, expires: Number(says('expires')), origin: url.origin }
}

test('an address says when it ends, in one to two hours', async () => {
  const { cloud, made, expires, file } = await given()
  await putAt(made.signedUrl)
  const download = await cloud.files.generatePresignedDownloadUrl({ key: file.id })
  const read = new URL(download.signedUrl).searchParams.get('expires')
  for (const [says, told] of [
    [expires, made.expiresAt],
    [Number(read), download.expiresAt],
  ] as const) {
    expect(Date.parse(told)).toBe(says * 1000)
    const left = says * 1000 - Date.now()
    expect(left).toBeGreaterThan(HOUR_MS - 60_000)
    expect(left).toBeLessThanOrEqual(2 * HOUR_MS)
  }
})

test('past its end, an address that is signed as it should be is good for nothing', async () => {
  const { file, origin } = await given()
  const now = Math.floor(Date.now() / 1000)
  const toPut = (expires: number) =>
    uploadAddressOf(env, origin, { ...file, expires, name: 'a.png' })
  const ended = await putAt(await toPut(now - 1))
  expect(await problemOf(ended)).toMatchObject({ status: 401, type: '/problems/invalid-ticket' })
  expect((await putAt(await toPut(now + 60))).status).toBe(204)
  const toRead = (at: number) => addressOf(env, origin, file, at)
  expect(await statusAt(await toRead(Date.now() - 3 * HOUR_MS))).toBe(401)
  expect(await statusAt(await toRead(Date.now()))).toBe(200)
})

test('an address of the secret before holds as long as that is listed', async () => {
  const { file, origin, expires } = await given()
  const before = crypto.randomUUID().repeat(2)
  const other = { SESSION_SECRET: before }
  const address = await uploadAddressOf(other, origin, { ...file, expires, name: 'a.png' })
  expect((await putAt(address)).status).toBe(401)
  openFrontDoor({ SESSION_SECRET: `${env.SESSION_SECRET},${before}` })
  expect((await putAt(address)).status).toBe(204)
  openFrontDoor()
})

test('it takes as many bytes as a file may have, whatever a body may; more are refused, and it is still good', async () => {
  const { ann, made, file } = await given()
  openFrontDoor({ MAX_FILE_MB: '2' })
  const large = new Uint8Array(2 ** 21 + 1)
  const chunked = new ReadableStream({
    start: (controller) => {
      controller.enqueue(large)
      controller.close()
    },
  })
  for (const body of [new Blob([large]), chunked]) {
    expect(await problemOf(putAt(made.signedUrl, body))).toMatchObject({ status: 413 })
    expect(await isThere(ann, file.id)).toBe(false)
  }
  expect((await putAt(made.signedUrl, large.slice(1))).status).toBe(204)
  expect(await isThere(ann, file.id)).toBe(true)
  openFrontDoor()
})

test('a file may be empty, and have no name', async () => {
  const { cloud, ann } = await givenThread()
  const { key } = await uploaded(cloud, '', new Uint8Array(0))
  const file = await (await ann.get(`/api/files/${key}`)).json()
  expect(file).toMatchObject({ id: key, name: null, bytes: 0 })
})

test('a token that is sent beside an address counts, and the address does not', async () => {
  const { cloud, ann, made } = await given()
  const stranger = await as.user()
  const { signedUrl, publicUrl } = await cloud.files.generatePresignedUploadUrl({ filename: 'b' })
  await putAt(signedUrl)
  const read = async (headers: Record<string, string>) =>
    (await fetched(publicUrl, { headers })).status
  expect(await read({})).toBe(200)
  expect(await read(ann.headers)).toBe(200)
  expect(await read(stranger.headers)).toBe(404)
  expect(await read({ authorization: 'Bearer nonsense' })).toBe(401)
  const put = await fetched(made.signedUrl, {
    method: 'PUT',
    body: picture(),
    headers: ann.headers,
  })
  expect(put.status).toBe(403)
})

test('what is on its way while its owner logs in is refused, and nothing of it stays for more than a day', async () => {
  const visitor = await aVisitor()
  const ann = await as.user()
  const { signedUrl, key } = await (
    await visitor.client.post('/assistant-ui/v1/files/attachments/generate-presigned-upload-url', {
      filename: 'a.png',
    })
  ).json<{ signedUrl: string; key: string }>()
  const slow = new ReadableStream(
    {
      pull: async (controller) => {
        expect((await link(ann, { session_token: visitor.token })).status).toBe(200)
        controller.enqueue(picture())
        controller.close()
      },
    },
    { highWaterMark: 0 },
  )
  const answer = await putAt(signedUrl, slow)
  expect(await problemOf(answer)).toMatchObject({ status: 401, type: '/problems/session-linked' })
  expect(await isThere(ann, key)).toBe(false)
  const owner = { kind: 'session', id: visitor.id } as const
  await later(owner, 2 * DAY_MS)
  expect(await keysOf(owner)).toEqual([])
})

test('an upload whose end is told once more after a login loses nothing of its file', async () => {
  const visitor = await aVisitor()
  const ann = await as.user()
  const owner = { kind: 'session', id: visitor.id } as const
  const { id, sha256, name, type, bytes } = await givenFile(visitor.client)
  await link(ann, { session_token: visitor.token })
  const again = await filesOf(env, owner).finish(id, { sha256, name, type, bytes })
  expect(again).toMatchObject({ ok: false, why: 'session-linked' })
  await later(owner, 2 * DAY_MS)
  expect(await isThere(ann, id)).toBe(true)
})
