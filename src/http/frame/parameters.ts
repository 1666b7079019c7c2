import * as z from 'zod'

import { FileId } from '../../contract/file.ts'
import { Problem } from './problem.ts'

const MessageCursor = z.tuple([
  z.literal('m'),
  z.enum(['asc', 'desc']),
  z.int().min(0),
  z.int().min(0).nullish(),
  // Cursors of earlier versions don't say which conversation they are of.
  z.int().optional(),
])
const ConversationCursor = z.tuple([z.literal('c'), z.int().min(0), z.uuid()])
const FileCursor = z.tuple([z.literal('f'), FileId])
const SearchCursor = z.tuple([z.literal('s'), z.number(), z.int(), z.int(), z.int()])
const WalkCursor = z.tuple([z.literal('w'), z.uuid()])

/** Where a page of history ends: its order, and the `seq` beyond which the next one begins. */
interface HistoryPosition {
  order: 'asc' | 'desc'
  from: number
  /** Where the line ends that it is of; 0 if it is of all branches, null if it is from before there were any. */
  end: number | null
}

interface ListPosition {
  time: number
  id: string
}

/** @param id of the conversation: a place in another's history means nothing */
export const historyCursor = ({ order, from, end }: HistoryPosition, id: string): string =>
  encode(['m', order, from, end, digestOf(id.toLowerCase())])

export function readHistoryCursor(cursor: string, id: string): HistoryPosition {
  const own = digestOf(id.toLowerCase())
  const schema = MessageCursor.refine(([, , , , digest = own]) => digest === own)
  const [, order, from, end = null] = decode(schema, cursor)
  return { order, from, end }
}

export const listCursor = ({ time, id }: ListPosition): string => encode(['c', time, id])

export function readListCursor(cursor: string): ListPosition {
  const [, time, id] = decode(ConversationCursor, cursor)
  return { time, id }
}

/** Where a list of files goes on. */
export const fileCursor = (before: string): string => encode(['f', before])

export const readFileCursor = (cursor: string): string => decode(FileCursor, cursor)[1]

/** A place among matches: how good, when said, and which. */
interface SearchPosition {
  score: number
  at: number
  rowid: number
}

/** @param of what was asked for: a place among other matches means nothing */
export const searchCursor = ({ score, at, rowid }: SearchPosition, of: string): string =>
  encode(['s', score, at, rowid, digestOf(of)])

export function readSearchCursor(cursor: string, of: string): SearchPosition {
  const schema = SearchCursor.refine(([, , , , digest]) => digest === digestOf(of))
  const [, score, at, rowid] = decode(schema, cursor)
  return { score, at, rowid }
}

/** Where a walk by id goes on. */
export const walkCursor = (after: string): string => encode(['w', after])

/** @param pointer where it was sent */
export const readWalkCursor = (cursor: string, pointer = '?cursor'): string =>
  decode(WalkCursor, cursor, pointer)[1]

/** What a cursor is of, in short. That guards against mistakes, so it need not be secret. */
function digestOf(text: string): number {
  let digest = 0
  for (let at = 0; at < text.length; at += 1) {
    digest = (Math.imul(digest, 31) + text.charCodeAt(at)) | 0
  }
  return digest
}

const encode = (value: unknown[]): string => btoa(JSON.stringify(value)).replace(/=+$/, '')

function decode<T>(schema: z.ZodType<T>, cursor: string, pointer = '?cursor'): T {
  try {
    return schema.parse(JSON.parse(atob(cursor)))
  } catch {
    const detail = 'Not a cursor of this list. Take next_cursor as it came, or start without one.'
    throw new Problem('invalid-request', { errors: [{ pointer, detail }] })
  }
}

/** A parameter that is a whole number. Whatever is wrong with it, the error says what it may be. */
export function numberParameter(min: number, max?: number) {
  const error = `Send a whole number ${max === undefined ? `of ${min} or more` : `from ${min} to ${max}`}`
  const number = z.coerce.number({ error }).int({ error }).min(min, { error })
  return max === undefined ? number : number.max(max, { error })
}

/** A parameter that is one of some words. */
export const wordParameter = <const T extends readonly [string, ...string[]]>(words: T) =>
  z.enum(words, { error: `Send ${words.join(' or ')}` })

/** A parameter that is some of some words, with commas between them. */
export const wordsParameter = <const T extends readonly [string, ...string[]]>(words: T) =>
  z
    .string()
    .transform((text) => text.split(','))
    .pipe(z.array(z.enum(words, { error: `Send some of ${words.join(', ')}` })).max(words.length))
    .meta({ type: 'string' })
