import type { Answer } from '../../contract/problem.ts'
import { encoded, serverSentEvent } from '../../contract/reply-events.ts'

/**
 * How a Worker wants a reply told: `events`, one line of JSON each. During a deploy Workers of the version before, which
 * do not say, still call objects of this one and expect server-sent events. The next version can do without this file.
 */
export type Form = 'events'

export interface Told {
  events: ReadableStream<Uint8Array>
  /** Missing from an object of the version before, which encodes by itself. */
  form?: Form
}

type Lines = Told['events']

/** A reply's events in the form that was asked for. */
export function told(answer: Answer<{ events: Lines }>, form?: Form): Answer<Told>
export function told(
  answer: Answer<{ events: Lines | null }>,
  form?: Form,
): Answer<Told | { events: null }>
export function told(
  answer: Answer<{ events: Lines | null }>,
  form?: Form,
): Answer<Told | { events: null }> {
  if (!answer.ok) return answer
  const { events } = answer
  if (events === null) return { ok: true, events }
  if (form) return { ok: true, events, form }
  return { ok: true, events: encoded(events, serverSentEvent) }
}
