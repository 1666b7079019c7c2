import { DurableObject } from 'cloudflare:workers'

import type { Call } from '../contract/caller.ts'
import type { ConversationPatch, Conversation as Wire } from '../contract/conversation.ts'
import type { Draft, Message } from '../contract/message.ts'
import { type Answer, refuse } from '../contract/problem.ts'
import type { ContinueAnswer } from '../contract/reply.ts'
import { log as logEvent, nameOf } from '../events.ts'
import { archiveAfterDays } from '../settings.ts'
import { toConversation } from '../storage/conversations.ts'
import { toRead, toWrite } from './access.ts'
import { append, create } from './append.ts'
import { claim } from './claim.ts'
import { type ContextRequest, contextFor } from './context-limits.ts'
import type { ContextWindow } from './context.ts'
import type { Desk } from './desk.ts'
import { Duties, type Duty, backoff } from './duties.ts'
import { type Beginnings, patched } from './fields.ts'
import { Flush } from './flush.ts'
import { Log } from './log.ts'
import { Memory } from './memory.ts'
import { type Page, type PageRequest, historyPage, newestPage } from './pages.ts'
import { Replies } from './replies.ts'
import { failureExtra, retell } from './running-reply.ts'
import { type TurnRequest, takeTurn } from './turn.ts'

/** The only writer of one conversation; its name is the conversation id. */
export class Conversation extends DurableObject<Env> {
  readonly #log: Log
  readonly #duties: Duties
  readonly #flush: Flush
  readonly #memory: Memory
  readonly #replies: Replies
  readonly #desk: Desk

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    const settings = () => this.env
    const log = new Log(ctx.storage, this.#id, () => archiveAfterDays(this.env))
    const duties = new Duties(ctx.storage)
    const flush = new Flush(ctx, () => this.env.DB, log, duties)
    const memory = new Memory(ctx, settings, log, duties, flush)
    const replies = new Replies(ctx, settings, log, duties, flush, memory)
    this.#desk = { settings, log, flush, memory, replies }
    this.#log = log
    this.#duties = duties
    this.#flush = flush
    this.#memory = memory
    this.#replies = replies
    this.#wake()
  }

