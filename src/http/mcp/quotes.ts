import type { Message } from '../../contract/message.ts'

/** UTF-16 units of text in one answer, so that a model is not swamped: some six thousand tokens. */
export const ANSWER_CHARS = 24_000

/** A message as an agent reads it. Its text is a string of JSON: nothing in it can pass for something around it. */
export interface Quote {
  seq: number
  id: string
  role: 'user' | 'assistant'
  created_at: string
  text: string
  attachments?: string[]
  is_cut?: boolean
}

/** Where to go on reading. */
export interface Next {
  from_seq: number
  from_char: number
}

/** What a person or a model said; null for all else: instructions of the system, tools' noise, what was deleted. */
export function quoteOf(message: Message): Quote | null {
  const { seq, id, role, created_at, content: text, parts } = message
  if (role === 'system' || role === 'tool') return null
  const kinds = (parts ?? []).map(({ type }) => type)
  const attachments = kinds.filter((type) => type === 'image_url' || type === 'file')
  if (text === '' && attachments.length === 0) return null
  return { seq, id, role, created_at, text, ...(attachments.length > 0 && { attachments }) }
}

/** As much of some messages as an answer holds, from a character of the first on, and where to go on in them. */
export function quotesOf(
  messages: Message[],
  { from_seq: first, from_char: skipped }: Next,
): { quotes: Quote[]; next: Next | null } {
  const quotes: Quote[] = []
  let room = ANSWER_CHARS
  for (const message of messages) {
    const quote = quoteOf(message)
    if (quote === null) continue
    const start = quote.seq === first ? skipped : 0
    const rest = quote.text.slice(start)
    if (rest.length <= room) {
      quotes.push({ ...quote, text: rest })
      room -= rest.length
      continue
    }
    // A message that fits the next answer whole is not cut.
    const isLong = quotes.length === 0
    const some = isLong ? clipped(rest, room) : ''
    if (isLong) quotes.push({ ...quote, text: some, is_cut: true })
    return { quotes, next: { from_seq: quote.seq, from_char: start + some.length } }
  }
  return { quotes, next: null }
}

/** A message and some around it: of it as much as half an answer, of the others the beginnings. */
export function quotesAround(messages: Message[], id: string): Quote[] {
  const others = ANSWER_CHARS / 2 / Math.max(messages.length - 1, 1)
  return messages.flatMap((message) => {
    const quote = quoteOf(message)
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
