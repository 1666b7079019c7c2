import type { ModelMessage } from '../../model/model.ts'
import type { Phrases } from '../../model/phrases.ts'
import type { MessageRow } from '../../storage/tables.ts'
import type { Path } from '../log/path.ts'
import { cutUnit, newestThatFit, tokensOf } from './fit.ts'
import { type Unit, unitsOf } from './units.ts'

/** The most calls that one assistant message may make, hence the most results that may stand before it. */
export const CALLS_PER_MESSAGE = 128

/** What is read of a conversation's line. */
export type ContextPath = Pick<
  Path,
  'end' | 'before' | 'countBelow' | 'newestSpoken' | 'newestSystem'
>

interface Window {
  path: ContextPath
  rows: MessageRow[]
  units: Unit[]
  phrases: Phrases
}

interface Limits {
  maxMessages: number
  /** Tokens. */
  room: number
  isOpenEnd: boolean
}

/** The units that fit, and what stands around them. */
interface Begun {
  lead: Unit[]
  units: Unit[]
  end: ModelMessage[]
}

/**
 * The newest that fit, as strict endpoints want them: a person speaks first, and a reply answers a person or the results
 * of tools. An answer whose question does not fit falls out; work that goes on for longer than fits keeps its question.
 */
export function begunByAPerson(window: Window, limits: Limits): Begun {
  const { units, phrases } = window
  const { maxMessages, room } = limits
  const fit = (count: number, tokens: number) => newestThatFit(units, count, tokens, phrases.cut)
  const chosen = fit(maxMessages, room)
  if (chosen.length === 0 && window.rows.length === 0) return { lead: [], units: [], end: [] }
  const question = chosen[0] && !isAsked(chosen[0]) ? questionBefore(window, chosen[0]) : null
  const kept = question ? chosen.slice(answersBeforeAPerson(chosen)) : chosen
  const isBegun = kept[0] !== undefined && isAsked(kept[0])
  if (isBegun) return { lead: [], units: kept, end: endOf(kept, phrases, limits) }
  const lead = question
    ? cutUnit(question, Math.floor(room / 4), phrases.cut)
    : { rows: [], messages: [said(phrases.begins)] }
  const rest = fit(Math.max(1, maxMessages - lead.rows.length), room - tokensOf(lead.messages))
  return {
    lead: rest[0] !== undefined && isAsked(rest[0]) ? [] : [lead],
    units: rest,
    end: endOf(rest, phrases, limits),
  }
}

const said = (content: string): ModelMessage => ({ role: 'user', content })

const isAsked = ({ messages: [first] }: Unit): boolean => first?.role === 'user'

/** How many plain answers stand before the first that a person said; none if no person speaks. */
function answersBeforeAPerson(units: Unit[]): number {
  const isPlain = ({ messages }: Unit) => messages.length === 1
  const first = units.findIndex((unit) => isAsked(unit) || !isPlain(unit))
  return first > 0 && isAsked(units[first]!) ? first : 0
}

/** What a person asked last before a unit, if that is not too far back. */
function questionBefore({ path, phrases }: Window, { rows }: Unit): Unit | null {
  // It is nearly always close; only long work is looked through.
  for (const limit of [4, CALLS_PER_MESSAGE]) {
    const before = path.before(rows[0]!.seq, limit).rows
    const [asked] = unitsOf(
      before.filter(({ role }) => role === 'user'),
      phrases,
    )
    if (asked) return asked
    if (before.length < limit) return null
  }
  return null
}

/** A reply needs something to answer: if only the system asks for it, a person says so. */
function endOf(units: Unit[], { goOn }: Phrases, { isOpenEnd }: Limits): ModelMessage[] {
  const last = units.at(-1)?.messages.at(-1)
  return !isOpenEnd && last?.role === 'assistant' ? [said(goOn)] : []
}
