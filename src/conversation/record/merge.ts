import { openDatabase } from '../../storage/database.ts'
import { isSaidTheSame, messageColumns } from '../../storage/messages.ts'
import { type Side, recordMessages, rewindTo } from '../../storage/reconciliation.ts'
import type { ConversationRow } from '../../storage/tables.ts'
import type { Core } from '../duties/core.ts'
import { keepExtra } from '../log/extra.ts'
import { openAfter } from '../log/open-calls.ts'
import { type Head, bytesStored, recordRow } from '../log/rows.ts'
import { dropStaged } from '../log/staged.ts'
import type { Flush } from './flush.ts'
import { kinshipOf } from './kinship.ts'

const columns = messageColumns.join(', ')
const afterSeq = columns.replace('seq, ', '')
const isSame = isSaidTheSame('a', 'b')
/** How many messages are read back to find the tool calls that wait; an assistant's message stands among them. */
const OPEN_WITHIN = 200

/** What a merge works with. */
export interface Merging extends Core {
  flush: Flush
  /** Stops a running reply, and keeps what it has said. */
  replies: { interrupt: () => void }
}

/**
 * Brings a log and a record together that contradict each other from message `from` on. Nothing is lost: the messages
 * of the preferred side keep their places, those that only the other side has come after them, and the fields of the
 * other side are kept in `extra`. The log has all of that in one step; then the record is set back, and filled up by
 * the flush. Cut anywhere, the same call again finishes it.
 */
export async function merge(
  merging: Merging,
  theirs: ConversationRow,
  from: number,
  prefer: Side,
): Promise<void> {
  const db = openDatabase(merging.settings().DB)
  try {
    await stage(merging, theirs.id, from)
    if (!merging.transactions.run(() => mergeStaged(merging, theirs, from, prefer))) return
  } finally {
    dropStaged(merging.ctx.storage.sql)
  }
  await rewindTo(db, theirs.id, from - 1)
  await merging.flush.now()
}

/** Copies the record's messages from `from` on, page by page. The log goes on meanwhile. */
async function stage(
  { settings, ctx: { storage } }: Core,
  id: string,
  from: number,
): Promise<void> {
  const db = openDatabase(settings().DB)
  const { sql } = storage
  dropStaged(sql)
  sql.exec(`CREATE TABLE staged (seq INTEGER PRIMARY KEY, ${afterSeq})`)
  const insertion = `INSERT INTO staged (${columns}) VALUES (${messageColumns.map(() => '?').join(', ')})`
  let after = from - 1
  for (;;) {
    const page = await recordMessages(db, id, after)
    const last = page.at(-1)
    if (last === undefined) return
    storage.transactionSync(() => {
      for (const values of page) sql.exec(insertion, ...values)
    })
    after = last[0]
  }
}

/** False if it is being erased by now, or the id has become somebody else's: then nothing is brought back. */
function mergeStaged(
  merging: Merging,
  theirs: ConversationRow,
  from: number,
  prefer: Side,
): boolean {
  const { ctx, log, replies, flush } = merging
  const { sql } = ctx.storage
  const now = Date.now()
  if (log.fencedSince() !== null) return false
  const standing = log.head()
  if (standing && kinshipOf(standing, theirs) === 'strangers') return false
  if (standing === null) log.create({ ...theirs, lastSeq: 0 }, now)
  // What there is of it is one of the log's messages then.
  replies.interrupt()
  const ours = log.head()
  if (ours === null) throw new Error('The conversation is gone from its own storage')
  joinMessages(sql, from, prefer)
  const preferred = prefer === 'log' ? ours : theirs
  const other = prefer === 'log' ? theirs : recordRow(ours)
  log.change(fieldsOf(preferred, other), now)
  sql.exec(
    `UPDATE conversation SET flushed_seq = ?, flushed_version = 0, version = ?,
     last_seq = (SELECT coalesce(max(seq), 0) FROM messages),
     tokens_used = (SELECT coalesce(sum(tokens_used), 0) FROM messages)`,
    from - 1,
    Math.max(ours.version, theirs.version) + 1,
  )
  const { rows } = log.before(Number.MAX_SAFE_INTEGER, OPEN_WITHIN)
  const open = rows.toReversed().reduce(openAfter, [])
  sql.exec('UPDATE conversation SET open_calls = ?', JSON.stringify(open))
  keepDisplaced(merging, preferred, other, prefer === 'log' ? 'record' : 'log', now)
  sql.exec(`UPDATE conversation SET bytes = ${bytesStored}`)
  flush.owe()
  return true
}

