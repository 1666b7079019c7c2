import type { Excerpt, Names } from '../../model/model.ts'
import type { Log } from '../log/log.ts'
import type { Head } from '../log/rows.ts'
import { chunkOf } from './excerpts.ts'
import { firstWords, shortened, unquoted } from './shortened.ts'

const TITLE_CHARS = 60
/** How many of the first messages a title is made from. */
const NAMING_MESSAGES = 6

/** What title and topic are made from; empty if nothing is to be made. */
export function namedAfter(log: Log, { title, topic, language, headSeq }: Head): Excerpt[] {
  if (title !== null && topic !== null) return []
  return chunkOf(log.path(headSeq).after(0, NAMING_MESSAGES).rows, language).excerpts
}

/** Keeps the names. What a person has set meanwhile stands. */
export function keepNames(log: Log, head: Head, names: Names): void {
  const title = head.title ?? (shortened(unquoted(names.title), TITLE_CHARS) || null)
  const topic = head.topic ?? (firstWords(unquoted(names.topic), 3) || null)
  log.change({ title, topic }, Date.now())
}
