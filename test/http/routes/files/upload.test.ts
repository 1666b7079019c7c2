import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'

import type { StoredFile } from '../../../../src/contract/file.ts'
import { type Listed, as, bodyOf, sendWith } from '../../../support/api.ts'
import { bucket, fetched, givenFile, keysOf, picture, upload } from '../../../support/files.ts'
import { problemOf } from '../../../support/problems.ts'

const text = (value: string) => new TextEncoder().encode(value)

test('keeps a file, and gives back its bytes to its owner', async () => {
  const ann = await as.user()
  const bytes = picture()
  const response = await upload(ann, bytes, { 'hilo-file-name': 'ca%C3%B1%C3%B3n.png' })
  expect(response.status).toBe(201)
  const file = await bodyOf<StoredFile>(response)
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)).toHex()
  expect(file).toMatchObject({
    object: 'file',
    name: 'cañón.png',
    type: 'image/png',
    bytes: bytes.byteLength,
    sha256: digest,
  })
  const content = await ann.get(`/api/files/${file.id}/content`)
  expect(new Uint8Array(await content.arrayBuffer())).toEqual(bytes)
  expect(Object.fromEntries(content.headers)).toMatchObject({
    'content-type': 'image/png',
    'content-length': String(bytes.byteLength),
    'content-disposition': `inline; filename="ca__n.png"; filename*=UTF-8''ca%C3%B1%C3%B3n.png`,
    'x-content-type-options': 'nosniff',
    'cross-origin-resource-policy': 'cross-origin',
    'content-security-policy': expect.stringContaining('sandbox'),
    etag: `"${digest}"`,
  })
  expect(await bodyOf(ann.get(`/api/files/${file.id}`))).toEqual(file)
  expect((await fetched(file.url)).status).toBe(200)
})

test('keeps a file that comes in chunks, also of more than one part', async () => {
  const ann = await as.user()
  const sizes = [3, 9_000_000]
  for (const size of sizes) {
    const bytes = new Uint8Array(size).map((_, at) => (at * 31) % 251)
    const chunked = new ReadableStream({
      start: (controller) => {
        for (let at = 0; at < size; at += 500_000) controller.enqueue(bytes.slice(at, at + 500_000))
        controller.close()
      },
    })
    const file = await bodyOf<StoredFile>(upload(ann, chunked as never))
    expect(file.bytes).toBe(size)
    const content = await ann.get(`/api/files/${file.id}/content`)
    const back = new Uint8Array(await content.arrayBuffer())
    expect(new Uint8Array(await crypto.subtle.digest('SHA-256', back)).toHex()).toBe(file.sha256)
    expect(back.byteLength).toBe(size)
  }
})

