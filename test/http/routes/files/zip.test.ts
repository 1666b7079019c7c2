import {
  BlobReader,
  TextWriter,
  Uint8ArrayWriter,
  ZipReader,
} from '@zip.js/zip.js/lib/zip-core-custom.js'
import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'

import type { StoredFile } from '../../../../src/contract/file.ts'
import { filesOf } from '../../../../src/objects.ts'
import { append, as, at, bodyOf, sendWith } from '../../../support/api.ts'
import { sha256Of } from '../../../support/exports.ts'
import {
  aUser,
  bucket,
  erase,
  givenFile,
  keysOf,
  picture,
  showing,
  upload,
} from '../../../support/files.ts'
import { givenConversation } from '../../../support/given.ts'
import { aVisitor, link } from '../../../support/visitors.ts'

const options = { useWebWorkers: false, checkSignature: true }

/** What a ZIP holds, each file's sum checked. */
async function unzipped(response: Response) {
  const zip = new ZipReader(new BlobReader(await response.blob()), options)
  const entries = (await zip.getEntries()).filter((entry) => !entry.directory)
  const held = new Map(entries.map((entry) => [entry.filename, entry]))
  return {
    names: [...held.keys()],
    text: (name: string) => held.get(name)!.getData(new TextWriter(), options),
    bytes: (name: string) => held.get(name)!.getData(new Uint8ArrayWriter(), options),
  }
}

test('a ZIP holds the lines, and each file that they name once', async () => {
  const ann = await as.user()
  const [id, other] = [await givenConversation(ann), await givenConversation(ann)]
  const bytes = picture('x'.repeat(300_000))
  const file = await givenFile(ann, bytes)
  await append(ann, id, [showing(file.id, file.id)])
  await append(ann, other, [showing(file.id)])
  const strange = await givenFile(await as.user())
  await append(ann, other, [{ role: 'user', content: strange.id }])
  for (const path of [`${at(id)}/export`, '/api/export']) {
    const response = await ann.get(`${path}?format=zip`)
    expect(response.headers.get('content-type')).toBe('application/zip')
    expect(response.headers.get('content-disposition')).toContain('.zip"')
    const zip = await unzipped(response)
    const name = `files/${file.sha256}.png`
    expect(zip.names).toEqual(['conversations.ndjson', name, 'files.ndjson'])
    expect(await zip.bytes(name)).toEqual(bytes)
    const lines = (await zip.text('conversations.ndjson')).trimEnd().split('\n')
    const end = JSON.parse(lines.at(-1)!) as { sha256: string }
    expect(end.sha256).toBe(await sha256Of(`${lines.slice(0, -1).join('\n')}\n`))
    const { url: _, created_at: __, ...known } = file
    expect(JSON.parse(await zip.text('files.ndjson'))).toEqual({
      ...known,
      object: 'hilo.file',
      path: name,
    })
  }
})

test('a ZIP holds no file of a conversation that was erased while it was given out', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const bytes = picture('x'.repeat(2_000_000))
  const { id: file } = await givenFile(ann, bytes)
  await append(ann, id, [showing(file)])
  const response = await ann.get('/api/export?format=zip')
  await erase(ann, id)
  const parts: string[] = []
  const reading = response.body!.pipeTo(
    new WritableStream({ write: (chunk) => void parts.push(new TextDecoder().decode(chunk)) }),
  )
  await reading.catch(() => {})
  expect(parts.join('')).not.toContain('xxxxxxxxxx')
})

test('a ZIP holds no file of a conversation that became another’s while it was given out', async () => {
  const { client, token } = await aVisitor()
  const letters = ['x', 'y']
  for (const letter of letters) {
    const id = await givenConversation(client)
    await append(client, id, [showing((await givenFile(client, picture(letter.repeat(3e6)))).id)])
  }
  const reader = (await client.get('/api/export?format=zip')).body!.getReader()
  const next = async () => new TextDecoder('latin1').decode((await reader.read()).value)
  let text = ''
  while (text.length < 200_000) text += await next()
  const other = text.includes('xxxxxxxx') ? 1 : 0
  expect(text).not.toContain(letters[other]!.repeat(8))
  const ann = await as.user()
  await link(ann, { session_token: token })
  const end = () => ''
  for (let piece = await next(); piece !== ''; piece = await next().catch(end)) text += piece
  // A login takes files along, and who knows them by the session is led to them.
  expect(text).not.toContain(letters[other]!.repeat(8))
})

test('two names of the same bytes are two lines and one file, whose path nobody chose', async () => {
  const { client } = await aUser()
  const id = await givenConversation(client)
  const bytes = new TextEncoder().encode('%PDF-1.7 of mine')
  const names = ['../../up.PDF', '/etc/passwd', 'a.b/c', 'odd.p-f']
  const files: StoredFile[] = []
  for (const name of names) {
    const headers = { 'hilo-file-name': encodeURIComponent(name) }
    files.push(await bodyOf<StoredFile>(upload(client, bytes, headers)))
  }
  await append(client, id, [showing(...files.map((file) => file.id))])
  const zip = await unzipped(await client.get('/api/export?format=zip'))
  const [{ sha256 } = { sha256: '' }] = files
  const path = `files/${sha256}`
  expect(zip.names).toEqual(['conversations.ndjson', expect.any(String), 'files.ndjson'])
  expect([path, `${path}.pdf`]).toContain(zip.names[1])
  const lines = (await zip.text('files.ndjson')).trimEnd().split('\n')
  expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject(
    names.map((name) => ({ name, path: zip.names[1] })),
  )
})

test('what is not there any more is not in a ZIP, and all else is', async () => {
  const { client, owner } = await aUser()
  const id = await givenConversation(client)
  const files = [await givenFile(client), await givenFile(client), await givenFile(client)]
  await append(client, id, [showing(...files.map((file) => file.id))])
  // One is not known any more, of another the bytes are gone, as after a restore.
  await runInDurableObject(filesOf(env, owner), (_, { storage }) => {
    storage.sql.exec('DELETE FROM files WHERE id = ?', files[0]!.id)
  })
  await bucket.delete((await keysOf(owner)).filter((key) => key.endsWith(files[1]!.id)))
  const zip = await unzipped(await client.get('/api/export?format=zip'))
  expect(zip.names).toEqual([
    'conversations.ndjson',
    `files/${files[2]!.sha256}.png`,
    'files.ndjson',
  ])
  expect((await zip.text('files.ndjson')).trimEnd().split('\n')).toHaveLength(1)
  // Without a bucket it has the lines alone.
  const without = await sendWith({ FILES: undefined } as never, '/api/export?format=zip', {
    headers: client.headers,
  })
  const { names } = await unzipped(without)
  expect(names).toEqual(['conversations.ndjson'])
})
