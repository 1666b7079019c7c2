import { DAY_MS } from '../contract/quiet.ts'
import type { Hit } from '../contract/search.ts'
import { excerptOf } from './excerpt.ts'
import type { LookedFor, Match } from './matches.ts'
import type { Facts, Said } from './page.ts'
import { ROOM } from './room.ts'
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

/** What a find shows of a conversation, in JSON: the index keeps it as it goes out. */
export const shownOf = (id: string, { title, topic, createdAt, updatedAt }: Facts): string =>
  JSON.stringify({ id, title, topic, created_at: iso(createdAt), updated_at: iso(updatedAt) })

/** What it shows of a message, likewise. */
export const shownOfMessage = ({ id, seq, role, at }: Said): string =>
  JSON.stringify({ id, seq, role, created_at: iso(at) })

/** A match as it is shown, in JSON; null if its words only seem to be there. */
export function hitOf(match: Match, lookedFor: LookedFor): string | null {
  const said = firstOf(JSON.parse(match.texts) as Texts, lookedFor)
  if (said === null) return null
  const seq = match.rowid % ROOM
  const conversation = withField(match.conversation, 'is_active', match.isActive)
  const message = seq === 0 ? 'null' : withField(match.message, 'is_on_path', isOn(match.path, seq))
  return `{"object":"search_hit","conversation":${conversation},"message":${message},${said}}`
}

/** An object in JSON with one more field. */
const withField = (json: string, name: string, value: boolean): string =>
  `${json.slice(0, -1)},"${name}":${value}}`

/** From when on something has to have happened in a conversation, or it counts as archived; in ms since the epoch. */
export const activeSince = (now: number, archiveAfterDays: number): number =>
  now - archiveAfterDays * DAY_MS

const iso = (at: number): string => new Date(at).toISOString()

function isOn(path: string | null, seq: number): boolean {
  if (path === null) return true
  const stretches = JSON.parse(path) as [from: number, to: number][]
  return stretches.some(([from, to]) => from <= seq && seq <= to)
}

/** Where it was found, and an excerpt of that, as fields in JSON. */
function firstOf(texts: Texts, { columns, terms }: LookedFor): string | null {
  for (const column of columns) {
    const text = texts[column]
    const excerpt = text === undefined ? null : excerptOf(text, terms)
    if (excerpt !== null) return `"found_in":"${placeOf[column]}","excerpt":${excerpt}`
  }
  return null
}