  // A constructor that throws would fail the alarm too, and after a few of those the platform drops it.
  #wake(): void {
    try {
      this.#log.open()
      this.#replies.settleLeftover()
    } catch (error) {
      logEvent({
        event: 'duty-failed',
        conversation_id: this.#id,
        duty: 'wake',
        error: nameOf(error),
      })
    }
  }

  get #id(): string {
    return this.ctx.id.name ?? ''
  }

  async create(
    call: Call,
    beginnings: Beginnings,
    drafts: Draft[],
  ): Promise<Answer<{ conversation: Wire; isNew: boolean }>> {
    const created = create(this.#desk, this.#id, call.caller, beginnings, drafts)
    if (!created.ok) return created
    if (created.isNew) {
      const owner = call.caller.owner?.kind ?? 'session'
      logEvent({
        event: 'created',
        conversation_id: this.#id,
        owner,
        request_id: call.requestId,
      })
    }
    await this.#flush.shown()
    return { ok: true, conversation: this.#wire(), isNew: created.isNew }
  }

  /** The conversation and its newest messages, oldest first. */
  read(call: Call, limit: number): Answer<Page & { conversation: Wire }> {
    const access = toRead(this.#log.head(), call.caller)
    if (!access.ok) return access
    const { head } = access
    return { ok: true, conversation: toConversation(head), ...newestPage(this.#log, head, limit) }
  }

  history(call: Call, request: PageRequest): Answer<Page> {
    const access = toRead(this.#log.head(), call.caller)
    if (!access.ok) return access
    return { ok: true, ...historyPage(this.#log, access.head, request) }
  }

  append(
    call: Call,
    drafts: Draft[],
    expectedSeq: number | null,
  ): Answer<{ messages: Message[]; conversation: Wire; isNew: boolean }> {
    const access = toWrite(this.#log.head(), call.caller)
    if (!access.ok) return access
    const appended = append(this.#desk, access.head, call.caller, drafts, expectedSeq)
    if (!appended.ok) return appended
    const { head, messages, isNew } = appended
    return { ok: true, messages, isNew, conversation: toConversation(head) }
  }

  /** Keeps messages, has the model answer, and returns its reply once it has ended. */
  async continue(call: Call, request: TurnRequest): Promise<Answer<ContinueAnswer>> {
    const turn = this.#turn(call, request)
    if (!turn.ok) return turn
    const { accepted } = turn
    const end = turn.end ?? (await turn.reply.ended())
    // It may have become somebody else's meanwhile.
    const access = toRead(this.#log.head(), call.caller)
    if (!access.ok) return access
    if (end.kind === 'failed') return refuse(end.why, failureExtra(end, accepted))
    return { ok: true, message: end.message, accepted, conversation: this.#wire() }
  }

  /** The same, told as server-sent events while it happens. */
  continueStreaming(
    call: Call,
    request: TurnRequest,
  ): Answer<{ events: ReadableStream<Uint8Array> }> {
    const turn = this.#turn(call, request)
    if (!turn.ok) return turn
    const { accepted } = turn
    if (turn.end) return { ok: true, events: retell(accepted, turn.end) }
    const mayFollow = () => toRead(this.#log.head(), call.caller).ok
    return { ok: true, events: turn.reply.follow(accepted, mayFollow) }
  }

  #turn(call: Call, request: TurnRequest) {
    const access = toWrite(this.#log.head(), call.caller)
    if (!access.ok) return access
    return takeTurn(this.#desk, access.head, call.caller, request)
  }

  /** What the model would be sent now. */
  context(call: Call, wanted: ContextRequest): Answer<{ window: ContextWindow }> {
    const access = toRead(this.#log.head(), call.caller)
    if (!access.ok) return access
    return contextFor(this.env, this.#log, access.head, wanted)
  }

  /** Summarises what is not summarised yet. */
  async summarise(call: Call): Promise<Answer<{ conversation: Wire }>> {
    const access = toWrite(this.#log.head(), call.caller)
    if (!access.ok) return access
    const refusal = await this.#memory.summariseNow()
    if (refusal) return refusal
    await this.#flush.shown()
    return { ok: true, conversation: this.#wire() }
  }

  /** Makes a user the owner of what their session began. */
  async claim(
    requestId: string,
    sessionId: string,
    userId: string,
  ): Promise<{ isClaimed: boolean }> {
    const isClaimed = claim(this.#desk, requestId, sessionId, userId)
    await this.#flush.shown()
    return { isClaimed }
  }

  async patch(call: Call, patch: ConversationPatch): Promise<Answer<{ conversation: Wire }>> {
    const access = toWrite(this.#log.head(), call.caller)
    if (!access.ok) return access
    const now = Date.now()
    const change = patched(access.head, patch, now)
    if (!change.ok) return change
    const { fields } = change
    if (Object.keys(fields).length > 0) {
      this.#log.change(fields, now)
      this.#flush.owe()
      if (fields.isActive !== undefined) {
        const event = fields.isActive ? 'restored' : 'archived'
        const owner = access.head.userId === null ? 'session' : 'user'
        logEvent({ event, conversation_id: this.#id, owner, request_id: call.requestId })
      }
    }
    await this.#flush.shown()
    return { ok: true, conversation: this.#wire() }
  }

  // Nothing may leave an alarm's handler: the platform gives up after a few tries, and the duty with it.
  override async alarm(): Promise<void> {
    if (!this.#log.exists) return
    this.#duties.rang()
    for (const duty of this.#duties.dueAt(Date.now())) await this.#perform(duty)
    this.#duties.arm(Date.now())
  }

  async #perform(duty: Duty): Promise<void> {
    try {
      if (duty === 'flush') await this.#flush.now()
      else if (duty === 'memory') await this.#memory.run()
      else this.#replies.watch(Date.now())
    } catch (error) {
      const now = Date.now()
      const attempts = this.#duties.attempts(duty) + 1
      this.#duties.postpone(duty, now + backoff(attempts), attempts, now)
      logEvent({ event: 'duty-failed', conversation_id: this.#id, duty, error: nameOf(error) })
    }
  }

  #head() {
    const head = this.#log.head()
    if (head === null) throw new Error('The conversation is gone from its own storage')
    return head
  }

  #wire(): Wire {
    return toConversation(this.#head())
  }
}
