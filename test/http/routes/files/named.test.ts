import { expect, test } from 'vitest'

import { type Appended, type Message, append, as, at, bodyOf } from '../../../support/api.ts'
import {
  addressIn,
  erase,
  fetched,
  givenFile,
  isThere,
  keysOf,
  picture,
  showing,
} from '../../../support/files.ts'
import { givenConversation } from '../../../support/given.ts'
import { pointersOf, problemOf } from '../../../support/problems.ts'
import { historyOf } from '../../../support/turns.ts'

test('a message names a file by its id, and every read has an address of it for whoever can read the message', async () => {
  const ann = await as.user()
  const bytes = picture()
  const file = await givenFile(ann, bytes)
  const id = await givenConversation(ann)
  const message = showing(file.id)
  const appended = await bodyOf<Appended>(append(ann, id, [message]))
  const [read] = await historyOf(ann, id)
  const whole = await bodyOf<{ messages: Message[] }>(ann.get(at(id)))
  const staff = await historyOf(as.service('staff'), id)
  for (const one of [appended.messages[0]!, read!, whole.messages[0]!, staff[0]!]) {
    expect(one.parts!.at(-1)).toEqual({
      type: 'image_url',
      image_url: {
        file_id: file.id,
        url: expect.stringContaining(`/api/files/${file.id}/content?`),
      },
    })
    const content = await fetched(addressIn(one))
    expect(new Uint8Array(await content.arrayBuffer())).toEqual(bytes)
  }
  // What is sent again with its address is the same message, and stays without one.
  const again = await append(ann, id, [{ ...message, parts: read!.parts }])
  expect(again.status).toBe(200)
})

test('an address is good for its file alone, and not for ever', async () => {
  const [ann, bob] = [await as.user(), await as.user()]
  const [mine, other, theirs] = [await givenFile(ann), await givenFile(ann), await givenFile(bob)]
  const good = new URL(mine.url)
  const changed = (change: (url: URL) => void) => {
    const url = new URL(good)
    change(url)
    return fetched(url.href)
  }
  expect((await fetched(good.href)).status).toBe(200)
  const store = new URL(theirs.url).searchParams.get('store')!
  const bad = [
    changed((url) => (url.pathname = url.pathname.replace(mine.id, other.id))),
    changed((url) => url.searchParams.set('store', store)),
    changed((url) =>
      url.searchParams.set('expires', String(Number(url.searchParams.get('expires')) + 1)),
    ),
    changed((url) => url.searchParams.set('expires', '1700000000')),
    changed((url) => url.searchParams.set('signature', 'AAAA')),
    changed((url) => url.searchParams.set('signature', '%%')),
    changed((url) => url.searchParams.set('signature', '')),
    changed((url) => url.searchParams.delete('store')),
  ]
  for (const response of bad) expect(await problemOf(response)).toMatchObject({ status: 401 })
  expect((await changed((url) => url.searchParams.delete('signature'))).status).toBe(401)
  // Gone with the file.
  expect((await ann.delete(`/api/files/${mine.id}`)).status).toBe(200)
  expect((await fetched(good.href)).status).toBe(404)
})

test('tells a stranger nothing of a file', async () => {
  const [ann, bob] = [await as.user(), await as.user()]
  const { id } = await givenFile(ann)
  const missing = `file_${crypto.randomUUID().replaceAll('-', '')}`
  const conversation = await givenConversation(bob)
  const strangers = [bob, await as.session(), as.service('backend', 'user:somebody-else')]
  for (const client of strangers) {
    for (const [method, rest] of [
      ['GET', ''],
      ['DELETE', ''],
      ['GET', '/content'],
    ] as const) {
      const answer = async (about: string) => {
        const response = await client.request(method, `/api/files/${about}${rest}`)
        return [response.status, await response.text()]
      }
      expect(await answer(id)).toEqual(await answer(missing))
      expect(await answer(id)).toMatchObject([404, expect.stringContaining('no-such-file')])
      expect(await answer('..%2F')).toEqual(await answer(missing))
    }
  }
  const naming = async (file: string) => {
    const problem = await problemOf(append(bob, conversation, [showing(file)]))
    return [problem.status, pointersOf(problem), problem.detail]
  }
  expect(await naming(id)).toEqual(await naming(missing))
  expect(await naming(id)).toEqual([
    422,
    ['/messages/0/parts/1/image_url/file_id'],
    'Nothing of this request was stored.',
  ])
  expect(await historyOf(bob, conversation)).toEqual([])
  for (const path of ['', '/continue'] as const) {
    const body = path ? { messages: [showing(id)] } : { messages: [showing(id)] }
    const response = await bob.post(
      path ? `${at(conversation)}${path}` : '/api/conversations',
      body,
    )
    expect(response.status).toBe(422)
  }
  expect(await isThere(ann, id)).toBe(true)
})

test('bytes within a message become a file, and the same message again is the same', async () => {
  const id = crypto.randomUUID()
  const ann = await as.user(id)
  const bytes = picture('x'.repeat(20_000))
  const [large, small] = [bytes, picture()].map((one) => `data:image/png;base64,${one.toBase64()}`)
  const conversation = await givenConversation(ann)
  const message = {
    id: 'm',
    role: 'user',
    parts: [
      { type: 'image_url', image_url: { url: large, detail: 'low' } },
      { type: 'image_url', image_url: { url: small } },
      { type: 'file', file: { file_data: large, filename: 'a.png' } },
    ],
  }
  expect((await append(ann, conversation, [message])).status).toBe(201)
  expect((await append(ann, conversation, [message])).status).toBe(200)
  const [read] = await historyOf(ann, conversation)
  expect(read!.parts).toEqual([
    {
      type: 'image_url',
      image_url: {
        file_id: expect.stringMatching(/^file_/),
        url: expect.any(String),
        detail: 'low',
      },
    },
    { type: 'image_url', image_url: { url: small } },
    {
      type: 'file',
      file: {
        file_id: expect.stringMatching(/^file_/),
        url: expect.any(String),
        filename: 'a.png',
      },
    },
  ])
  const content = await fetched(addressIn(read!))
  expect(new Uint8Array(await content.arrayBuffer())).toEqual(bytes)
  expect(await keysOf({ kind: 'user', id })).toHaveLength(1)
  expect(await erase(ann, conversation)).toMatchObject({ files: 2, is_complete: true })
  expect(await keysOf({ kind: 'user', id })).toEqual([])
})
