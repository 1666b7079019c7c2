import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'

import { conversation, node } from '../../../portable/samples/chatgpt.ts'
import { type Client, append, as, at, bodyOf, sendWith } from '../../../support/api.ts'
import { aUser, fetched, givenFile, keysOf, picture, showing } from '../../../support/files.ts'
import { givenConversation } from '../../../support/given.ts'
import { type ImportAnswer, importing, upload } from '../../../support/importing.ts'
import { problemOf } from '../../../support/problems.ts'
import { manyTimes, zipOf } from '../../../support/zips.ts'

type Shown = { parts: { image_url?: { file_id: string; url: string } }[] | null }

const type = 'application/zip'
const messagesOf = async (client: Client, id: string) =>
  (await bodyOf<{ data: Shown[] }>(client.get(`${at(id)}/messages`))).data

/** A ZIP of somebody's conversation with pictures, as Hilo gives it out. */
async function givenZip(...pictures: Uint8Array[]) {
  const ann = await as.user()
  const id = await givenConversation(ann, { title: 'Pictures' })
  const files = []
  for (const bytes of pictures) files.push(await givenFile(ann, bytes))
  await append(ann, id, [showing(...files.map((file) => file.id)), { role: 'user', content: 'So' }])
  const zip = new Uint8Array(await (await ann.get('/api/export?format=zip')).arrayBuffer())
  return { ann, id, files, zip }
}

const chat = (id: string) => JSON.stringify([{ id, messages: [{ role: 'user', content: 'Hi' }] }])

const hashOf = async (bytes: Uint8Array): Promise<string> =>
  new Uint8Array(await crypto.subtle.digest('SHA-256', bytes as never)).toHex()

test('Hilo’s own comes back in whole to another owner, who has the files from then on', async () => {
  const pictures = [picture(), picture('x'.repeat(9_000_000))]
  const { ann, id, files, zip } = await givenZip(...pictures)
  const { client: bob, owner } = await aUser()
  const answer = await bodyOf<ImportAnswer>(upload(bob, zip, { type }))
  expect(answer).toMatchObject({ source: 'hilo', complete: true, imported: 1, failed: 0 })
  const one = answer.conversations[0]!.id
  const [first] = await messagesOf(bob, one)
  const shown = first!.parts!.flatMap((part) => part.image_url ?? [])
  expect(shown).toHaveLength(2)
  for (const [index, { file_id: file, url }] of shown.entries()) {
    expect(files.map((known) => known.id)).not.toContain(file)
    const got = new Uint8Array(await (await fetched(url)).arrayBuffer())
    expect(await hashOf(got)).toBe(await hashOf(pictures[index]!))
    // Neither has the other's.
    expect((await ann.get(`/api/files/${file}`)).status).toBe(404)
    expect((await bob.get(`/api/files/${files[index]!.id}`)).status).toBe(404)
  }
  // Of the archive itself nothing stays.
  expect(await keysOf(owner)).toHaveLength(2)
  // The same again adds nothing, and they are Bob's whatever becomes of Ann's.
  expect(await importing(bob, zip)).toMatchObject({ unchanged: 1, imported: 0 })
  await ann.post(`${at(id)}/erase`)
  expect((await fetched(shown[0]!.url)).status).toBe(200)
  expect(await keysOf(owner)).toHaveLength(2)
})

test('a ZIP that names another’s file without its bytes brings none', async () => {
  const { client: ann } = await aUser()
  const { id, sha256 } = await givenFile(ann)
  const { client: bob, owner } = await aUser()
  const line = { object: 'hilo.file', id, sha256, path: `files/${sha256}.png`, name: null }
  const message = { role: 'user', parts: [{ type: 'image_url', image_url: { file_id: id } }] }
  const lines = [
    { object: 'hilo.export', version: 1 },
    { object: 'conversation', id: 'c' },
    { object: 'message', id: 'm', conversation_id: 'c', content: 'See', ...message },
  ]
  const asText = (values: object[]) => values.map((value) => `${JSON.stringify(value)}\n`).join('')
  const own = { 'conversations.ndjson': asText(lines), 'files.ndjson': asText([line]) }
  const answer = await importing(bob, await zipOf(own))
  const [shown] = await messagesOf(bob, answer.conversations[0]!.id)
  expect(JSON.stringify(shown)).not.toContain('file_')
  // Other bytes under that hash are not taken for it.
  const other = await zipOf({ ...own, [line.path]: picture() })
  const { client: cy } = await aUser()
  expect(await importing(cy, other)).toMatchObject({ failed: 1, imported: 0 })
  expect(await keysOf(owner)).toEqual([])
})

