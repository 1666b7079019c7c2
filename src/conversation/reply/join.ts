import { type Call, keyOf } from '../../contract/caller.ts'
import { STREAMS_PER_CALLER } from '../../contract/limits.ts'
import type { Message } from '../../contract/message.ts'
import { type Answer, refuse } from '../../contract/problem.ts'
import { addressesOf, filesIn, withAddresses } from '../../files/addressed.ts'
import { parentOf } from '../../storage/tables.ts'
import { ownerOf } from '../../storage/usage.ts'
import type { Core } from '../duties/core.ts'
import { toRead } from '../log/access.ts'
import type { History } from '../log/history.ts'
import { toWire } from '../log/wire.ts'
import type { CurrentReply } from './current.ts'
import { type ReplyOffset, eventsOf } from './events.ts'
import { type RunningReply, keptReply } from './running-reply.ts'

/** How far somebody has followed a reply. */
export interface ReplyPosition {
  replyId: string
  /** UTF-16 units of its text. */
  offset: number
  /** And of what the model thought; a Worker of the version before does not say. */
  reasoning?: number
}

interface Telling extends Pick<Core, 'settings'> {
  log: History
}

export interface Following extends Telling {
  current: CurrentReply
}

/** `ReplyEvent`s, one line of JSON each. */
export type Events = ReadableStream<Uint8Array>

/**
 * The running reply from its beginning, or a reply from a place in it on, also if it has ended by now. Null if
 * nothing runs, and the place is in none that was kept.
 */
export function join(
  following: Following,
  call: Call,
  place: ReplyPosition | null,
): Answer<{ events: Events | null }> {
  const { log, current } = following
  const access = toRead(log.head(), call.caller)
  if (!access.ok) return access
  const known = place && replyOf(following, place.replyId)
  const reply = known ?? current.running
  if (reply === null) return { ok: true, events: null }
  const from = known ? { text: place.offset, reasoning: place.reasoning ?? 0 } : null
  const isAhead =
    from !== null && (from.text > reply.text.length || from.reasoning > reply.reasoning.length)
  if (isAhead && reply.outcome === null) {
    const { text, reasoning } = reply
    const thought = reasoning === '' ? '' : ` and ${reasoning.length} of reasoning`
    const detail = `The reply has ${text.length} units of text${thought} so far`
    return refuse('invalid-request', { errors: [{ pointer: 'Last-Event-ID', detail }] })
  }
  const answered = log.messageAt(reply.answersSeq)
  return streamOf(following, call, reply, answered ? [toWire(log, answered)] : [], from)
}

/** One that runs, has just ended, or was kept. */
export function replyOf(
  { log, current }: Omit<Following, 'settings'>,
  id: string,
): RunningReply | null {
  const recent = [current.running, current.last].find((reply) => reply?.id === id)
  if (recent) return recent
  const row = log.messageById(id)
  return row?.origin === 'model' && row.status !== 'deleted'
    ? keptReply(toWire(log, row), parentOf(row))
    : null
}

/**
 * The events of a reply that is kept nowhere: it ends with the one who follows it.
 *
 * @param isOfThis whether it goes on from the conversation, which may become another's
 */
export function eventsFor(
  log: History,
  caller: Call['caller'],
  reply: RunningReply,
  isOfThis: boolean,
): Events {
  return eventsOf(reply, {
    accepted: [],
    shown: async () => [],
    from: null,
    barred: () => (isOfThis ? barredFrom(log, caller) : null),
    expiresAt: caller.expiresAt,
    left: () => reply.abort.abort(),
  })
}

function barredFrom(log: History, caller: Call['caller']): 'erased' | 'not-yours' | null {
  const head = log.head()
  if (head === null) return 'erased'
  return toRead(head, caller).ok ? null : 'not-yours'
}

/** @param from how much of the reply they have; null for who is to be told of it too */
export function streamOf(
  telling: Telling,
  { caller, origin }: Call,
  reply: RunningReply,
  accepted: Message[],
  from: ReplyOffset | null = null,
): Answer<{ events: Events }> {
  const left = reply.seat(keyOf(caller))
  if (left === null) {
    const detail = `At most ${STREAMS_PER_CALLER} streams of one reply at once. Close one that is not read.`
    return refuse('too-many-streams', { detail, retry_after: 10 })
  }
  const barred = () => barredFrom(telling.log, caller)
  const shown = () => addressed(telling, origin, accepted)
  const { expiresAt } = caller
  return { ok: true, events: eventsOf(reply, { accepted, shown, from, barred, expiresAt, left }) }
}

/** Messages with addresses for their files. A Worker of the version before does not say where they are read. */
async function addressed(
  { log, settings }: Telling,
  origin: string | undefined,
  messages: Message[],
): Promise<Message[]> {
  const ids = filesIn(messages)
  const head = log.head()
  if (ids.length === 0 || head === null || origin === undefined) return messages
  const addresses = await addressesOf(settings(), origin, ownerOf(head), ids, Date.now())
  return withAddresses(messages, addresses)
}
