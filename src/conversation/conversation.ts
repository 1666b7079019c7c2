import type { Call, Owner } from '../contract/caller.ts'
import type { ConversationPatch, Conversation as Wire } from '../contract/conversation.ts'
import type { ImportedConversation } from '../contract/import.ts'
import type { Draft, Message } from '../contract/message.ts'
import type { ExportPage, ExtraPage } from '../contract/portable.ts'
import type { Answer } from '../contract/problem.ts'
import type { ContinueAnswer } from '../contract/reply.ts'
import type { Side } from '../storage/reconciliation.ts'
import { type Appending, appendOf } from './append/append.ts'
import { begin } from './append/begin.ts'
import { createShown } from './append/create.ts'
import { importConversation } from './append/import.ts'
import { type PassingRequest, pass } from './append/pass.ts'
import type { TurnRequest } from './append/turn-request.ts'
import { answerOf, takeTurnOf } from './append/turn.ts'
import * as threads from './checkpoints/thread.ts'
import { type ContextRequest, contextFor } from './context/context-limits.ts'
import type { ContextWindow } from './context/context.ts'
import { guard, platformCalls } from './duties/door.ts'
import { type Health, type Shown, healthOf } from './duties/health.ts'
import { type Deletion, deleteShown } from './erasure/delete-message.ts'
import { type Receipt, erase, eraseExpired, eraseShown } from './erasure/erase.ts'
import { claim } from './head/claim.ts'
import type { Beginnings } from './head/fields.ts'
import { patch as applyPatch } from './head/patch.ts'
import { shown } from './head/shown.ts'
import { type Had, pageForIndex } from './index-feed/index-page.ts'
import { Lifecycle } from './lifecycle.ts'
import { toWrite } from './log/access.ts'
import { around } from './log/around.ts'
import {
  type Page,
  type PageRequest,
  exportPage,
  extraPage,
  historyPage,
  messageOf,
  newestPage,
} from './log/pages.ts'
import { type Standings, standing } from './log/standing.ts'
import type { Standing } from './record/compare.ts'
import { reconcile } from './record/reconcile.ts'
import { type Form, type Told, told } from './reply/form.ts'
import { type ReplyPosition, join, streamOf } from './reply/join.ts'
import { type ReplyState, replyEvents, replyState } from './reply/state.ts'
import { type StopAnswer, stop } from './reply/stop.ts'

/** The only writer of one conversation; its name is the conversation id. */
export class Conversation extends Lifecycle {
  // Every call asks the door first, also calls that are added later. The excepted ones refuse in their own words.
  static {
    const excepted = [...platformCalls, 'claim', 'eraseExpired', 'checkOn', 'reconcile'] as const
    guard(this.prototype, excepted, (object) => object.door.closed())
  }

  create(call: Call, beginnings: Beginnings, drafts: Draft[], isSame = false) {
    return createShown(this.parts, call, beginnings, drafts, isSame)
  }

  /** The conversation and its newest messages, oldest first. */
  read(call: Call, limit: number): Answer<Page & { conversation: Wire }> {
    return newestPage(this.parts.log, call.caller, limit)
  }

  history(call: Call, request: PageRequest) {
    return historyPage(this.parts.log, call.caller, request)
  }

  /** Which of a client's messages are here, and what follows them. */
  standing(call: Call, ids: string[]): Answer<Standings> {
    return standing(this.parts, call.caller, ids)
  }

  /** The messages after one, up to `upTo`, or to the last of now if that is null: of all branches, or of one line. */
  exportPage(call: Call, after: number, upTo: number | null, isLine = false): Answer<ExportPage> {
    return exportPage(this.parts.log, call.caller, after, upTo, isLine)
  }

  exportExtra(call: Call, after: number, upTo: number): Answer<{ extra: ExtraPage }> {
    return extraPage(this.parts.log, call.caller, after, upTo)
  }

  append(
    call: Call,
    appending: Appending,
  ): Answer<{ messages: Message[]; conversation: Wire; isNew: boolean }> {
    return appendOf(this.parts, call, appending)
  }

  /** Keeps messages, has the model answer, and returns its reply once it has ended. */
  async continue(call: Call, request: TurnRequest): Promise<Answer<ContinueAnswer>> {
    const turn = takeTurnOf(this.parts, call, request)
    return turn.ok ? answerOf(this.parts.log, call, turn) : turn
  }

  /** The same, told while it happens. */
  continueStreaming(call: Call, request: TurnRequest, form?: Form): Answer<Told> {
    const turn = takeTurnOf(this.parts, call, request)
    return turn.ok ? told(streamOf(this.parts, call, turn.reply, turn.accepted), form) : turn
  }

  /** Creates a conversation, and continues it with its first messages, in one step. */
  async begin(
    call: Call,
    beginnings: Beginnings,
    request: TurnRequest,
  ): Promise<Answer<ContinueAnswer & { isNew: boolean }>> {
    const turn = begin(this.parts, call, beginnings, request)
    const answer = turn.ok ? await answerOf(this.parts.log, call, turn) : turn
    return answer.ok ? { ...answer, isNew: turn.ok && turn.isNew === true } : answer
  }

