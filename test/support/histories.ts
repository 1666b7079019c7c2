import { runInDurableObject } from 'cloudflare:test'

import type { MessageRow } from '../../src/storage/tables.ts'
import { objectOf } from './given.ts'
import { lookAgain } from './record.ts'

/** Numbers in [0, 1) that are the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A history of anything that can have been stored: calls answered in part, late, twice, never; ids used again. */
export function randomHistory(seed: number): MessageRow[] {
  const random = seeded(seed)
  const below = (limit: number) => Math.floor(random() * limit)
  return Array.from({ length: 1 + below(30) }, (_, index): MessageRow => {
    const row: MessageRow = {
      conversationId: 'c',
      seq: index + 1,
      id: `m${index + 1}`,
      role: 'user',
      origin: 'client',
      content: `words ${index}`,
      parts: null,
      toolCalls: null,
      toolCallId: null,
      status: 'complete',
      finishReason: null,
      model: null,
      tokensUsed: null,
      createdAt: index,
      extra: null,
      parentSeq: null,
    }
    const kind = random()
    if (kind < 0.25) return row
    if (kind < 0.3) return { ...row, role: 'system' }
    if (kind < 0.6) return { ...row, role: 'tool', toolCallId: `call${below(4)}` }
    const content = random() < 0.3 ? '' : row.content
    if (kind < 0.75) return { ...row, role: 'assistant', content }
    const ids = [...new Set(Array.from({ length: 1 + below(3) }, () => `call${below(4)}`))]
    return {
      ...row,
      role: 'assistant',
      content,
      toolCalls: ids.map((id) => ({
        id,
        type: 'function',
        function: { name: 'f', arguments: '{}' },
      })),
    }
  })
}

/** Gives a conversation's object messages behind its back, as many as it would take hours to send. */
export async function givenLongHistory(id: string, count: number, content: string): Promise<void> {
  await runInDurableObject(objectOf(id), (instance, { storage: { sql } }) => {
    sql.exec(
      `WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?1)
       INSERT INTO messages (seq, id, role, origin, content, status, created_at)
       SELECT n, 'm' || n, CASE n % 2 WHEN 1 THEN 'user' ELSE 'assistant' END, 'client',
         ?2 || n, 'complete', n FROM numbers`,
      count,
      content,
    )
    sql.exec('UPDATE conversation SET last_seq = ?1, flushed_seq = ?1', count)
    lookAgain(instance)
  })
}
