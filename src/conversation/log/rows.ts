import type { JsonObject } from '../../contract/json.ts'
import { bytesInTable, bytesOf, encodeMessage, messageColumns } from '../../storage/messages.ts'
import {
  type ConversationRow,
  type MessageRow,
  conversationColumns,
  toConversationRow,
} from '../../storage/tables.ts'
import { noteNamed } from './named-files.ts'
import type { Tables } from './tables.ts'

/**
 * The conversation as the log has it: the record's row, and what only the object needs to know. What an import
 * brought beside its messages can be large: it is the log's alone, and read only if it is asked for.
 */
export interface Head extends Omit<Standing, 'headSeq' | 'naming'> {
  /** The number of the message that it is at. */
  headSeq: number
  /** Whether title and topic are owed: not before the first reply, and again while the title is made up. */
  isNamingOwed: boolean
  /** Whether the title is the first question's words, until a model finds a better one. */
  isTitleMadeUp: boolean
}

/** The same as it is stored. */
export interface Standing extends Omit<ConversationRow, 'extra'> {
  /** Ids of the tool calls that wait for their results. */
  openCalls: string[]
  /** How far the record is known to have the messages, and the row. */
  flushedSeq: number
  flushedVersion: number
  /** How far title and topic are: see the steps of the schema. */
  naming: number
  /** Up to where summarising was given up, after its last retry. */
  givenUpSeq: number
  /** When the oldest change that the record may lack was made. */
  pendingSince: number | null
  /** What all conversations of the owner took up when a flush asked last, in blocks. */
  ownerBlocks: number
  /** Calls of the model in the background that are paid for. */
  callsLeft: number
  /** The reply that is being written, as it began; null if none is. */
  begun: ReplyBeginning | null
  /** What imports said of the fields, as JSON; null if none did, or a version brought it that did not keep that. */
  brought: string | null
}

/** Where a message keeps what its endpoint sent with tool calls and may want back, in `extra`. */
export const SENT = 'model'

/** What is known of a reply when it begins. */
export type ReplyBeginning = {
  /** What is to be kept with it, by the name of the protocol that asked for it. */
  extra?: JsonObject | undefined
  id: string
  /** The `seq` of the message that it answers. */
  answersSeq: number
  model: string | null
  startedAt: number
}

/** A reply that is being written. */
export type ReplyRow = ReplyBeginning & {
  text: string
  /** What the model thought before that. */
  reasoning: string
}

/** The columns that the log alone has, as they are stored. */
const ownColumns: [key: keyof Standing, name: string, isJson?: true][] = [
  ['openCalls', 'open_calls', true],
  ['flushedSeq', 'flushed_seq'],
  ['flushedVersion', 'flushed_version'],
  ['naming', 'naming'],
  ['givenUpSeq', 'given_up_seq'],
  ['pendingSince', 'pending_since'],
  ['ownerBlocks', 'owner_blocks'],
  ['callsLeft', 'calls_left'],
  ['begun', 'begun', true],
  ['brought', 'brought'],
]

/** The columns of `toStanding`, in its order. */
export const standingColumns = [
  ...conversationColumns.map(([, column]) => column.name),
  ...ownColumns.map(([, name]) => name),
].join(', ')

// The log and the record have the same columns, so the record's definitions read the log's rows too.
export function toStanding(values: SqlStorageValue[]): Standing {
  const row: Record<string, unknown> = toConversationRow(values)
  for (const [index, [key, , isJson]] of ownColumns.entries()) {
    const value = values[conversationColumns.length + index] ?? null
    row[key] = isJson && value !== null ? JSON.parse(value as string) : value
  }
  return row as unknown as Standing
}

export const toHead = ({ naming, ...row }: Standing): Head => ({
  ...row,
  headSeq: row.headSeq ?? row.lastSeq,
  isNamingOwed: naming === 1 || naming === 4,
  isTitleMadeUp: naming >= 3,
})

/** The column names and bindable values of some of a conversation's fields. */
export function encode(fields: Partial<Standing>): [names: string[], values: SqlStorageValue[]] {
  const names: string[] = []
  const values: SqlStorageValue[] = []
  for (const [key, column] of conversationColumns) {
    if (!(key in fields)) continue
    const value = fields[key as keyof Standing]
    names.push(column.name)
    values.push(value == null ? null : (column.mapToDriverValue(value) as SqlStorageValue))
  }
  for (const [key, name, isJson] of ownColumns) {
    if (!(key in fields)) continue
    const value = fields[key]
    names.push(name)
    values.push(isJson && value !== null ? JSON.stringify(value) : (value as SqlStorageValue))
  }
  return [names, values]
}

/** The number of the head as it is stored. */
export const headSeqIn = ({ lastSeq }: Pick<Head, 'lastSeq'>, seq: number): number | null =>
  seq === lastSeq ? null : seq

/** The record's part of a conversation. */
export function recordRow(head: Head): ConversationRow {
  const row: Record<string, unknown> = {}
  for (const [key] of conversationColumns) row[key] = head[key as keyof Head]
  return { ...(row as ConversationRow), extra: null, headSeq: headSeqIn(head, head.headSeq) }
}

const partsAt = messageColumns.indexOf('parts')
const insertion = `INSERT INTO messages (${messageColumns.join(', ')}) VALUES (${messageColumns.map(() => '?').join(', ')})`

/** From this message on there are indexes for messages of all kinds: to make one later would take the longer, the more there are. */
const INDEXED_SEQ = 50

/** Makes what finds a message of its kind, before it is kept. */
function noteKind(tables: Tables, { seq, parentSeq, role, origin }: MessageRow): void {
  if (seq >= INDEXED_SEQ) return noteKinds(tables)
  if (parentSeq !== null) tables.made('messages_branching')
  if (role === 'system' && origin !== 'import') tables.made('messages_system')
}

/** Makes what finds messages of all kinds. */
export function noteKinds(tables: Tables): void {
  tables.made('messages_branching')
  tables.made('messages_system')
  tables.made('messages_changed')
}

/** Keeps messages that are numbered already. Returns how many bytes they take up. */
export function insertIntoLog(tables: Tables, rows: MessageRow[]): number {
  let bytes = 0
  for (const row of rows) {
    const values = encodeMessage(row)
    noteNamed(tables, values[partsAt])
    noteKind(tables, row)
    tables.sql.exec(insertion, ...values)
    bytes += bytesOf(values)
  }
  return bytes
}

const completion = `UPDATE messages SET changed_in = ?,
  (${messageColumns.join(', ')}) = (${messageColumns.map(() => '?').join(', ')}) WHERE seq = ?`

/** Has a message say what `whole` says, as of the conversation's `version`. Returns how many bytes more it takes up. */
export function completeInLog(
  tables: Tables,
  version: number,
  cut: MessageRow,
  whole: MessageRow,
): number {
  const values = encodeMessage(whole)
  noteNamed(tables, values[partsAt])
  tables.made('messages_changed')
  tables.sql.exec(completion, version, ...values, whole.seq)
  return bytesOf(values) - bytesOf(encodeMessage(cut))
}

/** The bytes of all that is kept. */
export function bytesStored(tables: Tables): number {
  const said = tables.sql.exec<{ n: number }>(`SELECT ${bytesInTable} AS n FROM messages`).one().n
  const [extra] = tables.rows<{ n: number }>(
    'extra',
    'SELECT coalesce(sum(length(CAST(piece AS BLOB))), 0) AS n FROM extra',
  )
  return said + (extra?.n ?? 0)
}
