import { env } from 'cloudflare:workers'

import { as, bodyOf } from './api.ts'
import { givenConversation, userMessages } from './given.ts'
import { evict, inRecord, inStorage } from './record.ts'

export interface Reconciliation {
  checked: number
  equal: number
  behind: string[]
  messages_lacking: number
  absent: string[]
  orphaned: string[]
  erasing: string[]
  different: string[]
  replaced: string[]
  ahead: string[]
  differences: {
    conversation_id: string
    seq: number
    log_id: string | null
    record_id: string | null
  }[]
  unlinked: string[]
  link_different: string[]
  failed: string[]
  next_cursor: string | null
}

export const operator = as.service('operator')
export const reconcile = (body: object = {}) =>
  bodyOf<Reconciliation>(operator.post('/api/admin/reconcile', body))

/** Looks at some conversations, whatever else the record holds. */
export const look = (ids: string[], isDryRun = true, prefer?: 'log' | 'record') =>
  reconcile({ conversation_ids: ids, dry_run: isDryRun, prefer })

export const nothing = {
  equal: 0,
  behind: [],
  messages_lacking: 0,
  absent: [],
  orphaned: [],
  erasing: [],
  different: [],
  replaced: [],
  ahead: [],
  differences: [],
  unlinked: [],
  link_different: [],
  failed: [],
}

export async function given(count = 3) {
  const ann = await as.user()
  const id = await givenConversation(ann, { messages: userMessages(count) })
  await inRecord(id, count)
  return { ann, id }
}

/** As the platform’s recovery leaves an object: its storage is that of when it had so many messages. */
export async function restoreObject(id: string, count: number): Promise<void> {
  await inStorage(id, 'DELETE FROM messages WHERE seq > ?', count)
  await inStorage(
    id,
    `UPDATE conversation SET last_seq = ?1, flushed_seq = ?1, version = 1, flushed_version = 1,
     pending_since = NULL, head_seq = NULL, head_id = (SELECT id FROM messages WHERE seq = ?1)`,
    count,
  )
  await evict(id)
}

/** Takes the record as it is now; calling what it returns brings D1 back to that. */
export async function snapshot() {
  const { results: rows } = await env.DB.prepare('SELECT * FROM conversations').all()
  const { results: messages } = await env.DB.prepare('SELECT * FROM messages').all()
  const insert = (table: string, row: Record<string, unknown>) =>
    env.DB.prepare(
      `INSERT INTO ${table} (${Object.keys(row).join(', ')})
       VALUES (${Object.keys(row)
         .map(() => '?')
         .join(', ')})`,
    ).bind(...Object.values(row))
  return () =>
    env.DB.batch([
      env.DB.prepare('DELETE FROM conversations'),
      ...rows.map((row) => insert('conversations', row)),
      ...messages.map((row) => insert('messages', row)),
    ])
}
