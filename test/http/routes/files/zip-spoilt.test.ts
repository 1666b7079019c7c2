import { expect, test } from 'vitest'

import { conversation, message, says } from '../../../portable/samples/claude.ts'
import { bodyOf } from '../../../support/api.ts'
import { aUser, keysOf, picture } from '../../../support/files.ts'
import { importing, upload } from '../../../support/importing.ts'
import { problemOf } from '../../../support/problems.ts'
import { lying, locked, manyTimes, renamed, zipOf } from '../../../support/zips.ts'

const named = { file_uuid: crypto.randomUUID(), file_name: 'cat.png' }
const chats = JSON.stringify([
  conversation([message('q', [says('Look')], { files: [named] })], { uuid: 'c' }),
])
const JSON_NAME = 'conversations.json'
const files = { [JSON_NAME]: chats, 'cat.png': picture('x') }

const whole = await zipOf(files)
const stored = await zipOf(files, { level: 0 })
const wide = await zipOf(files, { zip64: true })
const two = await zipOf({ 'conversations-1.json': chats, 'conversations-2.json': chats })
const other = await zipOf({ 'abcdefg.json': chats })

test.each<[string, Uint8Array, RegExp]>([
  ['nothing in it', await zipOf({}), /no JSON/],
  ['another ZIP in it', await zipOf({ 'inner.zip': whole }), /no JSON/],
  ['no JSON in it', await zipOf({ 'cat.png': picture() }), /no JSON/],
  ['a name that leads out', renamed(other, 'abcdefg.json', '../abcd.json'), /leads out/],
  [
    'a name that leads out of a folder',
    renamed(other, 'abcdefg.json', 'a/../b..json'),
    /leads out/,
  ],
  ['a name from the root', renamed(other, 'abcdefg.json', '/bcdefg.json'), /leads out/],
  ['a name with a drive', renamed(other, 'abcdefg.json', 'C:bcdef.json'), /leads out/],
  ['a name twice', renamed(two, 'conversations-2', 'conversations-1'), /twice/],
  ['a lock', locked(whole), /password/],
  ['a directory that is cut', whole.slice(0, -30), /cut/],
  ['a wide directory that is cut', wide.slice(0, -60), /cut/],
  ['a file that is longer than all', lying(whole, 'packed', 2 ** 31), /damaged/],
  ['more files than there may be', manyTimes(other, 20_001), /unpacks to more/],
  [
    'more bytes than there may be',
    await zipOf({ [JSON_NAME]: `[${' '.repeat(20_000_000)}]` }),
    /unpacks to more/,
  ],
])('a ZIP is refused with %s, and nothing of it stays', async (_, zip, detail) => {
  const { client, owner } = await aUser()
  const problem = await problemOf(upload(client, zip as BodyInit, { type: 'application/zip' }))
  expect(problem).toMatchObject({ status: 422, type: '/problems/invalid-request' })
  expect(problem.detail).toMatch(detail)
  expect(problem.detail).toMatch(/Nothing was stored\.$/)
  expect(await keysOf(owner)).toEqual([])
  expect(await bodyOf(client.get('/api/files'))).toMatchObject({ data: [] })
})

test('a sum or a length that is wrong is told, and what is whole stays', async () => {
  for (const zip of [lying(whole, 'crc', 1), lying(stored, 'crc', 1), lying(stored, 'size', 9)]) {
    const { client } = await aUser()
    const problem = await problemOf(upload(client, zip as BodyInit, { type: 'application/zip' }))
    expect(problem).toMatchObject({ status: 422 })
    expect(problem.detail).toMatch(/damaged.*(Nothing was stored|adds nothing twice)\.$/)
    // The same file unspoilt makes it whole.
    const answer = await importing(client, whole)
    expect(answer.failed).toBe(0)
    expect(answer.conversations).toHaveLength(1)
  }
})

test('a picture whose sum is wrong is known by its name, and its message comes in', async () => {
  const { client, owner } = await aUser()
  const answer = await importing(client, lying(stored, 'crc', 1, 1))
  expect(answer).toMatchObject({ imported: 1, failed: 0 })
  expect(answer.warnings).toEqual([
    'Conversation 0: cat.png is damaged, or no file of an export; its name is kept.',
  ])
  expect(await keysOf(owner)).toEqual([])
})

test('a small file may be unpacked to many times its size', async () => {
  const { client } = await aUser()
  const sparse = `${' '.repeat(900_000)}${chats}`
  const zip = await zipOf({ [JSON_NAME]: sparse })
  expect(sparse.length / zip.byteLength).toBeGreaterThan(200)
  expect(await importing(client, zip)).toMatchObject({ imported: 1, failed: 0 })
})

test('a wide ZIP is read like any other', async () => {
  const { client, owner } = await aUser()
  expect(await importing(client, wide)).toMatchObject({ imported: 1, warnings: [] })
  expect(await keysOf(owner)).toHaveLength(1)
})
