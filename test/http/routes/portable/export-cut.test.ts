import { type MockInstance, expect, test, vi } from 'vitest'

import { type ExportFormat, exportFormats } from '../../../../src/contract/portable.ts'
import { Client, append, as, at } from '../../../support/api.ts'
import { countedPages, exportedTo } from '../../../support/exports.ts'
import { givenConversation, userMessages } from '../../../support/given.ts'
import { givenLongHistory } from '../../../support/histories.ts'
import { importing } from '../../../support/importing.ts'
import { listen } from '../../../support/said.ts'
import { bindings } from '../../../support/settings.ts'
import { inSeconds, signed } from '../../../support/tokens.ts'
import { aVisitor, link } from '../../../support/visitors.ts'

/** A user whose token ends in an hour, and the minute that clocks may differ by; `later` lets both pass. */
async function givenSomebody() {
  const token = await signed(bindings.AUTH_JWT_SECRET, {
    sub: crypto.randomUUID(),
    exp: inSeconds(3_600),
  })
  return new Client({ authorization: `Bearer ${token}` })
}
let clock: MockInstance<() => number>
const later = (seconds: number) => clock.mockReturnValue(Date.now() + seconds * 1_000)

const decoder = new TextDecoder()

/** Reads until so much has come, does something, and reads the rest: what came, and whether it was cut. */
async function readAround(response: Response, between: () => unknown) {
  clock = vi.spyOn(Date, 'now')
  const reader = response.body!.getReader()
  const text = { before: '', after: '' }
  const next = async (part: 'before' | 'after') => {
    const { done, value } = await reader.read()
    if (value) text[part] += decoder.decode(value)
    return !done
  }
  while (text.before.length < 200_000 && (await next('before')));
  await between()
  try {
    while (await next('after'));
    return { ...text, isCut: false }
  } catch {
    return { ...text, isCut: true }
  } finally {
    clock.mockRestore()
  }
}

const saysWhy: Partial<Record<ExportFormat | 'zip', RegExp>> = {
  ndjson: /^\{"object":"hilo\.export\.cut","reason":"expired","detail":"[^"]+"\}\n$/,
  markdown: /^\n<!-- hilo\.export\.cut reason=expired -->\n$/,
  html: /^\n<!-- hilo\.export\.cut reason=expired -->\n$/,
}

test.each([...exportFormats, 'zip'] as const)(
  'gives out no word after its token’s end: %s',
  async (format) => {
    const ann = await givenSomebody()
    const id = await givenConversation(ann)
    await givenLongHistory(id, 10_000, 'x'.repeat(100))
    const said = listen()
    for (const path of [`${at(id)}/export?format=${format}`, `/api/export?format=${format}`]) {
      const pages = countedPages()
      const response = await exportedTo(ann, pages, path)
      const { after, isCut } = await readAround(response, () => later(3_700))
      expect(after).toMatch(saysWhy[format] ?? /^$/)
      expect(isCut).toBe(true)
    }
    expect(said.all('export-failed')).toMatchObject([{ error: 'expired' }, { error: 'expired' }])
    expect(said.all('exported')).toEqual([])
  },
)

test('a token that has not ended cuts nothing', async () => {
  const ann = await givenSomebody()
  const id = await givenConversation(ann)
  await givenLongHistory(id, 5_000, 'x'.repeat(100))
  const response = await exportedTo(ann, countedPages(), `${at(id)}/export`)
  const { after, isCut } = await readAround(response, () => later(3_500))
  expect(isCut).toBe(false)
  expect(after).toContain('hilo.export.end')
})

test.each(['one', 'all'])(
  'ends when a visitor’s conversation becomes a user’s: %s',
  async (which) => {
    const visitor = await aVisitor()
    const id = await givenConversation(visitor.client)
    await givenLongHistory(id, 10_000, 'x'.repeat(100))
    const path = which === 'one' ? `${at(id)}/export` : '/api/export'
    const response = await exportedTo(visitor.client, countedPages(), path)
    const user = await as.user()
    const { after, isCut } = await readAround(response, async () => {
      expect((await link(user, { session_token: visitor.token })).status).toBe(200)
      expect((await append(user, id, userMessages(1, 900_001))).status).toBe(201)
      later(5)
    })
    // Nothing of what was read for them before, either.
    expect(after).toMatch(/^\{"object":"hilo\.export\.cut","reason":"gone","detail":"[^"]+"\}\n$/)
    expect(isCut).toBe(true)
  },
)

test('ends when the conversation is erased', async () => {
  const ann = await givenSomebody()
  const id = await givenConversation(ann)
  await givenLongHistory(id, 10_000, 'x'.repeat(100))
  const response = await exportedTo(ann, countedPages(), `${at(id)}/export`)
  const { after, isCut } = await readAround(response, async () => {
    expect((await ann.post(`${at(id)}/erase`)).status).toBe(200)
    later(5)
  })
  expect([after.includes('"reason":"gone"'), after.includes('"seq"'), isCut]).toEqual([
    true,
    false,
    true,
  ])
})

test('what was cut comes in as far as it is whole', async () => {
  const ann = await givenSomebody()
  const ids = [await givenConversation(ann), await givenConversation(ann)].toSorted()
  await append(ann, ids[0]!, userMessages(2))
  await givenLongHistory(ids[1]!, 10_000, 'x'.repeat(100))
  const response = await exportedTo(ann, countedPages(), '/api/export')
  const { before, after } = await readAround(response, () => later(3_700))
  const answer = await importing(await as.user(), before + after)
  expect(answer).toMatchObject({ imported: 1, failed: 1, complete: false })
  expect(answer.errors[0]?.detail).toMatch(/of its 10000 messages/)
})
