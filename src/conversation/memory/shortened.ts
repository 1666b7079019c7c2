import { TOPIC_LENGTH } from '../../contract/limits.ts'
import { madeKeepable } from '../../contract/text.ts'
import { withoutQuotes } from '../../model/plain.ts'

/** At most so many UTF-16 units, cut at the end of a sentence, or at least of a word. */
export function shortened(text: string, length: number): string {
  const whole = madeKeepable(text.trim())
  if (whole.length <= length) return whole
  const start = whole
    .slice(0, length - 1)
    .toWellFormed()
    .replace(/\uFFFD$/, '')
  const sentences = /^[\s\S]*[.!?。！？…](?=\s)/.exec(start)?.[0]
  if (sentences !== undefined && sentences.length > length / 2) return sentences
  return `${/^[\s\S]*\S(?=\s)/.exec(start)?.[0] ?? start}…`
}

export const firstWords = (text: string, count: number): string =>
  madeKeepable(text).split(/\s+/).slice(0, count).join(' ').slice(0, TOPIC_LENGTH).toWellFormed()

/** One line, without a stop at its end and quotation marks around it. */
export function unquoted(text: string): string {
  const line = withoutEnds(text.replaceAll(/\s+/g, ' '))
  return withoutEnds(withoutQuotes(line))
}

const withoutEnds = (line: string): string => line.replaceAll(/^[*#\s]+|[*.\s]+$/g, '')

const TAG =
  /<\/?(?:a|b|blockquote|br|code|div|em|h[1-6]|hr|i|img|li|ol|p|pre|s|span|strong|sub|sup|table|td|th|tr|u|ul)(?:\s[^<>]*)?\/?>/gi

/** Without the marks of Markdown and HTML. What only looks like them stays, as in `2**3` and `__init__`. */
export const unmarked = (text: string): string =>
  text
    .replaceAll(TAG, ' ')
    .replaceAll(/!?\[([^[\]]*)\]\([^()\s]*\)/g, '$1')
    .replaceAll(/^\s*(?:#{1,6}|>|[-*+]|\d+\.)\s+/gm, '')
    .replaceAll(/(?<![\p{L}\p{N}*])(\*{1,3}|~~)(?=\S)([^*~]*\S)\1(?![\p{L}\p{N}*])/gu, '$2')
    .replaceAll('`', '')
    .replaceAll(/\s+/g, ' ')
    .trim()
