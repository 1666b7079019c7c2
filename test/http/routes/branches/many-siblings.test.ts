import { expect, test } from 'vitest'

import { type Listed, type Message, append, as, at, bodyOf, read } from '../../../support/api.ts'
import { idsOf, said } from '../../../support/branches.ts'
import { givenConversation } from '../../../support/given.ts'
import { evict, inStorage } from '../../../support/record.ts'

const MANY = 1_500
const LONG = 'x'.repeat(110)

/** A question that was answered so many times, and what followed the last answer. */
async function givenAnswers() {
  const ann = await as.user()
  const id = await givenConversation(ann, { title: 'T', topic: 'T' })
  await append(ann, id, [said('q')])
  await inStorage(
    id,
    `INSERT INTO messages (seq, id, role, origin, content, status, created_at, parent_seq)
     WITH RECURSIVE numbers (n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM numbers WHERE n <= ?1)
     SELECT n, ?2 || n, 'assistant', 'service', 'a' || n, 'complete', n, iif(n = 2, NULL, 1) FROM numbers`,
    MANY,
    LONG,
  )
  await inStorage(
    id,
    `UPDATE conversation SET last_seq = ?1, flushed_seq = ?1, head_id = ?2 || ?1`,
    MANY + 1,
    LONG,
  )
  // It remembers where it branches.
  await evict(id)
  await append(ann, id, [said('next')])
  return { ann, id }
}

test('a message that was answered a thousand times and more is read like any, page by page', async () => {
  const { ann, id } = await givenAnswers()
  const last = `${LONG}${MANY + 1}`
  const page = (query: string) =>
    bodyOf<Listed<Message>>(ann.get(`${at(id)}/messages?limit=200&${query}`))
  expect(idsOf((await page('branch=head')).data)).toEqual(['q', last, 'next'])
  const [, answer] = (await page('branch=head')).data
  expect(answer?.siblings).toHaveLength(MANY)
  // Pages are cut by what their messages name, so that an answer can carry them; none is left out.
  const seen: string[] = []
  let query = 'branch=all'
  for (;;) {
    const { data, next_cursor: next } = await page(query)
    expect(data.length).toBeLessThan(200)
    seen.push(...idsOf(data))
    if (next === null) break
    query = `branch=all&cursor=${next}`
  }
  expect(new Set(seen).size).toBe(MANY + 2)
  expect(seen).toHaveLength(MANY + 2)
  // Each is one that the conversation can go to.
  await ann.patch(at(id), { head_id: `${LONG}2` })
  expect((await read(ann, id)).head_id).toBe(`${LONG}2`)
  await ann.patch(at(id), { head_id: 'q' })
  expect((await read(ann, id)).head_id).toBe('next')
}, 60_000)
