import { isSaidTheSame, messageColumns } from '../../storage/messages.ts'
import type { Side } from '../../storage/reconciliation.ts'
import { noteKinds } from '../log/rows.ts'
import type { Tables } from '../log/tables.ts'

/** A message's columns, in SQL; and those after its number. */
export const columns = messageColumns.join(', ')
export const afterSeq = columns.replace('seq, ', '')
const isSame = isSaidTheSame('a', 'b')

/**
 * Joins the log's messages with the record's, which are in the table `staged`, from message `from` on. Those of the
 * preferred side keep their places, and those that only the other side has come after them. To be called in a transaction.
 */
export function joinMessages(tables: Tables, from: number, prefer: Side): void {
  const { sql } = tables
  // The record's may name files too, and be of any kind.
  tables.made('files')
  noteKinds(tables)
  sql.exec(
    `UPDATE staged AS a SET parent_id = coalesce(
       (SELECT id FROM staged WHERE seq = a.parent_seq), (SELECT id FROM messages WHERE seq = a.parent_seq))
     WHERE parent_seq > 0`,
  )
  // Deleted in one of them is deleted in both.
  for (const [table, other] of [
    ['staged', 'messages'],
    ['messages', 'staged'],
  ]) {
    sql.exec(
      `UPDATE ${table} SET content = '', parts = NULL, tool_calls = NULL, tool_call_id = NULL, finish_reason = NULL,
         extra = NULL, status = 'deleted'
       WHERE status <> 'deleted' AND id IN (SELECT id FROM ${other} WHERE status = 'deleted')`,
    )
  }
  // One that stands before `from` already, word for word.
  sql.exec(
    `DELETE FROM staged AS a WHERE EXISTS
     (SELECT 1 FROM messages AS b WHERE b.id = a.id AND b.seq < ? AND ${isSame})`,
    from,
  )
  // Other words under one id: both stay, and the id is the preferred side's, or that of the one that stands before.
  const renamed = prefer === 'log' ? 'staged' : 'messages'
  const keeps = prefer === 'log' ? 'messages' : 'staged'
  rename(
    sql,
    renamed,
    `seq >= ? AND EXISTS (SELECT 1 FROM ${keeps} AS b WHERE b.id = a.id AND NOT (${isSame}))`,
    from,
  )
  rename(sql, 'staged', 'id IN (SELECT id FROM messages WHERE seq < ?)', from)
  if (prefer === 'record') {
    sql.exec(
      `INSERT INTO staged (${columns}, parent_id)
       SELECT (SELECT coalesce(max(seq), 0) FROM staged) + row_number() OVER (ORDER BY seq), ${afterSeq},
         (SELECT id FROM messages WHERE seq = a.parent_seq)
       FROM messages AS a WHERE seq >= ? AND id NOT IN (SELECT id FROM staged)`,
      from,
    )
    sql.exec('DELETE FROM messages WHERE seq >= ?', from)
  }
  sql.exec(
    `INSERT INTO messages (${columns})
     SELECT (SELECT coalesce(max(seq), 0) FROM messages) + row_number() OVER (ORDER BY seq), ${afterSeq}
     FROM staged WHERE id NOT IN (SELECT id FROM messages)`,
  )
  // What branched off from a message still does, wherever that stands now; if it is there no longer, from the one before.
  sql.exec(
    `UPDATE messages AS a SET parent_seq =
       (SELECT nullif(b.seq, a.seq - 1) FROM messages AS b JOIN staged ON staged.parent_id = b.id
        WHERE staged.id = a.id AND b.seq < a.seq)
     WHERE parent_seq > 0 AND id IN (SELECT id FROM staged)`,
  )
}

/** Gives messages new ids. Those that branch off from them follow. */
function rename(sql: SqlStorage, table: 'staged' | 'messages', where: string, from: number): void {
  const ids = sql
    .exec<{ id: string }>(`SELECT id FROM ${table} AS a WHERE ${where}`, from)
    .toArray()
  for (const { id } of ids) {
    const other = crypto.randomUUID()
    sql.exec(`UPDATE ${table} SET id = ? WHERE id = ?`, other, id)
    if (table === 'staged')
      sql.exec('UPDATE staged SET parent_id = ? WHERE parent_id = ?', other, id)
  }
}
