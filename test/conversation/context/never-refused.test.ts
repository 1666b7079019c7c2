import { expect, test } from 'vitest'

import type { Part } from '../../../src/contract/part.ts'
import type { ContextPath } from '../../../src/conversation/context/begun.ts'
import { contextWindow } from '../../../src/conversation/context/context.ts'
import { SENT } from '../../../src/conversation/log/rows.ts'
import { bodyOf } from '../../../src/model/openai-request.ts'
import type { Quirk } from '../../../src/model/quirks.ts'
import type { MessageRow } from '../../../src/storage/tables.ts'
import { seeded } from '../../support/histories.ts'
import { type SentBody, refusalOf } from '../../support/strict-endpoint.ts'

/** Any history that appends, files, failures and branches can leave: what one line of a conversation holds. */
function anyLine(random: () => number): MessageRow[] {
  const below = (limit: number) => Math.floor(random() * limit)
  const among = <T>(...values: T[]): T => values[below(values.length)]!
  const content = () => among('', ' ', '\n\n\t', 'Yes.', 'words '.repeat(below(60)), '\u3000')
  const callId = () => among('a', 'b', `call_${'x'.repeat(60)}`, 'fc:1/2', ' ', 'ñ', '😀'.repeat(9))
  const parts = (): Part[] | null =>
    among<Part[] | null>(
      null,
      null,
      [{ type: 'text', text: among(' ', 'A part') }],
      [{ type: 'image_url', image_url: { url: 'https://a.test/1.png' } }],
      [{ type: 'file', file: { filename: 'a.pdf', file_data: 'data:x' } }],
      [{ type: 'reasoning', text: 'Hm' }],
      [{ type: 'x-odd', a: 1 }],
    )
  const calls = () =>
    [...new Set(Array.from({ length: 1 + below(3) }, callId))].map((id) => ({
      id,
      type: 'function' as const,
      function: {
        name: among('look', ' ', 'browser.search', 'n'.repeat(90), '看'),
        arguments: among('{}', '', '{"a":', '[1]', 'null', 'words', '{"a":"b"}'),
      },
    }))
  return Array.from({ length: 1 + below(40) }, (_, index): MessageRow => {
    const role = among('user', 'assistant', 'assistant', 'tool', 'tool', 'system') as never
    const isAssistant = role === 'assistant'
    const isModel = isAssistant && random() < 0.5
    return {
      conversationId: 'c',
      seq: index + 1,
      id: `m${index}`,
      role,
      origin: isModel ? 'model' : among('client', 'service', 'import'),
      content: content(),
      parts: parts(),
      toolCalls: isAssistant && random() < 0.6 ? calls() : null,
      toolCallId: role === 'tool' ? callId() : null,
      status: isAssistant && random() < 0.3 ? 'interrupted' : 'complete',
      finishReason: null,
      model: null,
      tokensUsed: null,
      createdAt: index,
      extra: isModel ? { [SENT]: { from: 'another', reasoning_field: 'reasoning' } } : null,
      parentSeq: null,
    }
  })
}

/** What a context reads of such a line. */
function pathOf(rows: MessageRow[]): ContextPath {
  const before = (seq: number) => rows.filter((row) => row.seq < seq).toReversed()
  const newest = (limit: number, is: (row: MessageRow) => boolean) =>
    rows.filter(is).toReversed().slice(0, limit)
  return {
    end: rows.length,
    before: (seq, limit) => ({ rows: before(seq).slice(0, limit) }) as never,
    countBelow: (seq) => before(seq).length,
    newestSpoken: (limit) => newest(limit, ({ role }) => role !== 'system'),
    newestSystem: (limit) =>
      newest(limit, ({ role, origin }) => role === 'system' && origin !== 'import'),
  }
}

const FORMS: Quirk[] = [
  'no-tools',
  'no-bare-calls',
  'no-foreign-calls',
  'no-system',
  'no-images',
  'no-files',
  'no-reasoning',
  'with-reasoning',
  'safe-ids',
  'short-ids',
]

const settings = { model: 'm', maxOutputTokens: undefined }

test('no history makes a request that is refused for its shape', () => {
  const runs = 10_000
  for (let seed = 1; seed <= runs; seed += 1) {
    const random = seeded(seed)
    const rows = anyLine(random)
    // `continue` is refused before anything is asked, if the last message is the model's.
    if (rows.at(-1)?.role === 'assistant') rows.pop()
    if (rows.every(({ role }) => role === 'system')) continue
    const path = pathOf(rows)
    const maxTokens = 60 + Math.floor(random() * 2_000)
    const limits = {
      maxMessages: 1 + Math.floor(random() * 25),
      maxTokens,
      systemPrompt: random() < 0.5 ? 'Be brief.' : undefined,
      otherTokens: 0,
      isOpenEnd: false,
    }
    const summary = random() < 0.5 ? 'So far, so good.' : null
    const window = contextWindow(
      { path: () => path as never },
      { headSeq: rows.length, summary, language: 'en' },
      limits,
    )
    const { messages } = window
    const body = bodyOf({ messages, language: 'en' }, settings, 'to', new Set())
    expect(refusalOf(body as unknown as SentBody), `seed ${seed}`).toBeNull()
    for (const { tool_calls: calls = [] } of (body as unknown as SentBody).messages) {
      for (const { id } of calls) expect(id, `seed ${seed}`).toMatch(/^[\w-]{1,40}$/)
    }
    // Nor does it in any of the forms that an endpoint may be sent it in.
    const quirks = FORMS.filter(() => random() < 0.3)
    const formed = bodyOf({ messages, language: 'en' }, settings, 'to', new Set(quirks))
    const why = refusalOf(formed as unknown as SentBody)
    expect(why, `seed ${seed}: ${quirks.join()}`).toBeNull()
    expect(window.messageCount, `seed ${seed}`).toBeLessThanOrEqual(rows.length)
  }
})
