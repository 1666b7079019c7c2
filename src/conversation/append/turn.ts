import type { Call, Caller } from '../../contract/caller.ts'
import type { Draft, Message } from '../../contract/message.ts'
import { type Answer, type Refusal, busy, refuse } from '../../contract/problem.ts'
import type { ContinueAnswer } from '../../contract/reply.ts'
import { toConversation } from '../../storage/conversations.ts'
import { type MessageRow, parentOf } from '../../storage/tables.ts'
import { withInstructions, withTools } from '../context/context-limits.ts'
import { contextWindow } from '../context/context.ts'
import { restored } from '../head/fields.ts'
import { toRead, toWrite } from '../log/access.ts'
import type { History } from '../log/history.ts'
import type { Head } from '../log/rows.ts'
import { toMessages, toWire } from '../log/wire.ts'
import { owe } from '../memory/owe.ts'
import { withStored } from '../reply/events.ts'
import { type RunningReply, keptReply } from '../reply/running-reply.ts'
import {
  admitToolResults,
  admitTurn,
  inOrder,
  openBefore,
  placeOf,
  sift,
  takenAt,
  unsettled,
} from './admission.ts'
import { type Appender, keep } from './keep.ts'
import { admitSize } from './quota.ts'
import { type ReplySettings, admitModel, settingsOf } from './reply-settings.ts'
import { named } from './series.ts'
import type { TurnRequest } from './turn-request.ts'

/** A turn that was taken: its messages as they stand, and the reply. One to an earlier request may have ended already. */
export type Turn = { ok: true; accepted: Message[]; reply: RunningReply } | Refusal

/** A turn of a caller who has to be allowed to write here. */
export function takeTurnOf(parts: Appender, call: Call, request: TurnRequest): Turn {
  const { caller, origin } = call
  const access = toWrite(parts.log.head(), caller)
  return access.ok ? takeTurn(parts, access.head, caller, { ...request, origin }) : access
}

/**
 * Keeps a request's messages and has the model answer, in one transaction, which also stops a reply that it interrupts.
 * The same request again finds its reply, running or ended. If it has none, the model is asked again. No message is
 * added twice.
 */
export function takeTurn(parts: Appender, head: Head, caller: Caller, unnamed: TurnRequest): Turn {
  const request = named(parts, head, unnamed)
  const { log, current, transactions } = parts
  const sifted = sift(parts, request.drafts)
  if (!sifted.ok) return sifted
  const { fresh, stored } = sifted
  const place = placeOf(parts, head, request.parent_id, request.drafts, stored)
  if (!place.ok) return place
  const rows = inOrder(request.drafts, stored)
  const answered = fresh.length > 0 ? null : (place.after ?? lastOf(rows) ?? head.headSeq)
  const earlier =
    replyNamed(parts, request, answered, rows) ??
    (answered === null ? null : earlierTurn(parts, head, request, answered, rows))
  if (earlier) return earlier
  if (current.running && request.on_busy !== 'interrupt') return busy(current.running.id)
  if (current.hasLeftover) return unsettled()
  const settings = admit(parts, head, caller, request, fresh, answered ?? place.after)
  if (!settings.ok) return settings
  return transactions.run(() => {
    const kept = keep(parts, head, fresh, place.after)
    if (fresh.length === 0 && !kept.head.isActive) log.change(restored(Date.now()), Date.now())
    const reply = ask(parts, kept.head, answered ?? kept.head.headSeq, settings, request)
    owe(parts, kept.head, fresh, caller, true)
    for (const row of kept.rows) stored.set(row.id, row)
    const isAllNew = fresh.length > 0 && fresh.length === request.drafts.length
    const accepted = isAllNew ? kept.messages : toMessages(log, inOrder(request.drafts, stored))
    return { ok: true, accepted, reply }
  })
}

const lastOf = (rows: MessageRow[]): number | null =>
  rows.length > 0 ? Math.max(...rows.map((row) => row.seq)) : null

/**
 * The reply of the id that a request gives it, if there is one: this is the same request again. Null if the model is to
 * be asked.
 *
 * @param answered the message that is to be answered; null if it is a new one
 */
