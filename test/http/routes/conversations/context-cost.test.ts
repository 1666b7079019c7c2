import { runInDurableObject } from 'cloudflare:test'
import { expect, test } from 'vitest'

import { as } from '../../../support/api.ts'
import { givenConversation, objectOf, userMessages } from '../../../support/given.ts'
import { inStorage } from '../../../support/record.ts'

test('a context reads as often for ten thousand messages as for fifty', async () => {
  const ann = crypto.randomUUID()
  const counts: number[] = []
  for (const more of [0, 9_950]) {
    const id = await givenConversation(await as.user(ann), { messages: userMessages(50) })
    await inStorage(id, MORE_MESSAGES, more)
    await inStorage(id, 'UPDATE conversation SET last_seq = last_seq + ?', more)
    counts.push(
      await runInDurableObject(objectOf(id), async (instance, { storage }) => {
        const real = storage.sql.exec.bind(storage.sql)
        let reads = 0
        storage.sql.exec = ((...query: Parameters<typeof real>) => {
          reads += 1
          return real(...query)
        }) as typeof real
        const caller = { owner: { kind: 'user' as const, id: ann }, service: null, expiresAt: null }
        const answer = instance.context(
          { caller, requestId: 'r' },
          { maxMessages: null, maxTokens: null },
        )
        storage.sql.exec = real
        expect(answer).toMatchObject({ ok: true, window: { messageCount: 20, lastSeq: 50 + more } })
        return reads
      }),
    )
  }
  expect(counts[0]).toBeGreaterThan(0)
  expect(counts[1]).toBe(counts[0])
})

const MORE_MESSAGES = `
  WITH RECURSIVE more (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM more WHERE n < ?1)
  INSERT INTO messages (seq, id, role, origin, content, status, created_at)
  SELECT 50 + n, 'more' || n, 'user', 'client', 'message', 'complete', 0 FROM more WHERE ?1 > 0`
