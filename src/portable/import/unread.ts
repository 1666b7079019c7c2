import type { Found, FoundMessage } from './found.ts'
import { timeOf } from './times.ts'
import { fieldsOf, isFields, listOf } from './values.ts'

/**
 * Whether messages have text of which none was found: their program writes it in a way that is not known yet. Pictures
 * alone have none, and what a program itself hides is not looked for. What a system says is nobody's word.
 */
export function isUnread({ source, messages, extra }: Found): boolean {
  const spoken = messages.filter(({ role }) => role !== 'system')
  if (source === 'hilo' || spoken.some(says)) return false
  return [...spoken.map((message) => message.extra), ...(extra.hidden ?? [])].some(
    (one) => hasText(one) || hasWords(one),
  )
}

/** The messages of which no text was found though they have some, in words. */
export function unreadIn({ source, messages, extra }: Found): string[] {
  if (source === 'hilo') return []
  const shown = messages.flatMap((message, index) => {
    const { extra: more, placeholder } = message
    const isShown = says(message) || !(hasText(more, placeholder ?? '') || hasWords(more))
    return isShown ? [] : [`of message ${index + 1} the text is not shown: ${UNKNOWN}`]
  })
  const hidden = (extra.hidden ?? []).filter((one) => hasText(one) || hasWords(one)).length
  const many = hidden === 1 ? '1 message is' : `${hidden} messages are`
  return hidden === 0 ? shown : [...shown, `${many} not shown: ${UNKNOWN}`]
}

const UNKNOWN = 'it is written in a way that is not known, and all of it is in `extra`'

const says = ({ content, parts, toolCalls, thoughts }: FoundMessage): boolean =>
  content !== '' || [parts, toolCalls, thoughts].some((one) => one !== undefined && one !== null)

/** Fields that stand beside a message: its files have texts of their own, its program makes notes, and tells what failed. */
const besides = new Set(['files', 'file', 'attachments', 'metadata', 'error'])
const textFields = new Set(['text', 'content', 'message', 'parts', 'value', 'prompt'])

/** Fields in which a program has words of its own: names, and what it tells while it works. */
const ofProgram = /name|title|model|sender|icon|url|status|reason|error|metadata|files|attachments/i
const words =
  /\p{L}[.,:;!?]*\s+\p{L}|[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}]{2}/u

/** Whether something holds words in any field, as a program may have them that is not known. */
function hasWords(value: unknown): boolean {
  if (typeof value === 'string') return words.test(value) && timeOf(value) === null
  if (Array.isArray(value)) return value.some(hasWords)
  if (!isFields(value)) return false
  if (fieldsOf(value['metadata'])['is_visually_hidden_from_conversation'] === true) return false
  return Object.entries(value).some(([name, one]) => !ofProgram.test(name) && hasWords(one))
}

/** @param shown what people see of it */
function hasText(whole: unknown, shown = ''): boolean {
  const waiting = [{ value: whole, isOfText: false }]
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { value, isOfText } = next
    if (typeof value === 'string' && isOfText && !shown.includes(value.trim())) return true
    for (const one of listOf(value)) waiting.push({ value: one, isOfText })
    if (!isFields(value)) continue
    const metadata = fieldsOf(value['metadata'])
    if (metadata['is_visually_hidden_from_conversation'] === true) continue
    for (const [name, one] of Object.entries(value)) {
      if (!besides.has(name)) waiting.push({ value: one, isOfText: textFields.has(name) })
    }
  }
  return false
}
