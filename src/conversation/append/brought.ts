import type { ChangedField, ImportedConversation } from '../../contract/import.ts'
import type { ConversationRow } from '../../storage/tables.ts'
import { restored } from '../head/fields.ts'
import type { Head } from '../log/rows.ts'
import { meant } from './same.ts'

const FIELDS = ['title', 'topic', 'isResolved', 'metadata'] as const

/** What a file says of a conversation's own fields. */
type State = Pick<ImportedConversation, (typeof FIELDS)[number] | 'updatedAt'> & {
  isArchived: boolean
}

type Fields = Partial<ConversationRow>

/**
 * What a file changes in the fields of a conversation that stands: those that stand as an earlier file brought them, and
 * that this one says otherwise. What a person set here stays. A file that is older, or that was here, changes none.
 *
 * @param known what earlier files said, as JSON; null if that was not kept, as by older versions
 * @returns also what is to be kept of that now
 */
export function broughtTo(
  standing: Head,
  imported: ImportedConversation,
  known: string | null,
  isGrown: boolean,
  now: number,
): { fields: Fields; states: string } {
  const states = known === null ? [] : (JSON.parse(known) as State[])
  const last = states.at(-1)
  const state = stateOf(imported, last)
  const isNews = !states.some((one) => isSameState(one, state)) && !(last && isOlder(state, last))
  // Nothing has happened here since the file was made.
  const isCurrent = !isOlder(imported, standing)
  const fields: Fields = {
    ...(last ? isNews && renewed(standing, last, state) : isCurrent && named(standing, imported)),
    ...(isCurrent && isGrown && archivalOf(imported)),
    ...(isCurrent && isNews && !isGrown && last && archived(standing, last, imported, now)),
  }
  if (Object.keys(fields).length > 0) {
    fields.updatedAt = Math.max(standing.updatedAt, Math.min(imported.updatedAt, now))
  }
  return { fields, states: JSON.stringify(isNews ? [...states, state] : states) }
}

/** Some exports of one program round their times to seconds. */
const secondOf = ({ updatedAt }: { updatedAt: number }): number => Math.floor(updatedAt / 1000)

export const isOlder = (one: { updatedAt: number }, other: { updatedAt: number }): boolean =>
  secondOf(one) < secondOf(other)

const isSameState = (one: State, other: State): boolean =>
  meant({ ...one, updatedAt: secondOf(one) }) === meant({ ...other, updatedAt: secondOf(other) })

const CHANGED = {
  title: 'title',
  topic: 'topic',
  isResolved: 'is_resolved',
  metadata: 'metadata',
  isActive: 'is_active',
} as const

/** Which fields of a conversation that stands change by these. */
export function changedBy(standing: Head | null, fields: Fields): ChangedField[] {
  if (standing === null) return []
  const keys = Object.keys(CHANGED) as (keyof typeof CHANGED)[]
  return keys
    .filter((key) => key in fields && meant(fields[key]) !== meant(standing[key]))
    .map((key) => CHANGED[key])
}

/** The names that a conversation lacks. */
const named = (standing: Head, { title, topic }: ImportedConversation): Fields => ({
  ...(standing.title === null && title !== null && { title }),
  ...(standing.topic === null && topic !== null && { topic }),
})

function renewed(standing: Head, last: State, state: State): Fields {
  const changed = FIELDS.filter(
    (key) =>
      state[key] !== null &&
      meant(state[key]) !== meant(last[key]) &&
      meant(standing[key]) === meant(last[key]),
  )
  return Object.fromEntries(changed.map((key) => [key, state[key]]))
}

/** Archived, or restored, where the file comes from; and here as it was there before. */
function archived(
  standing: Head,
  last: State,
  imported: ImportedConversation,
  now: number,
): Fields | null {
  if (imported.isArchivalUntold) return null
  const isArchived = imported.archivedAt !== null
  if (isArchived === last.isArchived || standing.isActive === last.isArchived) return null
  return isArchived ? archivalOf(imported) : restored(now)
}

export const archivalOf = ({ archivedAt }: ImportedConversation) => ({
  isActive: archivedAt === null,
  archivedAt,
})

function stateOf(imported: ImportedConversation, last?: State): State {
  const { updatedAt, title, topic, isResolved, metadata, archivedAt, isArchivalUntold } = imported
  const isArchived = isArchivalUntold ? (last?.isArchived ?? false) : archivedAt !== null
  return { updatedAt, title, topic, isResolved, metadata, isArchived }
}

/** What is kept of the file that a conversation begins with. */
export const firstStates = (imported: ImportedConversation): string =>
  JSON.stringify([stateOf(imported)])
