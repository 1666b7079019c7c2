import type { Context } from 'hono'

import { MESSAGES_PER_CALL } from '../../contract/limits.ts'
import type { Draft, Message } from '../../contract/message.ts'
import { isOn } from '../../settings.ts'
import type { HonoEnv } from '../caller/caller.ts'
import { Problem } from '../frame/problem.ts'
import { derivedId } from './chat-id.ts'
import { type Copy, type Line, changed, isAsKept, knownBefore, rowOf } from './copy.ts'
import { draftOf } from './drafts.ts'
import { isWaiting, resultsOf } from './results.ts'
import type { Standing } from './standing.ts'
import type { ChatRequest, UIMessage } from './ui-message.ts'

/** What a request comes to in Hilo's own terms. */
export interface Plan {
  drafts: Draft[]
  /** The message that comes before what is new, or is to be answered. Left out for the conversation's head. */
  parentId?: string | null
  replyId: string
  /** Whether the client has left the running reply behind. */
  interrupts?: boolean
  /** The turn that the reply goes on with. */
  turn?: Message[]
  /** Calls that a person did not allow. */
  denied?: string[]
  /** Whether the conversation has to go to another branch, which no new message takes it to. */
  goesBack?: boolean
}

const replyTo = (id: string): Promise<string> => derivedId('reply', id)

/** What of a client's copy is new, where it goes, and which reply is wanted. */
export async function planOf(
  c: Context<HonoEnv>,
  request: ChatRequest,
  copy: Copy,
  standing: Standing | null,
): Promise<Plan> {
  const { about } = copy
  const known = standing?.known ?? []
  const before = knownBefore(copy, known)
  const row = rowOf(about, known)
  if (about.message.role === 'assistant') return planResults(c, about, row, standing)
  if (standing === null || row === undefined) return planNew(c, copy, before, standing)
  if (isAsKept(about, row)) return planReply(request, standing, row)
  return planEdit(c, about, row, standing)
}

/** The same message again, or a wish for another reply to it. */
async function planReply(
  { trigger, messageId }: ChatRequest,
  { running, newestReply, isOnLine }: Standing,
  row: Message,
): Promise<Plan> {
  const again = { drafts: [], parentId: row.id, goesBack: !isOnLine }
  if (running?.answers === row.id) return { ...again, replyId: running.id }
  const replaced = trigger === 'regenerate-message' ? (messageId ?? newestReply) : null
  const replyId = replaced ? await derivedId('again', row.id, replaced) : await replyTo(row.id)
  return { ...again, replyId }
}

/**
 * Other words under the id of a message: they stand beside it. If that is just being answered, nobody waits for the answer
 * any more: it is stopped.
 */
async function planEdit(
  c: Context<HonoEnv>,
  { message, edited }: Line,
  row: Message,
  { running }: Standing,
): Promise<Plan> {
  if (message.role !== 'user' || row.role !== 'user') throw changed({ message, own: '', edited })
  const draft = draftOf(c, message, edited)
  const interrupts = running?.answers === row.id
  return { drafts: [draft], parentId: row.parent_id, replyId: await replyTo(edited), interrupts }
}

/** New messages, behind the last one that both have. If they have none in common, behind all there is. */
async function planNew(
  c: Context<HonoEnv>,
  { lines, about }: Copy,
  before: (Message | undefined)[],
  standing: Standing | null,
): Promise<Plan> {
  const lastKnown = before.findLastIndex((row) => row !== undefined)
  const unknown = lines.slice(lastKnown + 1)
  const fresh = unknown.filter((line) => line === about || isWritable(c, line.message))
  if (fresh.length > MESSAGES_PER_CALL) {
    const detail = `More than ${MESSAGES_PER_CALL} messages are new`
    throw new Problem('invalid-request', { errors: [{ pointer: '/messages', detail }] })
  }
  const after = before[lastKnown]
  const said = fresh.map(({ message, own }) => draftOf(c, message, own))
  const results = after && standing ? await lateResults(c, lines[lastKnown]!, after, standing) : []
  const plan = { drafts: [...results, ...said], replyId: await replyTo(about.own) }
  if (standing === null || after === undefined) return { ...plan, interrupts: false }
  if (leaves(lines, lastKnown, after, standing)) {
    // A reply that was asked for beside another one: what the client shows no longer has that.
    const beside = standing.running?.answers === after.id && standing.newestReply !== null
    return { ...plan, interrupts: true, ...(beside && { parentId: after.id }) }
  }
  return { ...plan, parentId: standing.rest.at(-1)?.id ?? after.id }
}

