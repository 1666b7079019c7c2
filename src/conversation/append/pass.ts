import { v7 as uuidv7 } from 'uuid'

import type { Call } from '../../contract/caller.ts'
import type { Draft } from '../../contract/message.ts'
import { type Answer, type Refusal, refuse } from '../../contract/problem.ts'
import type { ReplyEnd } from '../../contract/reply-events.ts'
import { type Ending, ModelError } from '../../model/model.ts'
import { wholeNumber } from '../../settings.ts'
import { toMessage } from '../../storage/messages.ts'
import type { MessageRow } from '../../storage/tables.ts'
import { withInstructions, withTools } from '../context/context-limits.ts'
import { contextWindow } from '../context/context.ts'
import { PathBeyond } from '../context/path-beyond.ts'
import { inBackground } from '../duties/background.ts'
import { toWrite } from '../log/access.ts'
import type { Head } from '../log/rows.ts'
import { withAttached } from '../reply/attached.ts'
import { type Events, eventsFor } from '../reply/join.ts'
import { listen } from '../reply/listening.ts'
import { RunningReply } from '../reply/running-reply.ts'
import { type Verdict, verdictOf } from '../reply/verdict.ts'
import { admitToolResults, admitTurn, openAt } from './admission.ts'
import type { Appender } from './keep.ts'
import { type ReplySettings, admitModel, settingsOf } from './reply-settings.ts'
import type { TurnRequest } from './turn-request.ts'

export interface PassingRequest extends TurnRequest {
  /** BCP 47; of a conversation that stands, its own counts. */
  language: string
  /** Whether the request goes on from this conversation, or from nothing: then any object may answer it. */
  isOfThis: boolean
}

/** A turn of which nothing is kept: neither its messages, nor its reply. It ends with whoever asked for it. */
export function pass(
  parts: Appender,
  call: Call,
  request: PassingRequest,
): Answer<{ events: Events }> {
  const { caller } = call
  const base = baseOf(parts, caller, request)
  if (!base.ok) return base
  const settings = settingsOf(parts.settings(), base.head)
  if (!settings.ok) return settings
  const { drafts } = request
  const open = openAt(parts.log, base.end)
  const last = base.end > 0 ? parts.log.lastSaid(base.end) : null
  const refusal =
    admitModel(settings, caller, request.model) ??
    admitToolResults(open, caller, drafts, drafts) ??
    admitTurn(open, last, drafts)
  if (refusal) return refusal
  const limits = withTools(withInstructions(settings.limits, request.asked), request)
  if (!('maxTokens' in limits)) return limits
  const reply = new RunningReply(uuidv7(), 0, request.asked?.extra)
  inBackground(
    parts.ctx,
    'reply',
    write(parts, reply, { ...settings, limits }, base, request, call),
  )
  return { ok: true, events: eventsFor(parts.log, caller, reply, request.isOfThis) }
}

interface Base {
  ok: true
  head: Pick<Head, 'userId' | 'summary' | 'language' | 'headSeq'>
  /** The message that it goes on from; 0 if from none. */
  end: number
}

function baseOf(
  { log }: Appender,
  caller: Call['caller'],
  { isOfThis, parent_id: parentId, language }: PassingRequest,
): Base | Refusal {
  const { owner } = caller
  if (!isOfThis) {
    if (owner === null) return refuse('not-permitted')
    const userId = owner.kind === 'user' ? owner.id : null
    return { ok: true, head: { userId, summary: null, language, headSeq: 0 }, end: 0 }
  }
  const access = toWrite(log.head(), caller)
  if (!access.ok) return access
  const end = parentId == null ? access.head.headSeq : log.messageById(parentId)?.seq
  if (end === undefined) return refuse('no-such-message')
  const { summary } = log.summaryOf(log.path(end))
  return { ok: true, head: { ...access.head, summary, headSeq: end }, end }
}

async function write(
  { log, id, settings }: Appender,
  reply: RunningReply,
  { model, limits }: ReplySettings,
  { head, end }: Base,
  request: PassingRequest,
  { caller, origin }: Call,
): Promise<void> {
  const env = settings()
  const rows = request.drafts.map((draft, index) => rowOf(id, draft, end + 1 + index))
  const path = new PathBeyond(end > 0 ? log.path(end) : null, rows)
  const { messages } = contextWindow(log, { ...head, headSeq: path.end }, limits, path)
  const { model: name, tools, tool_choice: choice, asked } = request
  const { language } = head
  const wanted = { messages, language, model: name, tools, tool_choice: choice }
  const patience = {
    first: wholeNumber(env, 'MODEL_FIRST_TOKEN_TIMEOUT_S', 60) * 1000,
    next: wholeNumber(env, 'MODEL_NEXT_TOKEN_TIMEOUT_S', 30) * 1000,
  }
  let result: Ending | Error
  try {
    // Any object may answer for a caller: files are the caller's, whosever the object is.
    const owners = caller.owner ? [caller.owner] : []
    const whole = await withAttached({ env, owners, origin }, wanted)
    const pieces = model.reply({ ...whole, options: asked?.options }, reply.abort.signal)
    result = await listen(pieces, patience, (piece) => void reply.add(piece))
  } catch (error) {
    result = error instanceof Error ? error : new ModelError('failed', 'The model failed.')
    reply.abort.abort()
  }
  const { text, reasoning, extra } = reply
  const written = { id: reply.id, text, reasoning, model: name ?? model.name }
  const verdict = verdictOf({ ...written, extra }, result)
  reply.end(endOf(verdict, id))
}

function endOf(verdict: Verdict, id: string): ReplyEnd {
  if (verdict.kind === 'failed') return verdict
  const { draft } = verdict
  const message = draft && { ...toMessage(rowOf(id, draft, 0), null), siblings: [] }
  if (message === null) return { kind: 'interrupted', message, reason: 'stopped' }
  return verdict.kind === 'completed'
    ? { kind: 'completed', message }
    : { kind: 'interrupted', message, reason: verdict.reason }
}

const rowOf = (conversationId: string, draft: Draft, seq: number): MessageRow => ({
  ...draft,
  conversationId,
  seq,
  parentSeq: null,
  createdAt: Date.now(),
})