  /** The same, told while it happens. */
  beginStreaming(call: Call, beginnings: Beginnings, request: TurnRequest, form?: Form) {
    const turn = begin(this.parts, call, beginnings, request)
    return turn.ok ? told(streamOf(this.parts, call, turn.reply, turn.accepted), form) : turn
  }

  /** A reply for a caller who joins it, or goes on with it. */
  stream(call: Call, place: ReplyPosition | null, form?: Form): Answer<Told | { events: null }> {
    return told(join(this.parts, call, place), form)
  }

  /** A reply as far as it is, and how it ended if it has. */
  reply(call: Call, id: string): Answer<{ reply: ReplyState }> {
    return replyState(this.parts, call, id)
  }

  /** The events of a reply from its beginning, also if it has ended. */
  replyEvents(call: Call, id: string): Answer<{ events: ReadableStream<Uint8Array> }> {
    return replyEvents(this.parts, call, id)
  }

  /** A reply of which nothing is kept, nor of what it answers. */
  pass(call: Call, request: PassingRequest): Answer<{ events: ReadableStream<Uint8Array> }> {
    return pass(this.parts, call, request)
  }

  /** Deletes what a message says, or a part of it. */
  deleteMessage(call: Call, deletion: Deletion): Promise<Answer<{ message: Message }>> {
    return deleteShown(this.parts, call, deletion)
  }

  /** A message by its id. */
  message(call: Call, id: string): Answer<{ message: Message }> {
    return messageOf(this.parts.log, call.caller, id)
  }

  stop(call: Call, replyId: string | null): Answer<StopAnswer> {
    return stop(this.parts, call.caller, replyId)
  }

  /** What the model would be sent now. */
  context(call: Call, wanted: ContextRequest): Answer<{ window: ContextWindow }> {
    return contextFor(this.env, this.parts.log, call, wanted)
  }

  /** Summarises what is not summarised yet. */
  async summarise(call: Call): Promise<Answer<{ conversation: Wire }>> {
    const access = toWrite(this.parts.log.head(), call.caller)
    if (!access.ok) return access
    return (await this.parts.memory.summariseNow(call.caller)) ?? shown(this.parts, call)
  }

  actInThread(call: Call, act: threads.ThreadAct): Answer<{ id: string; isOpen: boolean }> {
    return threads.actInThread(this.parts, call, act)
  }

  threadPage(call: Call, request: threads.ThreadPageRequest) {
    return threads.showThread(this.parts, call, request)
  }

  entitle(call: Call) {
    return threads.entitleThread(this.parts, call)
  }

  /** Whether the conversation is there and the caller's. */
  isOwn({ caller }: Call): Answer<{ isOwn: boolean }> {
    return { ok: true, isOwn: toWrite(this.parts.log.head(), caller).ok }
  }

  /** Which of some files messages here name. */
  names(ids: string[]): Answer<{ named: string[] }> {
    return { ok: true, named: this.parts.log.named(ids) }
  }

  /** Keeps a conversation that comes from elsewhere; its flush is not waited for, since many come at once. */
  importConversation(call: Call, imported: ImportedConversation) {
    return importConversation(this.parts, call.caller, imported)
  }

  /** Makes a user the owner of what their session began. */
  async claim(requestId: string, sessionId: string, userId: string) {
    // The caller of `claim` tells it again later.
    if (this.door.closed()) throw new Error('The conversation can not be opened')
    const isClaimed = claim(this.parts, { requestId, sessionId, userId })
    await this.parts.flush.shown()
    await this.parts.indexFeed.shown()
    return { isClaimed }
  }

  async patch(call: Call, patch: ConversationPatch): Promise<Answer<{ conversation: Wire }>> {
    const patched = applyPatch(this.parts, call, patch)
    return patched.ok ? shown(this.parts, call, patched.access) : patched
  }

  /** Erases the conversation for good. `isCleared` says whether D1 is cleared already; if not, the object goes on by itself. */
  async erase(call: Call): Promise<Answer<Receipt & { isCleared: boolean }>> {
    const erased = erase(this.parts, call)
    return erased.ok ? eraseShown(this.parts, erased) : erased
  }

  /** Erases the conversation if it has been archived for as long as this deployment keeps one. */
  async eraseExpired(requestId: string, now: number): Promise<{ isErased: boolean }> {
    const isErased = !this.door.closed() && eraseExpired(this.parts, requestId, now)
    if (isErased) await this.parts.erasure.shown()
    return { isErased }
  }

  /** Says whether log and record agree. The cron job asks that of all objects. */
  checkOn(shown: Shown | null): { health: Health } {
    // An answer would be taken for `well`, or for `absent`.
    if (this.door.closed()) throw new Error('The conversation can not be opened')
    return { health: healthOf(this.parts, shown) }
  }

  /** Compares the record with the log, and makes them equal unless this is a dry run. */
  async reconcile(isDryRun: boolean, prefer: Side | null = null): Promise<Standing> {
    if (this.door.closed()) return { kind: 'failed' }
    return reconcile(this.parts, isDryRun, prefer)
  }

  /** What an index lacks of the conversation; null if it is not its owner's. */
  pageForIndex(owner: Owner, had: Had) {
    return pageForIndex(this.parts, owner, had)
  }

  /** The messages around one, on a line that it is on. */
  around(call: Call, id: string, limit: number) {
    return around(this.parts.log, call.caller, id, limit)
  }
}
