import { DAY_MS } from '../contract/quiet.ts'
import type { Hit } from '../contract/search.ts'
import { type Excerpt, excerptOf } from './excerpt.ts'
import { ROOM } from './kept.ts'
import type { LookedFor, Match } from './matches.ts'
import type { Said } from './page.ts'
import type { Column, Texts } from './texts.ts'

const placeOf: Record<Column, Hit['found_in']> = {
  title: 'title',
  user: 'content',
  assistant: 'content',
  results: 'content',
  system: 'content',
  reasoning: 'reasoning',
  calls: 'tool_calls',
}

/** A match as it is shown; null if its words only seem to be there. */
export function hitOf(match: Match, lookedFor: LookedFor, activeSince: number): Hit | null {
  const { conversation, rowid, at } = match
  const { id, role, texts } = JSON.parse(match.said) as Omit<Said, 'seq' | 'at'>
  const said = firstOf(texts, lookedFor)
  if (said === null) return null
  const seq = rowid % ROOM
  const message = { id, seq, role, created_at: iso(at), is_on_path: isOn(conversation.path, seq) }
  return {
    object: 'search_hit',
    conversation: {
      id: conversation.id,
      title: conversation.title,
      topic: conversation.topic,
      is_active: conversation.isActive === 1 && conversation.quietSince > activeSince,
      created_at: iso(conversation.createdAt),
      updated_at: iso(conversation.updatedAt),
    },
    message: seq === 0 ? null : message,
    ...said,
  }
}

/** From when on something has to have happened in a conversation, or it counts as archived; in ms since the epoch. */
export const activeSince = (now: number, archiveAfterDays: number): number =>
  now - archiveAfterDays * DAY_MS

const iso = (at: number): string => new Date(at).toISOString()

function isOn(path: string | null, seq: number): boolean {
  if (path === null) return true
  const stretches = JSON.parse(path) as [from: number, to: number][]
  return stretches.some(([from, to]) => from <= seq && seq <= to)
}

function firstOf(
  texts: Texts,
  { columns, terms }: LookedFor,
): { found_in: Hit['found_in']; excerpt: Excerpt } | null {
  for (const column of columns) {
    const text = texts[column]
    const excerpt = text === undefined ? null : excerptOf(text, terms)
    if (excerpt) return { found_in: placeOf[column], excerpt }
  }
  return null
}