function replyNamed(
  { log, current }: Appender,
  { reply_id: id, drafts }: TurnRequest,
  answered: number | null,
  rows: MessageRow[],
): Turn | null {
  if (id === undefined) return null
  const { running } = current
  const row = log.messageById(id)
  const isRunning = running?.id === id
  if (row?.status === 'deleted') return takenAt('/reply_id', 'The reply of this id was deleted')
  const answers = isRunning ? running.answersSeq : row?.origin === 'model' ? parentOf(row) : null
  const isFree = row === null && !isRunning && !drafts.some((draft) => draft.id === id)
  if (isFree) return null
  if (answers === null || answers !== answered) {
    return takenAt('/reply_id', 'A message that is not a reply to this one has this id')
  }
  const accepted = toMessages(log, rows)
  const reply = isRunning ? running : keptReply(toWire(log, row!), answered)
  return { ok: true, accepted, reply }
}

/** What a request came to that was sent before; null if the model is to be asked again. */
function earlierTurn(
  { log, current }: Appender,
  head: Head,
  request: TurnRequest,
  answered: number,
  rows: MessageRow[],
): Turn | null {
  // A named reply was looked for; to name only what is to be answered asks for one more.
  const isAnother = request.drafts.length === 0 && request.parent_id !== undefined
  if (request.reply_id !== undefined || isAnother) return null
  const accepted = toMessages(log, rows)
  if (current.running?.answersSeq === answered) {
    return { ok: true, accepted, reply: current.running }
  }
  const children = log.childrenOf(answered)
  if (children.length === 0) return null
  const reply = replyAmong(log, children)
  if (reply) return { ok: true, accepted, reply: keptReply(toWire(log, reply), answered) }
  return refuse('moved-on', {
    detail: 'Another message follows these. Read the history, then continue from its end.',
    stored: accepted.map(({ id }) => id),
    last_seq: head.lastSeq,
  })
}

/** Of several replies to one message the first: others were asked for by other requests. */
function replyAmong(log: History, seqs: number[]): MessageRow | null {
  for (const seq of seqs) {
    const row = log.messageAt(seq)
    if (row?.origin === 'model' && row.status !== 'deleted') return row
  }
  return null
}

/** Whether the turn may be taken; nothing is stored before that is known. Returns what the reply is held to. */
function admit(
  parts: Appender,
  head: Head,
  caller: Caller,
  request: TurnRequest,
  fresh: Draft[],
  after: number | null,
): ({ ok: true } & ReplySettings) | Refusal {
  const settings = settingsOf(parts.settings(), head)
  if (!settings.ok) return settings
  const open = openBefore(parts, head, after)
  const refusal =
    admitModel(settings, caller, request.model) ??
    (fresh.length > 0 ? admitSize(parts, head) : null) ??
    admitToolResults(open, caller, request.drafts, fresh) ??
    admitTurn(open, parts.log.lastSaid(after ?? head.headSeq), fresh)
  if (refusal) return refusal
  const limits = withTools(withInstructions(settings.limits, request.asked), request)
  return 'ok' in limits ? limits : { ...settings, limits }
}

/** Has the model answer a message. To be called in a transaction. */
function ask(
  { log, replies }: Appender,
  head: Head,
  answered: number,
  { model, limits }: ReplySettings,
  request: TurnRequest,
): RunningReply {
  const path = log.path(answered)
  const isElsewhere = answered !== head.headSeq
  const there = isElsewhere ? { ...head, ...log.summaryOf(path) } : head
  const { messages } = contextWindow(log, there, limits, path)
  return replies.begin(
    model,
    {
      messages,
      language: head.language,
      model: request.model,
      tools: request.tools,
      tool_choice: request.tool_choice,
      options: request.asked?.options,
    },
    answered,
    request.reply_id,
    request.asked?.extra,
    request.origin,
  )
}

/** What a turn comes to once its reply has ended, for who waits for that. */
export async function answerOf(
  log: History,
  { caller }: Call,
  { reply, accepted }: Turn & { ok: true },
): Promise<Answer<ContinueAnswer>> {
  const end = await reply.ended()
  // It may have become somebody else's meanwhile.
  const access = toRead(log.head(), caller)
  if (!access.ok) return access
  if (end.kind === 'failed') return refuse(end.why, withStored(end, accepted).extra)
  if (end.message === null) {
    return refuse('reply-stopped', {
      detail:
        'The messages of this request are kept. Send the same request again to ask the model again.',
      stored: accepted.map(({ id }) => id),
    })
  }
  const conversation = toConversation(access.head)
  return { ok: true, message: end.message, accepted, conversation }
}