function joinMessages(sql: SqlStorage, from: number, prefer: Side): void {
  // One that stands before `from` already, word for word.
  sql.exec(
    `DELETE FROM staged AS a WHERE EXISTS
     (SELECT 1 FROM messages AS b WHERE b.id = a.id AND b.seq < ? AND ${isSame})`,
    from,
  )
  // Other words under one id: both stay, and the id is the preferred side's, or that of the one that stands before.
  const renamed = prefer === 'log' ? 'staged' : 'messages'
  const keeps = prefer === 'log' ? 'messages' : 'staged'
  sql.exec(
    `UPDATE ${renamed} AS a SET id = lower(hex(randomblob(16))) WHERE seq >= ? AND EXISTS
     (SELECT 1 FROM ${keeps} AS b WHERE b.id = a.id AND NOT (${isSame}))`,
    from,
  )
  sql.exec(
    `UPDATE staged SET id = lower(hex(randomblob(16))) WHERE id IN
     (SELECT id FROM messages WHERE seq < ?)`,
    from,
  )
  if (prefer === 'record') {
    sql.exec(
      `INSERT INTO staged (${columns})
       SELECT (SELECT coalesce(max(seq), 0) FROM staged) + row_number() OVER (ORDER BY seq), ${afterSeq}
       FROM messages WHERE seq >= ? AND id NOT IN (SELECT id FROM staged)`,
      from,
    )
    sql.exec('DELETE FROM messages WHERE seq >= ?', from)
  }
  sql.exec(
    `INSERT INTO messages (${columns})
     SELECT (SELECT coalesce(max(seq), 0) FROM messages) + row_number() OVER (ORDER BY seq), ${afterSeq}
     FROM staged WHERE id NOT IN (SELECT id FROM messages)`,
  )
}

type Fields = Omit<ConversationRow, 'id' | 'lastSeq' | 'tokensUsed' | 'bytes' | 'extra' | 'version'>

/** The preferred side's, but an owner, a hold and a use are facts, whichever side knows of them. */
function fieldsOf(preferred: ConversationRow | Head, other: ConversationRow | Head): Fields {
  const { language, title, topic, summary, summarySeq, isActive, archivedAt } = preferred
  return {
    language,
    title,
    topic,
    summary,
    summarySeq,
    isActive,
    archivedAt,
    isResolved: preferred.isResolved,
    metadata: preferred.metadata,
    userId: preferred.userId ?? other.userId,
    sessionId: preferred.sessionId ?? other.sessionId,
    hold: preferred.hold || other.hold,
    createdAt: Math.min(preferred.createdAt, other.createdAt),
    updatedAt: Math.max(preferred.updatedAt, other.updatedAt),
    quietSince: Math.max(preferred.quietSince, other.quietSince),
  }
}

function keepDisplaced(
  { ctx, log }: Core,
  preferred: ConversationRow | Head,
  other: ConversationRow | Head,
  side: Side,
  now: number,
): void {
  const said = ({ title, topic, summary, language, metadata }: ConversationRow | Head) => ({
    title,
    topic,
    summary,
    language,
    metadata,
  })
  const displaced = said(other)
  if (JSON.stringify(displaced) === JSON.stringify(said(preferred))) return
  const extra = JSON.parse(log.extra() ?? '{}') as { displaced?: unknown[] }
  const all = [
    ...(extra.displaced ?? []),
    { of: side, at: new Date(now).toISOString(), ...displaced },
  ]
  keepExtra(ctx.storage.sql, JSON.stringify({ ...extra, displaced: all }))
}
