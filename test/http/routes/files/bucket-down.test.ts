import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'

import type { Owner } from '../../../../src/contract/caller.ts'
import { filesOf } from '../../../../src/objects.ts'
import { append, as, at, sendWith } from '../../../support/api.ts'
import {
  DAY_MS,
  bucket,
  erase,
  failing,
  givenFile,
  isThere,
  keysOf,
  later,
  picture,
  showing,
  upload,
} from '../../../support/files.ts'
import { givenConversation } from '../../../support/given.ts'
import { problemOf } from '../../../support/problems.ts'
import { ringWhenDue } from '../../../support/record.ts'

async function someone() {
  const owner: Owner = { kind: 'user', id: crypto.randomUUID() }
  const client = await as.user(owner.id)
  const under = (FILES: R2Bucket | undefined) =>
    runInDurableObject(filesOf(env, owner), (object) => {
      const inner = object as unknown as { env: Env }
      inner.env = { ...inner.env, FILES } as Env
    })
  return { owner, client, under }
}

test.each(['before', 'after'] as const)(
  'an upload that the bucket fails %s it is stored leaves nothing that counts or stays',
  async (when) => {
    const { owner, client } = await someone()
    const bodies = [
      picture(),
      new ReadableStream({
        start: (controller) => {
          controller.enqueue(picture())
          controller.close()
        },
      }),
      new ReadableStream({
        start: (controller) => {
          controller.enqueue(new Uint8Array(9_000_000))
          controller.close()
        },
      }),
    ]
    for (const body of bodies) {
      const settings = { FILES: failing(when, 'put', 'createMultipartUpload') }
      const response = sendWith(settings, '/api/files', {
        method: 'POST',
        body: body as BodyInit,
        headers: client.headers,
      })
      expect(await problemOf(response)).toMatchObject({ status: 503 })
    }
    await later(owner, 1_000)
    expect(await keysOf(owner)).toEqual([])
    const list = await client.get('/api/files')
    expect(await list.json()).toMatchObject({ data: [] })
  },
)

test('an upload whose caller is cut off leaves nothing that counts or stays', async () => {
  const { owner, client } = await someone()
  for (const before of [10, 9_000_000]) {
    const broken = new ReadableStream({
      start: (controller) => {
        controller.enqueue(new Uint8Array(before))
      },
      pull: (controller) => controller.error(new Error('gone')),
    })
    await Promise.resolve(upload(client, broken as never)).catch(() => {})
  }
  // Nothing is known of what the Worker may have done last: the day of grace is over.
  await later(owner, 2 * DAY_MS)
  expect(await keysOf(owner)).toEqual([])
  const left = await runInDurableObject(filesOf(env, owner), (_, { storage }) =>
    ['files', 'blobs', 'refs', 'going'].flatMap((table) =>
      storage.sql.exec(`SELECT * FROM ${table}`).toArray(),
    ),
  )
  expect(left).toEqual([])
})

test('an upload that was never finished goes after a day', async () => {
  const { owner, client } = await someone()
  await givenFile(client)
  const begun = await filesOf(env, owner).begin(1)
  if (!begun.ok) throw new Error('not begun')
  await bucket.put(begun.key, picture())
  expect(await keysOf(owner)).toHaveLength(2)
  await later(owner, DAY_MS + 1_000)
  expect(await keysOf(owner)).toEqual([])
  // And what comes after that is no file.
  const late = { sha256: 'x', bytes: 1, name: null, type: 'image/png' }
  expect(await filesOf(env, owner).finish(begun.id, late)).toMatchObject({ why: 'try-again' })
})

test('a bucket that is down refuses messages with bytes in them, and loses none', async () => {
  const { client } = await someone()
  const id = await givenConversation(client)
  const url = `data:image/png;base64,${picture('x'.repeat(20_000)).toBase64()}`
  const message = { id: 'm', role: 'user', parts: [{ type: 'image_url', image_url: { url } }] }
  const send = (settings: Partial<Env>) =>
    sendWith(settings, `${at(id)}/messages`, {
      method: 'POST',
      body: JSON.stringify({ messages: [message] }),
      headers: { ...client.headers, 'content-type': 'application/json' },
    })
  expect(await problemOf(send({ FILES: failing('before', 'put') }))).toMatchObject({ status: 503 })
  expect((await send({})).status).toBe(201)
  // Without a bucket they stay where they are.
  const other = await givenConversation(client)
  const without = await sendWith({ FILES: undefined } as never, `${at(other)}/messages`, {
    method: 'POST',
    body: JSON.stringify({ messages: [message] }),
    headers: { ...client.headers, 'content-type': 'application/json' },
  })
  expect(await without.json()).toMatchObject({ messages: [{ parts: [{ image_url: { url } }] }] })
})

test.each(['before', 'after'] as const)(
  'erasing goes on by itself until the bucket has let go, which fails %s it does',
  async (when) => {
    const { owner, client, under } = await someone()
    const file = await givenFile(client)
    const id = await givenConversation(client)
    await append(client, id, [showing(file.id)])
    await under(failing(when, 'delete'))
    for (const _ of [1, 2]) {
      expect(await erase(client, id)).toMatchObject({ files: 1, is_complete: false })
    }
    expect((await client.get(at(id))).status).toBe(404)
    expect(await isThere(client, file.id)).toBe(false)
    await ringWhenDue(id)
    expect(await erase(client, id)).toMatchObject({ files: 1, is_complete: false })
    await under(bucket)
    await ringWhenDue(id)
    expect(await keysOf(owner)).toEqual([])
    expect(await erase(client, id)).toMatchObject({ files: 1, is_complete: true })
  },
)

test('without a bucket, an erasure says that its files are not gone', async () => {
  const { owner, client, under } = await someone()
  const file = await givenFile(client)
  const id = await givenConversation(client)
  await append(client, id, [showing(file.id)])
  await under(undefined)
  expect(await erase(client, id)).toMatchObject({ is_complete: false })
  await under(bucket)
  // The owner's own alarm goes on too.
  await later(owner, DAY_MS)
  expect(await keysOf(owner)).toEqual([])
})

test('a file that can not be read right now is there again later', async () => {
  const { client } = await someone()
  const { id } = await givenFile(client)
  const read = (settings: Partial<Env>) =>
    sendWith(settings, `/api/files/${id}/content`, { headers: client.headers })
  expect(await problemOf(read({ FILES: failing('before', 'get') }))).toMatchObject({ status: 503 })
  expect(await problemOf(read({ FILES: undefined } as never))).toMatchObject({ status: 501 })
  const none = new Proxy(bucket, { get: () => async () => null })
  expect(await problemOf(read({ FILES: none }))).toMatchObject({ status: 503 })
  expect(await isThere(client, id)).toBe(true)
})