test.each([
  ['a page', '<!doctype html><script>alert(1)</script>', 'image/png', 'text/plain', 'inline'],
  [
    'a drawing with a script',
    '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>',
    'image/svg+xml',
    'application/xml',
    'attachment',
  ],
  ['a program', 'MZ\0\0\0', 'text/html', expect.stringMatching(/^application\//), 'attachment'],
  ['bytes', '\0\x01\x02', 'image/png', 'application/octet-stream', 'attachment'],
])('takes the type of %s from its bytes', async (_, content, claimed, type, disposition) => {
  const ann = await as.user()
  const response = await upload(ann, text(content), { 'content-type': claimed })
  const file = await bodyOf<StoredFile>(response)
  expect(file.type).toEqual(type)
  const { headers } = await fetched(file.url)
  expect(headers.get('content-disposition')).toMatch(new RegExp(`^${disposition}`))
  expect(headers.get('content-security-policy')).toContain('sandbox')
  expect(headers.get('x-content-type-options')).toBe('nosniff')
})

test('stores the same bytes once for one owner, and says nothing of what others have', async () => {
  const [id, other] = [crypto.randomUUID(), crypto.randomUUID()]
  const [ann, bob] = [await as.user(id), await as.user(other)]
  const bytes = picture()
  const first = await upload(ann, bytes, { 'hilo-file-name': 'a.png' })
  const again = await upload(ann, bytes, { 'hilo-file-name': 'a.png' })
  const renamed = await upload(ann, bytes, { 'hilo-file-name': 'b.png' })
  expect([first.status, again.status, renamed.status]).toEqual([201, 200, 201])
  const files = await Promise.all([first, again, renamed].map((one) => bodyOf<StoredFile>(one)))
  expect(files[1]).toEqual(files[0])
  expect(files[2]!.id).not.toBe(files[0]!.id)
  expect(await keysOf({ kind: 'user', id })).toHaveLength(1)
  const theirs = await upload(bob, bytes, { 'hilo-file-name': 'a.png' })
  expect(theirs.status).toBe(201)
  expect((await bodyOf<StoredFile>(theirs)).id).not.toBe(files[0]!.id)
  expect(await keysOf({ kind: 'user', id: other })).toHaveLength(1)
})

test('gives ranges, and nothing to whoever has the file already', async () => {
  const ann = await as.user()
  const { id, sha256 } = await givenFile(ann, text('0123456789'))
  const read = (headers: Record<string, string>, method = 'GET') =>
    ann.request(method, `/api/files/${id}/content`, undefined, headers)
  const got = async (headers: Record<string, string>) => {
    const response = await read(headers)
    return [response.status, response.headers.get('content-range'), await response.text()]
  }
  expect(await got({ range: 'bytes=2-4' })).toEqual([206, 'bytes 2-4/10', '234'])
  expect(await got({ range: 'bytes=7-' })).toEqual([206, 'bytes 7-9/10', '789'])
  expect(await got({ range: 'bytes=-3' })).toEqual([206, 'bytes 7-9/10', '789'])
  expect(await got({ range: 'bytes=8-99' })).toEqual([206, 'bytes 8-9/10', '89'])
  expect(await got({ range: 'bytes=5-2' })).toEqual([200, null, '0123456789'])
  expect(await got({ range: 'bytes=1-2,4-5' })).toEqual([200, null, '0123456789'])
  expect(await got({ range: 'bytes=2-4', 'if-range': '"other"' })).toEqual([
    200,
    null,
    '0123456789',
  ])
  expect(await got({ range: 'bytes=2-4', 'if-range': `"${sha256}"` })).toEqual([
    206,
    'bytes 2-4/10',
    '234',
  ])
  expect(await problemOf(read({ range: 'bytes=10-' }))).toMatchObject({ status: 416 })
  expect(await got({ 'if-none-match': `"x", W/"${sha256}"` })).toEqual([304, null, ''])
  const head = await read({}, 'HEAD')
  expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([
    200,
    '10',
    '',
  ])
})

test('lists files page by page, the newest first', async () => {
  const ann = await as.user()
  const files: StoredFile[] = []
  for (let n = 0; n < 5; n += 1) files.push(await givenFile(ann))
  const pages: StoredFile[][] = []
  for (let cursor = ''; ;) {
    const page = await bodyOf<Listed<StoredFile>>(ann.get(`/api/files?limit=2${cursor}`))
    pages.push(page.data)
    if (!page.has_more) break
    cursor = `&cursor=${page.next_cursor}`
  }
  expect(pages.map(({ length }) => length)).toEqual([2, 2, 1])
  expect(pages.flat()).toEqual(files.toReversed())
  expect((await ann.get('/api/files?cursor=nonsense')).status).toBe(422)
})

test('refuses what is too large, and leaves nothing of it', async () => {
  const id = crypto.randomUUID()
  const ann = await as.user(id)
  const send = (settings: Partial<Env>, body: BodyInit, headers: object = {}) =>
    sendWith(settings, '/api/files', {
      method: 'POST',
      body,
      headers: { ...ann.headers, ...headers },
    })
  const settings = { MAX_FILE_MB: '1' } as Partial<Env>
  const large = new Uint8Array(2 ** 20 + 1)
  expect(
    await problemOf(send(settings, large, { 'content-length': String(large.length) })),
  ).toMatchObject({ status: 413 })
  const chunked = new ReadableStream({
    start: (controller) => {
      controller.enqueue(large)
      controller.close()
    },
  })
  expect(await problemOf(send(settings, chunked as never))).toMatchObject({ status: 413 })
  expect(await keysOf({ kind: 'user', id })).toEqual([])
  expect(await bodyOf<Listed<StoredFile>>(ann.get('/api/files'))).toMatchObject({ data: [] })
})

test('without a bucket uploads are a clear refusal', async () => {
  const ann = await as.user()
  const { FILES: _, ...without } = env as Env
  const response = sendWith({ ...without, FILES: undefined } as never, '/api/files', {
    method: 'POST',
    body: picture(),
    headers: ann.headers,
  })
  expect(await problemOf(response)).toMatchObject({ type: '/problems/no-files', status: 501 })
  expect(bucket).toBeDefined()
})
