import { bytesInTable, bytesOf, encodeMessage, messageColumns } from '../../storage/messages.ts'
import {
  type ConversationRow,
  type MessageRow,
  conversationColumns,
  toConversationRow,
} from '../../storage/tables.ts'

/**
 * The conversation as the log has it: the record's row, and what only the object needs to know. What an import
 * brought beside its messages can be large: it is the log's alone, and read only if it is asked for.
 */
export interface Head extends Omit<ConversationRow, 'extra' | 'headSeq'> {
  /** The number of the message that it is at. */
  headSeq: number
  /** Ids of the tool calls that wait for their results. */
  openCalls: string[]
  /** How far the record is known to have the messages, and the row. */
  flushedSeq: number
  flushedVersion: number
  /** Whether title and topic are owed: not before the first reply, and again while the title is made up. */
  isNamingOwed: boolean
  /** Whether the title is the first question's words, until a model finds a better one. */
  isTitleMadeUp: boolean
  /** Up to where summarising was given up, after its last retry. */
  givenUpSeq: number
  /** When the oldest change that the record may lack was made. */
  pendingSince: number | null
  /** What all conversations of the owner took up when a flush asked last, in blocks. */
  ownerBlocks: number
}

/** Where a message keeps what its endpoint sent with tool calls and may want back, in `extra`. */
export const SENT = 'model'

/** A reply that is being written. */
export type ReplyRow = {
  id: string
  /** The `seq` of the message that it answers. */
  answersSeq: number
  model: string | null
  text: string
  /** What the model thought before that. */
  reasoning: string
  startedAt: number
  /** What is to be kept with it, by the name of the protocol that asked for it; JSON. */
  extra: string | null
}

/** The columns of `toHead`, in its order. */
export const headColumns = [
  ...conversationColumns.map(([, column]) => column.name),
  'open_calls',
  'flushed_seq',
  'flushed_version',
  'naming',
  'given_up_seq',
  'pending_since',
  'owner_blocks',
].join(', ')

type OwnValues = [
  openCalls: string,
  flushedSeq: number,
  flushedVersion: number,
  naming: number,
  givenUpSeq: number,
  pendingSince: number | null,
  ownerBlocks: number,
]

// The log and the record have the same columns, so the record's definitions read the log's rows too.
export function toHead(values: SqlStorageValue[]): Head {
  const own = values.slice(conversationColumns.length) as OwnValues
  const [openCalls, flushedSeq, flushedVersion, naming, givenUpSeq, pendingSince, ownerBlocks] = own
  const row = toConversationRow(values)
  return {
    ...row,
    headSeq: row.headSeq ?? row.lastSeq,
    openCalls: JSON.parse(openCalls) as string[],
    flushedSeq,
    flushedVersion,
    isNamingOwed: naming === 1 || naming === 4,
    isTitleMadeUp: naming >= 3,
    givenUpSeq,
    pendingSince,
    ownerBlocks,
  }
}

/** The column names and bindable values of some of a conversation's fields. */
export function encode(
  fields: Partial<ConversationRow>,
): [names: string[], values: SqlStorageValue[]] {
  const present = conversationColumns.filter(([key]) => key in fields)
  const values = present.map(([key, column]) => {
    const value = fields[key as keyof ConversationRow]
    if (value === null || value === undefined) return null
    return column.mapToDriverValue(value) as SqlStorageValue
  })
  return [present.map(([, column]) => column.name), values]
}

/** The number of the head as it is stored. */
export const headSeqIn = ({ lastSeq }: Pick<Head, 'lastSeq'>, seq: number): number | null =>
  seq === lastSeq ? null : seq

/** The record's part of a conversation. */
export function recordRow(head: Head): ConversationRow {
  const { openCalls: _o, flushedSeq: _f, flushedVersion: _v, pendingSince: _p, ...rest } = head
  const { isNamingOwed: _n, isTitleMadeUp: _t, givenUpSeq: _g, ownerBlocks: _b, ...row } = rest
  return { ...row, extra: null, headSeq: headSeqIn(head, head.headSeq) }
}

const insertion = `INSERT INTO messages (${messageColumns.join(', ')}) VALUES (${messageColumns.map(() => '?').join(', ')})`

/** Keeps messages that are numbered already. Returns how many bytes they take up. */
export function insertIntoLog(sql: SqlStorage, rows: MessageRow[]): number {
  let bytes = 0
  for (const row of rows) {
    const values = encodeMessage(row)
    sql.exec(insertion, ...values)
    bytes += bytesOf(values)
  }
  return bytes
}

const completion = `UPDATE messages SET changed_in = (SELECT version FROM conversation),
  (${messageColumns.join(', ')}) = (${messageColumns.map(() => '?').join(', ')}) WHERE seq = ?`

/** Has a message say what `whole` says, as of the conversation's version. Returns how many bytes more it takes up. */
export function completeInLog(sql: SqlStorage, cut: MessageRow, whole: MessageRow): number {
  const values = encodeMessage(whole)
  sql.exec(completion, ...values, whole.seq)
  return bytesOf(values) - bytesOf(encodeMessage(cut))
}

/** The bytes of all that is kept, by SQL. */
export const bytesStored = `
  (SELECT ${bytesInTable} FROM messages)
  + (SELECT coalesce(sum(length(CAST(piece AS BLOB))), 0) FROM extra)`
