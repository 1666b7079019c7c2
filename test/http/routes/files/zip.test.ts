import {
  BlobReader,
  TextWriter,
  Uint8ArrayWriter,
  ZipReader,
} from '@zip.js/zip.js/lib/zip-core-native.js'
import { expect, test } from 'vitest'

import { append, as, at } from '../../../support/api.ts'
import { sha256Of } from '../../../support/exports.ts'
import { erase, givenFile, picture, showing } from '../../../support/files.ts'
import { givenConversation } from '../../../support/given.ts'

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
