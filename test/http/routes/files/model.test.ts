import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'

import type { StoredFile } from '../../../../src/contract/file.ts'
import { filesOf } from '../../../../src/objects.ts'
import { as, at, bodyOf } from '../../../support/api.ts'
import { bucket, fetched, picture, upload } from '../../../support/files.ts'
import { givenConversation } from '../../../support/given.ts'
import { network } from '../../../support/network.ts'
import { promptOf, says, scripted } from '../../../support/questions.ts'
import { underSettings } from '../../../support/record.ts'

const owner = crypto.randomUUID()
const ann = await as.user(owner)

async function given(name = 'cat.png', bytes = picture()) {
  const response = await upload(ann, bytes, { 'hilo-file-name': name })
  return { file: await bodyOf<StoredFile>(response), bytes }
}

/** What a model is sent of a message that shows a file. */
async function sent(
  part: (id: string) => object,
  { file }: { file: StoredFile },
  settings: Partial<Env> = {},
  key?: string,
) {
  const script = key ?? (await scripted(says('I see.')))
  const id = await givenConversation(ann, { language: 'en', title: 'T', topic: 'T' })
  await underSettings(id, settings)
  const messages = [
    { role: 'user', parts: [{ type: 'text', text: `Look #${script}` }, part(file.id)] },
  ]
  const response = await ann.post(`${at(id)}/continue`, { messages })
  expect(response.status).toBe(200)
  await response.body?.cancel()
  const seen = await network.seen(script)
  return promptOf(seen.at(-1)).at(-1)?.['content']
}

const asImage = (id: string) => ({ type: 'image_url', image_url: { file_id: id, detail: 'low' } })
const asFile = (id: string) => ({ type: 'file', file: { file_id: id, filename: 'named.png' } })

test('a picture reaches the model with its bytes', async () => {
  const one = await given()
  const url = `data:image/png;base64,${one.bytes.toBase64()}`
  const text = { type: 'text', text: expect.stringContaining('Look') }
  expect(await sent(asImage, one)).toEqual([
    text,
    { type: 'image_url', image_url: { url, detail: 'low' } },
  ])
  expect(await sent(asFile, one)).toEqual([text, { type: 'image_url', image_url: { url } }])
})

test('another file reaches the model as a file', async () => {
  const bytes = new TextEncoder().encode(`%PDF-1.7 ${crypto.randomUUID()}`)
  const one = await given('a.pdf', bytes)
  const asPdf = (id: string) => ({ type: 'file', file: { file_id: id } })
  expect(await sent(asPdf, one)).toEqual([
    { type: 'text', text: expect.any(String) },
    {
      type: 'file',
      file: { filename: 'a.pdf', file_data: `data:application/pdf;base64,${bytes.toBase64()}` },
    },
  ])
})

test('a picture that is too large reaches the model as an address that it can read', async () => {
  const one = await given('big.png', picture('x'.repeat(2 ** 20)))
  const content = (await sent(asImage, one, { MODEL_INLINE_MB: '1' })) as {
    image_url: { url: string }
  }[]
  const { url } = content[1]!.image_url
  expect(url).toMatch(/^https:\/\/api\.test\/api\/files\/file_/)
  const read = await fetched(url)
  expect(new Uint8Array(await read.arrayBuffer())).toEqual(one.bytes)
})

test('a model that takes no pictures is told the name, and the conversation goes on', async () => {
  const one = await given('cat.png')
  const refusal = { status: 400, body: '{"error":{"message":"image input is not supported"}}' }
  const key = await scripted([refusal], says('I see a name.'))
  expect(await sent(asImage, one, { MODEL_NAME: 'blind' } as never, key)).toMatch(
    /^Look #.*\n\[image\] cat\.png$/,
  )
})

test('a bucket that is down keeps no reply from coming', async () => {
  const one = await given('cat.png')
  const down = new Proxy(bucket, {
    get: () => () => Promise.reject(new Error('R2 is down')),
  })
  const content = await sent(asImage, one, { FILES: down })
  expect(content).toMatch(/\[image\] cat\.png$/)
  // A file that is gone meanwhile.
  const another = await given('dog.png')
  await runInDurableObject(filesOf(env, { kind: 'user', id: owner }), (_, { storage }) => {
    storage.sql.exec('UPDATE blobs SET key = ? WHERE sha256 = ?', 'gone', another.file.sha256)
  })
  expect(await sent(asImage, another)).toMatch(/\[image\] dog\.png$/)
})
