import { openDatabase } from '../../storage/database.ts'
import { messageColumns } from '../../storage/messages.ts'
import { type Side, recordMessages, rewindTo } from '../../storage/reconciliation.ts'
import type { ConversationRow } from '../../storage/tables.ts'
import type { Core } from '../duties/core.ts'
import { keepExtra } from '../log/extra.ts'
import type { Log } from '../log/log.ts'
import { bytesStored, recordRow } from '../log/rows.ts'
import { dropStaged } from '../log/staged.ts'
import type { Tables } from '../log/tables.ts'
import type { Flush } from './flush.ts'
import { afterSeq, columns, joinMessages } from './join-messages.ts'
import { kinshipOf } from './kinship.ts'

/** What a merge works with. */
export interface Merging extends Core {
  flush: Flush
  /** Stops a running reply, and keeps what it has said. */
  replies: { interrupt: () => void }
  indexFeed: { renumber: () => void }
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
  // The message that one branches off from is known by its id while the numbers change.
  sql.exec(`CREATE TABLE staged (seq INTEGER PRIMARY KEY, ${afterSeq}, parent_id TEXT)`)
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
  const { tables, log, replies, flush } = merging
  const now = Date.now()
  if (log.fencedSince() !== null) return false
  const standing = log.head()
  if (standing && kinshipOf(standing, theirs) === 'strangers') return false
  if (standing === null) log.create({ ...theirs, lastSeq: 0 }, now)
  // What there is of it is one of the log's messages then.
  replies.interrupt()
  const ours = log.head()
  if (ours === null) throw new Error('The conversation is gone from its own storage')
  joinMessages(tables, from, prefer)
  merging.indexFeed.renumber()
  const preferred = prefer === 'log' ? recordRow(ours) : theirs
  const other = prefer === 'log' ? theirs : recordRow(ours)
  log.change(fieldsOf(preferred, other), now)
  log.changeBySql(
    `UPDATE conversation SET flushed_seq = ?, flushed_version = 0, version = ?,
     last_seq = (SELECT coalesce(max(seq), 0) FROM messages),
     tokens_used = (SELECT coalesce(sum(tokens_used), 0) FROM messages)`,
    from - 1,
    Math.max(ours.version, theirs.version) + 1,
  )
  log.branched()
  takeUp(tables, log, from)
  keepDisplaced(merging, preferred, other, prefer === 'log' ? 'record' : 'log', now)
  log.changeBySql('UPDATE conversation SET bytes = ?', bytesStored(tables))
  flush.owe()
  return true
}

/** What follows from the messages once they are joined: where the conversation is, which calls wait, which summary counts. */
function takeUp(tables: Tables, log: Log, from: number): void {
  const stored = log.headSeq()
  const isEnd = log.messageAt(stored) !== null && log.childrenOf(stored).length === 0
  const head = isEnd ? stored : log.lastSeq()
  log.changeBySql(
    `UPDATE conversation SET head_seq = nullif(?1, last_seq), open_calls = ?2,
     head_id = (SELECT id FROM messages WHERE seq = ?1)`,
    head,
    JSON.stringify(log.openAt(head)),
  )
  const summaries = tables.made('summaries')
  summaries.exec('DELETE FROM summaries WHERE seq >= ?', from)
  summaries.exec(
    `INSERT OR REPLACE INTO summaries
     SELECT summary_seq, summary FROM conversation WHERE summary IS NOT NULL`,
  )
  const { summary, summarySeq } = log.summaryOf(log.path(head))
  log.changeBySql('UPDATE conversation SET summary = ?, summary_seq = ?', summary, summarySeq)
}

type Row = Omit<ConversationRow, 'extra'>
type Fields = Omit<ConversationRow, 'id' | 'lastSeq' | 'tokensUsed' | 'bytes' | 'extra' | 'version'>

/** The preferred side's, but an owner, a hold and a use are facts, whichever side knows of them. */
function fieldsOf(preferred: Row, other: Row): Fields {
  const { language, title, topic, summary, summarySeq, isActive, archivedAt } = preferred
  const { headSeq, headId } = preferred
  return {
    language,
    title,
    topic,
    summary,
    summarySeq,
    isActive,
    archivedAt,
    headSeq,
    headId,
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
  { tables, log }: Core,
  preferred: Row,
  other: Row,
  side: Side,
  now: number,
): void {
  const said = ({ title, topic, summary, language, metadata }: Row) => ({
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
  keepExtra(tables, JSON.stringify({ ...extra, displaced: all }))
}
