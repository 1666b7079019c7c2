import type { Excerpt, Names } from '../../model/model.ts'
import type { Log } from '../log/log.ts'
import type { Head } from '../log/rows.ts'
import { chunkOf } from './excerpts.ts'
import { firstWords, shortened, unmarked, unquoted } from './shortened.ts'

const TITLE_CHARS = 60
/** How many of the first messages a title is made from. */
const NAMING_MESSAGES = 6

/** What title and topic are made from; empty if nothing is to be made. */
export function namedAfter(log: Log, head: Head): Excerpt[] {
  const { title, topic, isTitleMadeUp } = head
  return title !== null && topic !== null && !isTitleMadeUp ? [] : firstWordsOf(log, head)
}

const firstWordsOf = (log: Log, { language, headSeq }: Head): Excerpt[] =>
  chunkOf(log.path(headSeq).after(0, NAMING_MESSAGES).rows, language).excerpts

/** Keeps the names. What a person has set meanwhile stands. */
export function keepNames(log: Log, head: Head, names: Names): void {
  const standing = head.isTitleMadeUp ? null : head.title
  const title = standing ?? (shortened(unquoted(unmarked(names.title)), TITLE_CHARS) || head.title)
  const topic = head.topic ?? (firstWords(unquoted(unmarked(names.topic)), 3) || null)
  log.change({ title, topic }, Date.now())
}

/** A title of what a person asked first; null if there is one already, or nobody has asked anything. */
export function madeUpTitle(log: Log, head: Head): string | null {
  if (head.title !== null) return null
  const asked = firstWordsOf(log, head).find(({ role }) => role === 'user')?.text ?? ''
  return shortened(unquoted(unmarked(asked)), TITLE_CHARS) || null
}
