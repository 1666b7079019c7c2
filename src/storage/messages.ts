import { getTableColumns } from 'drizzle-orm'

import type { Draft } from '../contract/message.ts'
import type { PortableMessage } from '../contract/portable.ts'
import { utf8Bytes } from '../contract/text.ts'
import { ASSISTANT_UI } from '../contract/thread.ts'
import { type MessageRow, messages } from './tables.ts'

// The record's table says what a message has. Everything below follows from it, for the log too.
const columns = Object.entries(getTableColumns(messages)).filter(
  ([key]) => key !== 'conversationId',
)

/** The columns of a message in the log and in the record, in the order of the record's table, its key's first left out. */
export const messageColumns = columns.map(([, { name }]) => name)

const isJson = columns.map(([, { dataType }]) => dataType === 'json')

/** The columns that can be long: the text, and all that is JSON. */
export const longColumns = messageColumns.filter((name, at) => name === 'content' || isJson[at])
const isLong = messageColumns.map((name) => longColumns.includes(name))

/** What a caller says of a message. Its number, its place, its id and who said it first are not part of that. */
const saidColumns = columns.filter(
  ([key]) => !['seq', 'id', 'origin', 'createdAt', 'parentSeq'].includes(key),
) as [keyof Draft, { name: string }][]

/** The values of a message's columns, in the order of `messageColumns`; JSON as text. */
export type MessageValues = [seq: number, id: string, ...SqlStorageValue[]]

export const encodeMessage = (row: MessageRow): MessageValues =>
  columns.map(([key], at) => {
    const value = row[key as keyof MessageRow]
    return isJson[at] && value !== null ? JSON.stringify(value) : value
  }) as MessageValues

export function toMessageRow(conversationId: string, values: SqlStorageValue[]): MessageRow {
  const row: Record<string, unknown> = { conversationId }
  for (const [at, [key]] of columns.entries()) {
    const value = values[at] ?? null
    row[key] = isJson[at] && value !== null ? JSON.parse(value as string) : value
  }
  return row as MessageRow
}

/** The values as JSON, with JSON in JSON: escaped once more, a message could be twice as large. */
export function valuesAsJson(values: SqlStorageValue[]): string {
  const encoded = values.map((value, at) =>
    isJson[at] && typeof value === 'string' ? value : JSON.stringify(value),
  )
  return `[${encoded.join(',')}]`
}

/** The length of a message's long columns, in UTF-16 units. */
export const lengthOf = (values: SqlStorageValue[]): number =>
  longValues(values).reduce((sum, value) => sum + value.length, 0)

/** What a message takes up beside that: ids, numbers, names. */
const ROW_BYTES = 64

/** How many bytes a message takes up, about. */
export const bytesOf = (values: SqlStorageValue[]): number =>
  longValues(values).reduce((sum, value) => sum + utf8Bytes(value), ROW_BYTES)

const longValues = (values: SqlStorageValue[]): string[] =>
  values.filter((value, at): value is string => isLong[at] === true && typeof value === 'string')

/** The same of all messages of a table, by SQL. */
export const bytesInTable = `coalesce(sum(${[
  ROW_BYTES,
  ...longColumns.map((name) => `coalesce(length(CAST(${name} AS BLOB)), 0)`),
].join(' + ')}), 0)`

/** What a retry is compared with: the same text if a caller said the same. */
export const payloadOf = (draft: Draft): string =>
  JSON.stringify(saidColumns.map(([key]) => draft[key]))

/** The same by SQL, of two rows. JSON is compared as JSON, because D1 may write it otherwise. */
export const isSaidTheSame = (a: string, b: string): string =>
  saidColumns
    .map(([, { name }]) =>
      isJson[messageColumns.indexOf(name)]
        ? `json(${a}.${name}) IS json(${b}.${name})`
        : `${a}.${name} IS ${b}.${name}`,
    )
    .join(' AND ')

/** The values of a message in JSON as `valuesAsJson` makes it, by SQL: `value` is one of a list of those. */
export const insertedFromJson = messageColumns.map((_, at) => `value ->> ${at}`).join(', ')

/** How often a part of a message was deleted; the log counts that in `extra`. */
export const REMOVED = 'removed'
const removedFrom = (table: 'excluded' | 'messages') =>
  `coalesce(${table}.extra ->> '$.${REMOVED}', 0)`

/**
 * By SQL: messages that the record has already are left as they are, but one that a file had cut, or without what was
 * attached to it, is completed, one from which words were deleted loses them, and one that an assistant-ui client writes
 * on, or makes notes of, is as it is now.
 */
export const completedByFile = `ON CONFLICT (conversation_id, seq) DO UPDATE SET
  ${messageColumns
    .filter((name) => name !== 'seq' && name !== 'id')
    .map((name) => `${name} = excluded.${name}`)
    .join(', ')}
  WHERE messages.id = excluded.id AND (excluded.origin = 'import' AND (messages.status = 'interrupted'
      OR messages.origin = 'import' AND messages.status = 'complete'
        AND substr(excluded.content, 1, length(messages.content)) = messages.content)
    OR excluded.status = 'deleted' OR ${removedFrom('excluded')} > ${removedFrom('messages')}
    OR json_type(excluded.extra, '$."${ASSISTANT_UI}"') IS NOT NULL)`

/** @param parentId the message that it follows */
export function toMessage(row: MessageRow, parentId: string | null): PortableMessage {
  const { id, conversationId } = row
  const message: Record<string, unknown> = {
    id,
    object: 'message',
    conversation_id: conversationId,
    parent_id: parentId,
  }
  for (const [key, { name }] of columns) {
    if (key !== 'parentSeq') message[name] = row[key as keyof MessageRow]
  }
  message['created_at'] = new Date(row.createdAt).toISOString()
  return message as PortableMessage
}
