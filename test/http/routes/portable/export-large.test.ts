import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'

import { exportFormats } from '../../../../src/contract/portable.ts'
import { append, as, at, send } from '../../../support/api.ts'
import { countedPages, exportedTo, linesOf, textOf } from '../../../support/exports.ts'
import { givenConversation, objectOf } from '../../../support/given.ts'
import { givenLongHistory } from '../../../support/histories.ts'
import { extraOf, importing } from '../../../support/importing.ts'
import { inRecord } from '../../../support/record.ts'

const MiB = 1024 * 1024

/** Somebody with a conversation that holds what one file, and one body after another, can bring. */
async function givenLarge(beside: string, message: string, count: number) {
  const client = await as.user()
  const file = `[{"uuid":"big","chat_messages":[{"uuid":"m","sender":"assistant","text":"Hi"}],"x":${beside}}]`
  const { conversations } = await importing(client, file)
  const id = conversations[0]!.id
  for (let n = 0; n < count; n += 1) {
    const kept = await append(client, id, [{ id: `big${n}`, role: 'user', content: message }])
    expect(kept.status).toBe(201)
  }
  return { client, id, count: count + 1 }
}

const sizes = fc.record({
  // One character outside of Latin-1 makes two bytes of each unit.
  unit: fc.constantFrom('x', 'é', '漢', '🧭'),
  mark: fc.constantFrom('', '漢'),
  beside: fc.constantFrom(0, 1, 499_999, 500_001, 4 * MiB, 11.9 * MiB),
  message: fc.constantFrom(1, 255 * 1024),
  count: fc.integer({ min: 0, max: 12 }),
})

test(
  'whatever could be stored is given out, and no page is too large to cross',
  { timeout: 120_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(sizes, async ({ unit, mark, beside, message, count }) => {
        const bytes = new TextEncoder().encode(unit).byteLength
        const filled = mark + unit.repeat(Math.floor(Math.max(beside - 200, 1) / bytes))
        const text = mark + unit.repeat(Math.max(Math.floor((message - 3) / bytes), 1))
        const large = await givenLarge(JSON.stringify(filled), text, count)
        const { conversations, messages } = await linesOf(
          await large.client.get(`${at(large.id)}/export`),
        )
        expect(messages).toHaveLength(large.count)
        expect(conversations[0]?.extra).toEqual(await extraOf(large.id))
      }),
      { numRuns: 4 },
    )
  },
)

/** 14.5 million units, since each `1e20` is written out; with a character outside of Latin-1 in each of its pieces. */
const twoBytesEach = `[0${`,"漢"${',1e20'.repeat(16_500)}`.repeat(40)}]`

describe('a file of twelve megabytes beside long messages', () => {
  let large: Awaited<ReturnType<typeof givenLarge>>

  beforeAll(async () => {
    large = await givenLarge(twoBytesEach, `漢${'x'.repeat(262_000)}`, 20)
    await inRecord(large.id, 21)
  }, 60_000)

  test.each(exportFormats)('goes out as %s', { timeout: 60_000 }, async (format) => {
    const { client, id } = large
    const one = await textOf(await client.get(`${at(id)}/export?format=${format}`))
    expect(one.split('漢x').length - 1).toBeGreaterThanOrEqual(20)
    const all = await textOf(await client.get(`/api/export?format=${format}`))
    expect(all.length).toBeGreaterThan(5_000_000)
  })
})

test('what many maximal messages hold goes out page by page', { timeout: 60_000 }, async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  await givenLongHistory(id, 60, '漢'.repeat(87_000))
  const pages = countedPages()
  const { messages } = await linesOf(await exportedTo(ann, pages, `${at(id)}/export`))
  expect(messages).toHaveLength(60)
})

const firstOf = (id: string, client: string) => {
  const call = {
    caller: { owner: { kind: 'user' as const, id: client }, service: null, expiresAt: null },
    requestId: 'x',
  }
  return { call, object: objectOf(id) }
}

test('pieces of an old version are never joined with those of a new one', async () => {
  const owner = crypto.randomUUID()
  const ann = await as.user(owner)
  const beside = (more: string) =>
    `[{"uuid":"c","chat_messages":[],"x":"${'y'.repeat(6_000_000)}"${more}}]`
  const { conversations } = await importing(ann, beside(''))
  const { id } = conversations[0]!
  const { object, call } = firstOf(id, owner)
  const first = await object.exportPage(call, 0, null)
  if (!first.ok || !first.extra) throw new Error('no first page')
  const { last, upTo } = first.extra
  expect(last).toBeLessThan(upTo)
  await importing(ann, beside(',"z":1'))
  expect(await object.exportExtra(call, last, upTo)).toMatchObject({ ok: false, why: 'try-again' })
  const response = await send(`${at(id)}/export`, { headers: ann.headers })
  expect((await linesOf(response)).conversations[0]?.extra).toEqual(await extraOf(id))
})

test('is given to nobody else, piece by piece either', async () => {
  const ann = await as.user()
  const { conversations } = await importing(ann, '[{"uuid":"c","chat_messages":[],"x":"secret"}]')
  const { id } = conversations[0]!
  const { object, call } = firstOf(id, 'bob')
  const refused = { ok: false, why: 'no-such-conversation' }
  expect(await object.exportExtra(call, -1, 1)).toMatchObject(refused)
  expect(await object.exportPage(call, 0, null)).toMatchObject(refused)
})
