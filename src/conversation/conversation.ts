import { DurableObject } from 'cloudflare:workers'

import type { Call } from '../contract/caller.ts'
import type { ConversationPatch, Conversation as Wire } from '../contract/conversation.ts'
import type { Draft, Message } from '../contract/message.ts'
import { type Answer, refuse } from '../contract/problem.ts'
import type { ContinueAnswer } from '../contract/reply.ts'
import { type Event, log as logEvent, nameOf } from '../events.ts'
import { toConversation } from '../storage/conversations.ts'
import { toMessage } from '../storage/messages.ts'
import { isOwner, toRead, toWrite } from './access.ts'
import { admitToolResults, busy, inOrder, sift } from './admission.ts'
import { Duties, type Duty, backoff } from './duties.ts'
import { type Beginnings, newRow, patched } from './fields.ts'
import { Flush } from './flush.ts'
import { Log } from './log.ts'
import { Replies } from './replies.ts'
import { failureExtra, retell } from './running-reply.ts'
import { type TurnRequest, takeTurn } from './turn.ts'

/** Which way a page of history runs, and the `seq` beyond which it begins; null for the very start. */
export interface PageRequest {
  order: 'asc' | 'desc'
  from: number | null
  limit: number
}

export interface Page {
  messages: Message[]
  hasMore: boolean
}

/** The only writer of one conversation; its name is the conversation id. */
export class Conversation extends DurableObject<Env> {
  readonly #log: Log
  readonly #duties: Duties
  readonly #flush: Flush
  readonly #replies: Replies

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#log = new Log(ctx.storage, this.#id)
    this.#duties = new Duties(ctx.storage)
    this.#flush = new Flush(ctx, () => this.env.DB, this.#log, this.#duties)
    this.#replies = new Replies(ctx, env, this.#log, this.#duties, this.#flush)
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

  /** The same caller creating it again gets what stands; first messages go in only while there are none. */
  async create(
    call: Call,
    beginnings: Beginnings,
    drafts: Draft[],
  ): Promise<Answer<{ conversation: Wire; isNew: boolean }>> {
    const { owner } = call.caller
    if (owner === null) return refuse('not-permitted')
    const now = Date.now()
    const standing = this.#log.head()
    if (standing && !isOwner(standing, call.caller)) return refuse('id-taken')
    const head = standing ?? { ...newRow(this.#id, owner, beginnings, now), openCalls: [] }
    const sifted = sift(this.#log, drafts)
    if (!sifted.ok) return sifted
    const fresh = head.lastSeq === 0 ? sifted.fresh : []
    const refusal = admitToolResults(head, call.caller, fresh)
    if (refusal) return refusal
    if (!standing) this.#log.create(newRow(this.#id, owner, beginnings, now))
    const created = this.#head()
    if (fresh.length > 0) this.#log.append(created, fresh, now)
    if (!standing || fresh.length > 0) this.#flush.owe()
    if (!standing)
      this.#note(call, { event: 'created', conversation_id: this.#id, owner: owner.kind })
    await this.#flush.shown()
    return { ok: true, conversation: this.#wire(), isNew: !standing }
  }

  /** The conversation and its newest messages, oldest first. */
  read(call: Call, limit: number): Answer<Page & { conversation: Wire }> {
    const access = toRead(this.#log.head(), call.caller)
    if (!access.ok) return access
    const { rows, hasMore } = this.#log.before(access.head.lastSeq + 1, limit)
    const messages = rows.toReversed().map(toMessage)
    return { ok: true, conversation: toConversation(access.head), messages, hasMore }
  }

  history(call: Call, { order, from, limit }: PageRequest): Answer<Page> {
    const access = toRead(this.#log.head(), call.caller)
    if (!access.ok) return access
    const { rows, hasMore } =
      order === 'asc'
        ? this.#log.after(from ?? 0, limit)
        : this.#log.before(from ?? access.head.lastSeq + 1, limit)
    return { ok: true, messages: rows.map(toMessage), hasMore }
  }

  /** Keeps messages without asking for a reply. */
  append(
    call: Call,
    drafts: Draft[],
    expectedSeq: number | null,
  ): Answer<{ messages: Message[]; conversation: Wire; isNew: boolean }> {
    const access = toWrite(this.#log.head(), call.caller)
    if (!access.ok) return access
    const { head } = access
    const sifted = sift(this.#log, drafts)
    if (!sifted.ok) return sifted
    const { fresh, stored } = sifted
    if (fresh.length > 0) {
      if (this.#replies.running) return busy(this.#replies.running.id)
      if (expectedSeq !== null && expectedSeq !== head.lastSeq) {
        const detail = `The last message is ${head.lastSeq}. Nothing of this request was stored.`
        return refuse('seq-mismatch', { detail, last_seq: head.lastSeq })
      }
      const refusal = admitToolResults(head, call.caller, fresh)
      if (refusal) return refusal
      for (const row of this.#log.append(head, fresh, Date.now())) stored.set(row.id, row)
      this.#flush.owe({ bytes: fresh.reduce((sum, draft) => sum + draft.content.length, 0) })
    }
    const messages = inOrder(drafts, stored).map(toMessage)
    return { ok: true, messages, conversation: this.#wire(), isNew: fresh.length > 0 }
  }

  /** Keeps messages, has the model answer, and returns its reply once it has ended. */
  async continue(call: Call, request: TurnRequest): Promise<Answer<ContinueAnswer>> {
    const turn = this.#turn(call, request)
    if (!turn.ok) return turn
    const { accepted } = turn
    const end = turn.end ?? (await turn.reply.ended())
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
    return {
      ok: true,
      events: turn.reply ? turn.reply.follow(accepted) : retell(accepted, turn.end),
    }
  }

  #turn(call: Call, request: TurnRequest) {
    const access = toWrite(this.#log.head(), call.caller)
    if (!access.ok) return access
    const desk = { env: this.env, log: this.#log, replies: this.#replies, flush: this.#flush }
    return takeTurn(desk, access.head, call.caller, request)
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
        this.#note(call, { event, conversation_id: this.#id, owner })
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

  #note(call: Call, event: Event): void {
    logEvent({ ...event, request_id: call.requestId })
  }
}
