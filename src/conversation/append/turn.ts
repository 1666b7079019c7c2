import type * as z from 'zod'

import type { Call, Caller } from '../../contract/caller.ts'
import type { Draft, Message } from '../../contract/message.ts'
import { type Answer, type Refusal, refuse } from '../../contract/problem.ts'
import type { ContinueAnswer, OnBusy, Tool, ToolChoice } from '../../contract/reply.ts'
import { toConversation } from '../../storage/conversations.ts'
import { toMessage } from '../../storage/messages.ts'
import type { MessageRow } from '../../storage/tables.ts'
import { withTools } from '../context/context-limits.ts'
import { contextWindow } from '../context/context.ts'
import { restored } from '../head/fields.ts'
import { toRead, toWrite } from '../log/access.ts'
import type { History } from '../log/history.ts'
import type { Head } from '../log/rows.ts'
import { owe } from '../memory/owe.ts'
import { withStored } from '../reply/events.ts'
import { type RunningReply, keptReply } from '../reply/running-reply.ts'
import { admitToolResults, admitTurn, busy, inOrder, sift, unsettled } from './admission.ts'
import { type Appender, keep } from './keep.ts'
import { admitSize } from './quota.ts'
import { type ReplySettings, admitModel, settingsOf } from './reply-settings.ts'

export interface TurnRequest {
  drafts: Draft[]
  model?: string | undefined
  tools?: Tool[] | undefined
  tool_choice?: ToolChoice | undefined
  on_busy?: z.infer<typeof OnBusy>
}

/** A turn that was taken: its messages as they stand, and the reply. One to an earlier request may have ended already. */
export type Turn = { ok: true; accepted: Message[]; reply: RunningReply } | Refusal

/** A turn of a caller who has to be allowed to write here. */
export function takeTurnOf(parts: Appender, { caller }: Call, request: TurnRequest): Turn {
  const access = toWrite(parts.log.head(), caller)
  return access.ok ? takeTurn(parts, access.head, caller, request) : access
}

/**
 * Keeps a request's messages and has the model answer, in one transaction, which also stops a reply that it interrupts.
 * The same request again finds its reply, running or ended. If it has none, the model is asked again. No message is
 * added twice.
 */
export function takeTurn(parts: Appender, head: Head, caller: Caller, request: TurnRequest): Turn {
  const { log, current, transactions } = parts
  const sifted = sift(parts, request.drafts)
  if (!sifted.ok) return sifted
  const { fresh, stored } = sifted
  const earlier = fresh.length === 0 && earlierTurn(parts, head, inOrder(request.drafts, stored))
  if (earlier) return earlier
  if (current.running && request.on_busy !== 'interrupt') return busy(current.running.id)
  if (current.hasLeftover) return unsettled()
  const settings = admit(parts, head, caller, request, fresh)
  if (!settings.ok) return settings
  return transactions.run(() => {
    const kept = keep(parts, head, fresh)
    if (fresh.length === 0 && !kept.head.isActive) log.change(restored(Date.now()), Date.now())
    const reply = ask(parts, kept.head, settings, request)
    owe(parts, kept.head, fresh, caller, true)
    for (const row of kept.rows) stored.set(row.id, row)
    return { ok: true, accepted: inOrder(request.drafts, stored).map(toMessage), reply }
  })
}

/** What a request came to that was sent before; null if the model is to be asked again. */
function earlierTurn({ log, current }: Appender, head: Head, rows: MessageRow[]): Turn | null {
  const answersSeq = Math.max(0, ...rows.map((row) => row.seq)) || head.lastSeq
  const accepted = rows.map(toMessage)
  if (current.running?.answersSeq === answersSeq) {
    return { ok: true, accepted, reply: current.running }
  }
  const next = log.messageAt(answersSeq + 1)
  if (next === null) return null
  if (next.origin === 'model') return { ok: true, accepted, reply: keptReply(toMessage(next)) }
  return refuse('moved-on', {
    detail: 'Another message follows these. Read the history, then continue from its end.',
    stored: accepted.map(({ id }) => id),
    last_seq: head.lastSeq,
  })
}

/** Whether the turn may be taken; nothing is stored before that is known. Returns what the reply is held to. */
function admit(
  parts: Appender,
  head: Head,
  caller: Caller,
  request: TurnRequest,
  fresh: Draft[],
): ({ ok: true } & ReplySettings) | Refusal {
  const settings = settingsOf(parts.settings(), head)
  if (!settings.ok) return settings
  const stopped = parts.current.headOnceStopped(head)
  const refusal =
    admitModel(settings, caller, request.model) ??
    (fresh.length > 0 ? admitSize(parts, head) : null) ??
    admitToolResults(stopped, caller, request.drafts, fresh) ??
    admitTurn(stopped, parts.log.messageAt(head.lastSeq), fresh)
  if (refusal) return refusal
  const limits = withTools(settings.limits, request)
  return 'ok' in limits ? limits : { ...settings, limits }
}

/** Has the model answer the conversation's last message. To be called in a transaction. */
function ask(
  { log, replies }: Appender,
  head: Head,
  { model, limits }: ReplySettings,
  request: TurnRequest,
): RunningReply {
  const { messages } = contextWindow(log, head, limits)
  return replies.begin(
    model,
    {
      messages,
      language: head.language,
      model: request.model,
      tools: request.tools,
      tool_choice: request.tool_choice,
    },
    head.lastSeq,
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
        'The messages in `stored` are kept. Send the same request again to ask the model again.',
      stored: accepted.map(({ id }) => id),
    })
  }
  const conversation = toConversation(access.head)
  return { ok: true, message: end.message, accepted, conversation }
}
