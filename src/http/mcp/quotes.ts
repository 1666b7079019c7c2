import { FILE_NAME_LENGTH, type FileRow } from '../../contract/file.ts'
import type { Message } from '../../contract/message.ts'
import { type Part, isKnownPart } from '../../contract/part.ts'

/** UTF-16 units of text in one answer, so that a model is not swamped: some six thousand tokens. */
export const ANSWER_CHARS = 24_000

/** Of a message, so many are told. */
const ATTACHMENTS = 20
/** What each of them takes up beside its name. */
const ATTACHMENT_CHARS = 60

/** A file of a message: what it is, and nowhere to read it. An answer outlives an address. */
export interface Attachment {
  kind: 'image' | 'file'
  name: string | null
  type: string | null
  bytes: number | null
}

/** What is known of files, by their ids. */
export type Files = ReadonlyMap<string, Pick<FileRow, 'name' | 'type' | 'bytes'>>

/** A message as an agent reads it. Its text is a string of JSON: nothing in it can pass for something around it. */
export interface Quote {
  seq: number
  id: string
  role: 'user' | 'assistant'
  created_at: string
  text: string
  attachments?: Attachment[]
  is_cut?: boolean
}

/** Where to go on reading. */
export interface Next {
  from_seq: number
  from_char: number
}

/** What a person or a model said; null for all else: instructions of the system, tools' noise, what was deleted. */
export function quoteOf(message: Message, files: Files): Quote | null {
  const { seq, id, role, created_at, content: text, parts } = message
  if (role === 'system' || role === 'tool') return null
  const attachments = (parts ?? []).flatMap((part) => attachmentOf(part, files) ?? [])
  if (text === '' && attachments.length === 0) return null
  const some = attachments.slice(0, ATTACHMENTS)
  return { seq, id, role, created_at, text, ...(some.length > 0 && { attachments: some }) }
}

function attachmentOf(part: Part, files: Files): Attachment | null {
  if (!isKnownPart(part) || (part.type !== 'image_url' && part.type !== 'file')) return null
  const { file_id: id = '', filename = null } =
    part.type === 'file' ? part.file : { file_id: part.image_url.file_id }
  const file = files.get(id)
  const name = filename ?? file?.name ?? null
  return {
    kind: part.type === 'file' ? 'file' : 'image',
    name: name === null ? null : clipped(name, FILE_NAME_LENGTH),
    type: file?.type ?? null,
    bytes: file?.bytes ?? null,
  }
}

/** How much of an answer a quote takes beside its text. */
const besides = ({ attachments = [] }: Quote): number =>
  attachments.reduce((sum, { name }) => sum + ATTACHMENT_CHARS + (name?.length ?? 0), 0)

/** As much of some messages as an answer holds, from a character of the first on, and where to go on in them. */
export function quotesOf(
  messages: Message[],
  files: Files,
  { from_seq: first, from_char: skipped }: Next,
): { quotes: Quote[]; next: Next | null } {
  const quotes: Quote[] = []
  let room = ANSWER_CHARS
  for (const message of messages) {
    const quote = quoteOf(message, files)
    if (quote === null) continue
    const start = quote.seq === first ? skipped : 0
    const rest = quote.text.slice(start)
    const length = rest.length + besides(quote)
    if (length <= room) {
      quotes.push({ ...quote, text: rest })
      room -= length
      continue
    }
    // A message that fits the next answer whole is not cut.
    const isLong = quotes.length === 0
    const some = isLong ? clipped(rest, room - besides(quote)) : ''
    if (isLong) quotes.push({ ...quote, text: some, is_cut: true })
    return { quotes, next: { from_seq: quote.seq, from_char: start + some.length } }
  }
  return { quotes, next: null }
}

/** A message and some around it: of it as much as half an answer, of the others the beginnings. */
export function quotesAround(messages: Message[], files: Files, id: string): Quote[] {
  const others = ANSWER_CHARS / 2 / Math.max(messages.length - 1, 1)
  return messages.flatMap((message) => {
    const quote = quoteOf(message, files)
    if (quote === null) return []
    const text = clipped(quote.text, Math.floor(message.id === id ? ANSWER_CHARS / 2 : others))
    return [{ ...quote, text, ...(text.length < quote.text.length && { is_cut: true }) }]
  })
}

/** Its beginning, without half a character at the end. */
function clipped(text: string, length: number): string {
  const isHalf = text.length > length && /[\uD800-\uDBFF]/.test(text.charAt(length - 1))
  return text.slice(0, isHalf ? length - 1 : length)
}
