import { env } from 'cloudflare:workers'
import * as fc from 'fast-check'
import { beforeAll, expect, test, vi } from 'vitest'

import type { StoredFile } from '../../src/contract/file.ts'
import { conversation, message, says } from '../portable/samples/claude.ts'
import { type Listed, as, bodyOf } from '../support/api.ts'
import { keysOf, picture } from '../support/files.ts'
import { upload } from '../support/importing.ts'
import { lying, locked, zipOf } from '../support/zips.ts'
import { hostileText } from './hostile.ts'

/** A tenth of what the other one sends. */
const total = Math.ceil(Number(env.FUZZ_REQUESTS) / 10)

beforeAll(() => {
  vi.spyOn(console, 'log').mockImplementation(() => {})
  vi.spyOn(console, 'error').mockImplementation(() => {})
})

/** Names as strangers give them; a ZIP can't be written with one that is too long, or with the same one twice. */
const name = fc.oneof(
  fc.constantFrom(
    '../up.json',
    '/root.json',
    'a/../b.json',
    'C:\\x.json',
    'users.json',
    'a\\b.png',
  ),
  fc.constantFrom('cat.png', 'files/cat.png', 'conversations-2.json', 'conversations.ndjson'),
  hostileText.map((text) => text.toWellFormed().slice(0, 200) || 'x'),
)

const content = fc.oneof(
  fc.constantFrom(
    '[]',
    '{}',
    '[1]',
    '{"object":"hilo.export","version":1}\n',
    ' '.repeat(3_000_000),
  ),
  hostileText,
)

/** What is done to a ZIP on its way: its bytes, and what its directory says. */
const spoilt = fc.oneof(
  fc.record({ how: fc.constant('cut' as const), at: fc.double({ min: 0, max: 1, noNaN: true }) }),
  fc.record({
    how: fc.constant('over' as const),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 8 }),
  }),
  // Its end, where the directory is.
  fc.record({
    how: fc.constant('end' as const),
    at: fc.nat(200),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 4 }),
  }),
  fc.record({
    how: fc.constant('lie' as const),
    field: fc.constantFrom('crc' as const, 'packed' as const, 'size' as const),
    value: fc.constantFrom(0, 1, 70, 2 ** 20, 2 ** 31, 2 ** 32 - 1),
    nth: fc.nat(3),
  }),
  fc.record({ how: fc.constant('lock' as const) }),
  fc.record({ how: fc.constant('nest' as const) }),
)
type Spoilt = typeof spoilt extends fc.Arbitrary<infer T> ? T : never

async function after(zip: Uint8Array, one: Spoilt): Promise<Uint8Array> {
  if (one.how === 'cut') return zip.slice(0, 2 + Math.floor(one.at * (zip.byteLength - 2)))
  if (one.how === 'nest') return zipOf({ 'conversations.json': zip })
  if (zip.byteLength < 300) return zip
  if (one.how === 'lie') return lying(zip, one.field, one.value, one.nth)
  if (one.how === 'lock') return locked(zip)
  const made = zip.slice()
  const at =
    one.how === 'end'
      ? made.byteLength - 9 - one.at
      : 2 + Math.floor(one.at * (made.byteLength - 11))
  made.set(one.bytes, at)
  return made
}

const drawn = fc.record({
  files: fc.array(fc.tuple(name, content), { maxLength: 3 }),
  options: fc.constantFrom({}, { level: 0 }, { zip64: true }),
  spoilt: fc.array(spoilt, { maxLength: 2 }),
})

const chats = JSON.stringify([
  conversation([message('q', [says('Look')], { files: [{ file_name: 'cat.png' }] })]),
])

test('whatever a ZIP holds, it comes in or is refused, and nothing of it stays that no file is told for', async () => {
  const seen = new Map<number, number>()
  const property = fc.asyncProperty(drawn, async ({ files, options, spoilt: all }) => {
    const own = { 'conversations.json': chats, 'cat.png': picture() }
    let zip = await zipOf({ ...own, ...Object.fromEntries(files) }, options)
    // What is spoilt already may have no directory to be spoilt.
    for (const one of all) zip = await after(zip, one).catch(() => zip)
    const id = crypto.randomUUID()
    const ann = await as.user(id)
    const answer = await upload(ann, zip as BodyInit, { type: 'application/zip' })
    const text = await answer.text()
    seen.set(answer.status, (seen.get(answer.status) ?? 0) + 1)
    expect({ status: answer.status, text, isWell: answer.status < 500 }).toMatchObject({
      isWell: true,
    })
    const isTold = answer.status < 400 || /"detail":"[^"]{20,}/.test(text)
    expect({ text, isTold }).toMatchObject({ isTold: true })
    const { data } = await bodyOf<Listed<StoredFile>>(ann.get('/api/files'))
    const stored = new Set(data.map(({ sha256 }) => sha256))
    expect(await keysOf({ kind: 'user', id })).toHaveLength(stored.size)
  })
  await fc.assert(property, { numRuns: total, endOnFailure: true })
  console.info(`${total} ZIPs: ${JSON.stringify([...seen])}`)
  expect([...seen.values()].reduce((sum, count) => sum + count, 0)).toBe(total)
}, 3_600_000)