/** Results for the last turn that came only now, with what a person says next. */
async function lateResults(
  c: Context<HonoEnv>,
  { message }: Line,
  row: Message,
  { rest, running }: Standing,
): Promise<Draft[]> {
  const caller = rest.at(-1) ?? row
  if (running !== null || caller.tool_calls === null) return []
  return (await resultsOf(c, message, caller, [])).drafts
}

/**
 * Whether the client has something new behind the running reply: it shows some of that, or what that answers and nothing
 * of it, as after a stop before the first word.
 */
function leaves(lines: Line[], lastKnown: number, after: Message, { running }: Standing): boolean {
  if (running === null) return false
  if (running.answers === after.id || lines.some(({ own }) => own === running.id)) return true
  // A client that lacks a result may know nothing of the reply to it.
  const shown = lines[lastKnown]?.message.parts ?? []
  return running.turn[0]?.id === after.id && !shown.some(isWaiting)
}

/**
 * Whether a message that is not here is kept. What the caller may not write is left out, such as a greeting that a page
 * made up, or the rest of a reply that failed: the model does not see it either. The newest message is kept or refused.
 */
function isWritable(c: Context<HonoEnv>, { role }: UIMessage): boolean {
  if (role === 'user' || c.get('caller').service) return true
  return isOn(c.env, role === 'system' ? 'ALLOW_CLIENT_SYSTEM' : 'ALLOW_CLIENT_ASSISTANT', false)
}

/** Results that a client has for the calls of a turn that is here. */
async function planResults(
  c: Context<HonoEnv>,
  about: Line,
  row: Message | undefined,
  standing: Standing | null,
): Promise<Plan> {
  if (row === undefined || standing === null || row.role !== 'assistant') throw nothingNew()
  if (!isAsKept(about, row)) throw changed(about)
  const turn = [row, ...standing.rest]
  const caller = turn.findLast((one) => one.tool_calls !== null)
  if (caller === undefined) throw nothingNew()
  const after = turn.slice(turn.indexOf(caller) + 1).filter(({ role }) => role === 'tool')
  const brought = await resultsOf(c, about.message, caller, after)
  const { drafts, denied, waiting } = brought
  if (waiting.length > 0) {
    const detail = `Nothing of this request was stored. ${waiting.join(' ')}`
    throw new Problem('tool-calls-outstanding', { detail })
  }
  // A turn that has all its results: this is the same request again.
  const end = drafts.length > 0 ? turn.at(-1) : after.at(-1)
  if (end === undefined) throw nothingNew()
  const answered = drafts.at(-1)?.id ?? end.id
  const { running, isOnLine } = standing
  const replyId = running?.answers === answered ? running.id : await replyTo(answered)
  const upTo = drafts.length > 0 ? turn : turn.slice(0, turn.indexOf(end) + 1)
  return {
    drafts,
    parentId: end.id,
    replyId,
    turn: upTo,
    denied,
    goesBack: drafts.length === 0 && !isOnLine,
  }
}

const nothingNew = (): Problem =>
  new Problem('nothing-to-answer', {
    detail:
      'The last message is the assistant’s, and it has no new results of tools. Nothing was stored. Send a message of the user.',
  })
