import type { Found, FoundMessage } from './found.ts'
import { fieldsOf, isFields, listOf } from './values.ts'

/**
 * Whether messages have text of which none was found: their program writes it in a way that is not known yet. Pictures
 * alone have none, and what a program itself hides is not looked for.
 */
export function isUnread({ source, messages, extra }: Found): boolean {
  if (source === 'hilo' || messages.some(says)) return false
  return [...messages.map((message) => message.extra), ...(extra.hidden ?? [])].some(hasText)
}

const says = ({ content, parts, toolCalls, thoughts }: FoundMessage): boolean =>
  content !== '' || [parts, toolCalls, thoughts].some((one) => one !== undefined && one !== null)

/** Fields that stand beside a message: its files have texts of their own, and its program makes notes. */
const besides = new Set(['files', 'file', 'attachments', 'metadata'])
const textFields = new Set(['text', 'content', 'message', 'parts', 'value', 'prompt'])

function hasText(whole: unknown): boolean {
  const waiting = [{ value: whole, isOfText: false }]
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { value, isOfText } = next
    if (typeof value === 'string' && isOfText && value.trim() !== '') return true
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
