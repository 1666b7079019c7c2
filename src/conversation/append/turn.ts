import type * as z from 'zod'

import type { Call, Caller } from '../../contract/caller.ts'
import type { Draft, Message } from '../../contract/message.ts'
import { type Answer, type Refusal, refuse } from '../../contract/problem.ts'
import type { ContinueAnswer, OnBusy, Tool, ToolChoice } from '../../contract/reply.ts'
import type { Model } from '../../model/model.ts'
import { allowedModels, openModel } from '../../model/open.ts'
import { SettingError, wholeNumber } from '../../settings.ts'
import { toConversation } from '../../storage/conversations.ts'
import { toMessage } from '../../storage/messages.ts'
import { isKeptFromModel, notForAnonymous } from '../context/anonymous.ts'
import { contextLimits, withTools } from '../context/context-limits.ts'
import { type ContextLimits, contextWindow } from '../context/context.ts'
import { restored } from '../head/fields.ts'
import { toRead, toWrite } from '../log/access.ts'
import type { History } from '../log/history.ts'
import type { Head } from '../log/rows.ts'
import { owe } from '../memory/owe.ts'
import { withStored } from '../reply/events.ts'
import { type RunningReply, keptReply } from '../reply/running-reply.ts'
import { admitToolResults, admitTurn, busy, inOrder, sift, unsettled } from './admission.ts'
import type { Appender } from './appender.ts'
import { admitSize } from './quota.ts'

export interface TurnRequest {
  drafts: Draft[]
  model?: string | undefined
  tools?: Tool[] | undefined
  tool_choice?: ToolChoice | undefined
  on_busy?: z.infer<typeof OnBusy>
}

/** What a turn came to: the reply, which has ended where an earlier request has had it already. */
export type Turn = { ok: true; accepted: Message[]; reply: RunningReply } | Refusal

/** A turn of whoever may write here. */
export function takeTurnOf(parts: Appender, { caller }: Call, request: TurnRequest): Turn {
  const access = toWrite(parts.log.head(), caller)
  return access.ok ? takeTurn(parts, access.head, caller, request) : access
}

/**
 * Takes a request's messages in and has the model answer, in one transaction, which ends a reply that it interrupts
 * too. The same request again finds its reply, running or ended, or asks once more where there is none; it never adds a message twice.
 */
export function takeTurn(parts: Appender, head: Head, caller: Caller, request: TurnRequest): Turn {
  const { log, current } = parts
  const { drafts } = request
  const sifted = sift(parts, drafts)
  if (!sifted.ok) return sifted
  const stored = inOrder(drafts, sifted.stored)
  const isRetry = sifted.fresh.length === 0
  if (isRetry) {
    const answersSeq = Math.max(0, ...stored.map((row) => row.seq)) || head.lastSeq
    const accepted = stored.map(toMessage)
    if (current.running?.answersSeq === answersSeq) {
      return { ok: true, accepted, reply: current.running }
    }
    const next = log.messageAt(answersSeq + 1)
    if (next?.origin === 'model') {
      return { ok: true, accepted, reply: keptReply(toMessage(next)) }
    }
    if (next) {
      return refuse('moved-on', {
        detail: 'Another message follows these. Read the history, then continue from its end.',
        stored: accepted.map(({ id }) => id),
        last_seq: head.lastSeq,
      })
    }
  }
  if (current.running && request.on_busy !== 'interrupt') return busy(current.running.id)
  if (current.hasLeftover) return unsettled()
  return begin(parts, head, caller, request, sifted.fresh)
}

function begin(
  parts: Appender,
  before: Head,
  caller: Caller,
  request: TurnRequest,
  fresh: Draft[],
): Turn {
  const { log, transactions } = parts
  const expected = parts.current.headOnceStopped(before)
  const env = parts.settings()
  const settings = settingsOf(env, before)
  if (!settings.ok) return settings
  const refusal =
    admitModel(settings, caller, request.model) ??
    (fresh.length > 0 ? admitSize(parts, before) : null) ??
    admitToolResults(expected, caller, request.drafts, fresh) ??
    admitTurn(expected, log.messageAt(before.lastSeq), fresh)
  if (refusal) return refusal
  const limits = withTools(settings.limits, request)
  if ('ok' in limits) return limits
  return transactions.run(() => {
    parts.replies.interrupt()
    const reply = ask(
      parts,
      log.head() ?? expected,
      { ...settings, limits },
      caller,
      request,
      fresh,
    )
    const accepted = request.drafts.flatMap(({ id }) => log.messageById(id) ?? []).map(toMessage)
    return { ok: true, accepted, reply }
  })
}

// To be called in a transaction.
function ask(
  parts: Appender,
  head: Head,
  { model, limits }: Settings,
  caller: Caller,
  request: TurnRequest,
  fresh: Draft[],
): RunningReply {
  const { log, replies } = parts
  const now = Date.now()
  const after = fresh.length > 0 ? log.append(head, fresh, now).head : head
  if (after === head && !head.isActive) log.change(restored(now), now)
  const { messages } = contextWindow(log, after, limits)
  const reply = replies.begin(
    model,
    {
      messages,
      language: head.language,
      model: request.model,
      tools: request.tools,
      tool_choice: request.tool_choice,
    },
    after.lastSeq,
  )
  owe(parts, after, fresh, caller, true)
  return reply
}

interface Settings {
  model: Model
  limits: ContextLimits
  /** The models that anybody may name. */
  allowed: string[]
  isKept: boolean
}

// Read before anything is stored: a setting that makes no sense is no reason to keep half a turn.
function settingsOf(env: Env, head: Head): ({ ok: true } & Settings) | Refusal {
  try {
    const model = openModel(env)
    if (model === null) return refuse('no-model', { detail: 'Nothing was stored. Append instead.' })
    const isKept = isKeptFromModel(env, head)
    const allowed = allowedModels(env)
    wholeNumber(env, 'MODEL_NEXT_TOKEN_TIMEOUT_S')
    return { ok: true, model, limits: contextLimits(env), allowed, isKept }
  } catch (error) {
    if (!(error instanceof SettingError)) throw error
    return refuse('not-configured', { detail: `${error.message} Nothing was stored.` })
  }
}

function admitModel(
  { allowed, isKept }: Settings,
  caller: Caller,
  model: string | undefined,
): Refusal | null {
  // A service decides by itself whom it spends the model on.
  if (caller.service) return null
  if (isKept) return notForAnonymous()
  if (model === undefined || allowed.includes(model)) return null
  const detail = 'Not one of the models that this deployment allows'
  return refuse('not-permitted', { errors: [{ pointer: '/model', detail }] })
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
      detail: 'The messages in `stored` are kept. The same request again asks again.',
      stored: accepted.map(({ id }) => id),
    })
  }
  const conversation = toConversation(access.head)
  return { ok: true, message: end.message, accepted, conversation }
}
