import { expect, test } from 'vitest'

import { besideIn, conversationsIn, filesIn } from '../../src/portable/archive.ts'
import type { Unzipped } from '../../src/portable/unzip.ts'

const encoder = new TextEncoder()

/** An archive that has been opened. */
const zip = (files: Record<string, string>) =>
  ({
    names: Object.keys(files),
    async *bytes(name: string) {
      yield encoder.encode(files[name])
    },
  }) as unknown as Unzipped

async function textOf(files: Record<string, string>): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const piece of conversationsIn(zip(files))) text += decoder.decode(piece)
  return text
}

test('the conversations of an archive are read in order, from files that are named so, or else from all', async () => {
  const named = { 'a/conversations-10.json': '10', 'a/conversations-2.json': '2', 'user.json': 'x' }
  expect(await textOf(named)).toBe('210')
  expect(await textOf({ 'b.json': 'b', 'a.jsonl': 'a', 'c.txt': 'c' })).toBe('ab')
  expect(await textOf({ 'a.jsonl': '{"a":1}', 'b.ndjson': '{"b":2}' })).toBe('{"a":1}\n{"b":2}')
  expect(await textOf({ ...named, 'conversations.ndjson': 'own' })).toBe('own')
  expect(await textOf({ 'files/a.json': 'sent', 'b.json': 'b' })).toBe('b')
  expect(await textOf({ 'files/a.json': 'all that there is' })).toBe('all that there is')
  expect(await textOf({ 'a.json': '\uFEFFa', 'b.json': '\uFEFFb', 'c.json': '' })).toBe('ab')
  await expect(textOf({ 'a.txt': 'a' })).rejects.toThrow('holds no JSON.')
  await expect(textOf({ 'x/part-1.zip': 'PK' })).rejects.toThrow(
    'holds no JSON, but other archives',
  )
})

test('files are those that the archive’s own list names and has', async () => {
  const lines = [
    { id: 'f1', path: 'files/a.txt', name: 'a.txt', sha256: 'abc' },
    { id: 'f2', path: 'files/b', name: null },
    { id: 'f3', path: 'files/gone' },
    { id: 5, path: 'files/a.txt' },
    { id: 'f6' },
    'text',
    null,
  ]
  const list = `${lines.map((line) => JSON.stringify(line)).join('\n')}\n{broken\n`
  const all = { 'conversations.ndjson': '', 'files/a.txt': 'a', 'files/b': 'b' }
  expect(await filesIn(zip({ ...all, 'files.ndjson': list }))).toEqual(
    new Map([
      ['f1', { path: 'files/a.txt', name: 'a.txt', sha256: 'abc' }],
      ['f2', { path: 'files/b', name: null, sha256: null }],
    ]),
  )
  expect(await filesIn(zip(all))).toEqual(new Map())
  expect(await filesIn(zip({ 'files.ndjson': list }))).toEqual(new Map())
  const long = zip({ ...all, 'files.ndjson': ' '.repeat(8 * 2 ** 20 + 1) })
  await expect(filesIn(long)).rejects.toThrow('names too many files')
})

test('what systems put into an archive is nothing of it', async () => {
  const files = { 'x/a.json': 'a', '__MACOSX/x/._a.json': '\0', 'x/.DS_Store': '\0' }
  expect(await textOf(files)).toBe('a')
  expect(besideIn(zip({ ...files, 'x/cat.png': 'cat' }))).toEqual(['x/cat.png'])
  await expect(textOf({ '__MACOSX/._a.json': '\0' })).rejects.toThrow('holds no JSON')
})

test('Hilo’s own is known in a folder, too', async () => {
  const line = { id: 'f1', path: 'files/a.txt', name: null, sha256: null }
  const own = (folder: string) => ({
    [`${folder}conversations.ndjson`]: `own ${folder}`,
    [`${folder}files.ndjson`]: JSON.stringify(line),
    [`${folder}files/a.txt`]: 'a',
  })
  const packed = { ...own('hilo/'), '__MACOSX/hilo/._conversations.ndjson': '\0' }
  expect(await textOf(packed)).toBe('own hilo/')
  expect([...(await filesIn(zip(packed)))]).toMatchObject([['f1', { path: 'hilo/files/a.txt' }]])
  expect(await textOf({ ...own('hilo/'), ...own('') })).toBe('own ')
})
