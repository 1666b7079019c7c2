import { env } from 'cloudflare:workers'
import { expect } from 'vitest'

import { objectOf } from '../support/given.ts'
import type { Expected } from './expected.ts'
import { calm } from './weather.ts'

/** A caller who reads everything. */
const staff = {
  owner: null,
  service: { name: 'staff', scopes: ['read-all' as const] },
  expiresAt: null,
}

interface Held {
  seq: number
  id?: string
  content?: string
}

/**
 * The record is a beginning of the log, at any time and in any weather: as many messages as its row says, without a
 * gap, each the one that the log has in its place. What is being erased goes bit by bit.
 */
export async function checkPrefix(about: Expected): Promise<void> {
  if (about.erased !== 'no') return
  const { id } = about
  const [rows, messages] = await calm(() =>
    env.DB.batch<Held>([
      env.DB.prepare('SELECT last_seq AS seq FROM conversations WHERE id = ?').bind(id),
      env.DB.prepare(
        'SELECT seq, id, content FROM messages WHERE conversation_id = ? ORDER BY seq',
      ).bind(id),
    ]),
  )
  const [row] = rows?.results ?? []
  const held = messages?.results ?? []
  // The log is read after the record: what comes in between it has more.
  const reading = objectOf(id).exportPage({ caller: staff, requestId: 'r' }, 0, null)
  // A statement that is to fail may have failed here.
  const page = await reading.catch(() => null)
  if (page === null) return
  if (about.erased !== 'no') return
  // Under a version that fails it is not readable; one that woke under it is not either, for a while.
  if (!page.ok && page.why === 'try-again') return
  const log = page.ok ? page.messages : []
  const isSame = held.every(
    ({ seq, id: of, content }, index) =>
      seq === index + 1 &&
      log[index]?.id === of &&
      (about.isSaid(of ?? '', content ?? '', log[index]?.content) ||
        // It may lag behind a deletion.
        about.deleted.has(of ?? '')),
  )
  const said = row?.seq ?? 0
  if (!isSame || said !== held.length) {
    const seqs = held.map(({ seq }) => seq).join(' ')
    throw new Error(`${id}: the record says ${said} and has ${seqs} of ${log.length}`)
  }
}

/** What triggers keep beside the conversations says the same as they do. */
export async function checkKept(): Promise<void> {
  const [owned, days] = await env.DB.batch([
    env.DB.prepare(
      `SELECT iif(user_id IS NULL, 'session:' || session_id, 'user:' || user_id) AS owner, id FROM conversations
       EXCEPT SELECT owner, id FROM owned
       UNION ALL SELECT owner, id FROM owned WHERE id NOT IN (SELECT id FROM conversations)
       UNION ALL SELECT 'several', id FROM owned GROUP BY id HAVING count(*) > 1`,
    ),
    env.DB.prepare(
      `SELECT quiet_since / 86400000 AS day, id FROM conversations WHERE is_active = 1
       EXCEPT SELECT day, id FROM quiet_days
       UNION ALL SELECT day, id FROM quiet_days WHERE id NOT IN (SELECT id FROM conversations WHERE is_active = 1)
       UNION ALL SELECT -1, id FROM quiet_days GROUP BY id HAVING count(*) > 1`,
    ),
  ])
  expect([owned?.results, days?.results]).toEqual([[], []])
}

/** What the record holds of a conversation's messages, and what each follows. */
export const rowsOf = async (id: string) => {
  const sql = `SELECT a.seq, a.id, a.role, a.origin, a.content, a.status, b.id AS parent_id
    FROM messages AS a LEFT JOIN messages AS b
      ON b.conversation_id = a.conversation_id AND b.seq = coalesce(a.parent_seq, a.seq - 1)
    WHERE a.conversation_id = ? ORDER BY a.seq`
  return (await env.DB.prepare(sql).bind(id).all()).results
}