test('what other programs mail is found in the ZIP, in the order of its parts', async () => {
  const { client: ann, owner } = await aUser()
  const zip = await zipOf({
    'users.json': '[{"uuid":"u"}]',
    'conversations-010.json': chat('second'),
    'conversations-002.json': chat('first'),
    'image.png': picture(),
  })
  const { conversations, failed } = await importing(ann, zip)
  expect(conversations.map((one) => one.source_id)).toEqual(['first', 'second'])
  expect(failed).toBe(0)
  const { client: bob } = await aUser()
  expect(await importing(bob, await zipOf({ 'chat-export-1.json': chat('x') }))).toMatchObject({
    imported: 1,
  })
  expect(await keysOf(owner)).toEqual([])
})

test('a bomb is refused, and nothing of it stays', async () => {
  const { client: ann, owner } = await aUser()
  for (const zip of [
    await zipOf({ 'conversations.json': `[${' '.repeat(30_000_000)}]` }),
    await zipOf({ ['x'.repeat(2_000)]: '', 'conversations.json': chat('x') }),
    manyTimes(await zipOf({ 'conversations.json': chat('x') }), 20_001),
  ]) {
    const problem = await problemOf(upload(ann, zip as BodyInit, { type }))
    expect(problem).toMatchObject({ type: '/problems/invalid-request' })
    expect(problem.detail).toMatch(/unpacks to more.*Nothing was stored\.$/)
  }
  expect(await keysOf(owner)).toEqual([])
})

test('a ZIP that is cut, wherever that is, is refused, and nothing of it stays', async () => {
  const { zip } = await givenZip(picture())
  const { client: bob, owner } = await aUser()
  for (const end of [4, 40, 1_000, zip.byteLength - 40, zip.byteLength - 1]) {
    const problem = await problemOf(upload(bob, zip.slice(0, end), { type }))
    expect(problem).toMatchObject({ type: '/problems/invalid-request' })
    expect(problem.detail).toMatch(/ZIP archive.*Nothing was stored\.$/)
  }
  // Damaged in the middle: what the sums don't bear out is not taken.
  const damaged = zip.slice()
  const at = new TextDecoder('latin1').decode(zip).indexOf('"Look"')
  damaged.set(new TextEncoder().encode('"Lock"'), at)
  const answer = await upload(bob, damaged, { type })
  expect([200, 422]).toContain(answer.status)
  expect(JSON.stringify(await answer.json())).toMatch(/ZIP archive|"complete":false/)
  expect(await keysOf(owner)).toEqual([])
})

test('without a bucket a ZIP is a clear refusal, and its JSON goes in', async () => {
  const { client: ann } = await aUser()
  const without = { ...(env as Env), FILES: undefined } as never
  const sent = (body: BodyInit) =>
    sendWith(without, '/api/import', { method: 'POST', body, headers: ann.headers })
  const problem = await problemOf(sent((await zipOf({ 'conversations.json': chat('x') })) as never))
  expect(problem).toMatchObject({ type: '/problems/no-files', status: 501 })
  expect(problem.detail).toMatch(/unpack it/)
  expect(await bodyOf(sent(new TextEncoder().encode(chat('x'))))).toMatchObject({ imported: 1 })
})

test('the pictures of ChatGPT’s ZIP are in its messages', async () => {
  const { client: ann, owner } = await aUser()
  const bytes = picture()
  const parts = [
    { content_type: 'image_asset_pointer', asset_pointer: 'file-service://file-Abc1', width: 1 },
    { content_type: 'image_asset_pointer', asset_pointer: 'sediment://file_gone' },
    'See',
  ]
  const file = conversation('c', [
    node('m', {
      content: { content_type: 'multimodal_text', parts },
      more: { metadata: { attachments: [{ id: 'file-Abc1', name: 'cat.png' }] } },
    }),
  ])
  const zip = await zipOf({
    'conversations.json': JSON.stringify([file]),
    'file-Abc1-cat.png': bytes,
    'file-Other-dog.png': picture(),
  })
  const { conversations } = await importing(ann, zip)
  const [message] = await messagesOf(ann, conversations[0]!.id)
  const shown = message!.parts!.flatMap((part) => part.image_url ?? [])
  expect(shown).toHaveLength(1)
  expect(new Uint8Array(await (await fetched(shown[0]!.url)).arrayBuffer())).toEqual(bytes)
  expect(message!.parts!.map((part) => JSON.stringify(part)).join()).not.toContain('cat.png')
  // What no message names is not kept, and the same again adds nothing.
  expect(await keysOf(owner)).toHaveLength(1)
  expect(await importing(ann, zip)).toMatchObject({ unchanged: 1, imported: 0 })
})
