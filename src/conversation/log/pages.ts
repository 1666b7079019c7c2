import type { Caller, Owner } from '../../contract/caller.ts'
import type { Conversation } from '../../contract/conversation.ts'
import { EXPORT_PAGE, PAGE_CHARS } from '../../contract/limits.ts'
import type { Message } from '../../contract/message.ts'
import { thoughtsOf } from '../../contract/part.ts'
import type { ExportPage, ExtraPage, Fork } from '../../contract/portable.ts'
import { type Answer, refuse } from '../../contract/problem.ts'
import { toConversation } from '../../storage/conversations.ts'
import type { MessageRow } from '../../storage/tables.ts'
import { toRead } from './access.ts'
import type { History } from './history.ts'
import type { Path } from './path.ts'
import type { Head } from './rows.ts'
import type { Run } from './run.ts'
import { toMessages, toPortable, toWire } from './wire.ts'

/** Which messages a page is of: those of the conversation's line, of all branches, or of the line that ends at one. */
export type Branch = 'head' | 'all' | { id: string }

/** Which way a page of history runs, and the `seq` beyond which it begins; null for the very start. */
export interface PageRequest {
  order: 'asc' | 'desc'
  from: number | null
  limit: number
  branch?: Branch
  /** Where the line ended that the page before this one was of. */
  end?: number | null
}

export interface Page {
  messages: Message[]
  hasMore: boolean
  /** Where the line ends that it is of, for the next page; 0 if it is of all branches. */
  end: number
}

/** The conversation, and its newest messages, oldest first. */
export function newestPage(
  log: History,
  caller: Caller,
  limit: number,
): Answer<Page & { conversation: Conversation }> {
  const access = toRead(log.head(), caller)
  if (!access.ok) return access
  const { head } = access
  const path = log.path(head.headSeq)
  const { messages, hasMore } = fitting(log, path.before(path.end + 1, limit))
  const conversation = toConversation(head)
  return { ok: true, conversation, messages: messages.toReversed(), hasMore, end: path.end }
}

/** A message that was not deleted. */
export function messageOf(log: History, caller: Caller, id: string): Answer<{ message: Message }> {
  const access = toRead(log.head(), caller)
  if (!access.ok) return access
  const row = log.messageById(id)
  if (row === null || row.status === 'deleted') return refuse('no-such-message')
  return { ok: true, message: toWire(log, row) }
}

/** A page of history in the order it runs. */
export function historyPage(
  log: History,
  caller: Caller,
  request: PageRequest,
): Answer<Page & { owner: Owner }> {
  const access = toRead(log.head(), caller)
  if (!access.ok) return access
  const { order, from, limit, branch = 'head' } = request
  const line = branch === 'all' ? null : lineOf(log, access.head, request)
  if (line === 'absent') {
    const errors = [{ pointer: '?branch', detail: 'Send head, all, or the id of a message here' }]
    return refuse('invalid-request', { errors })
  }
  if (isOfAnother(line, request)) {
    const detail =
      'The cursor is of another branch. Send the branch that it came from, or no cursor.'
    return refuse('invalid-request', { errors: [{ pointer: '?branch', detail }] })
  }
  const source = line ?? log
  const run =
    order === 'asc'
      ? source.after(from ?? 0, limit)
      : source.before(from ?? access.head.lastSeq + 1, limit)
  const [owner] = log.owners()
  return { ok: true, ...fitting(log, run), end: line?.end ?? ALL, owner: owner! }
}

/** In place of the end of a line, if a page is of all branches. */
const ALL = 0

/** Whether a page follows one that was of other messages. A cursor of before there were branches says nothing of that. */
function isOfAnother(line: Path | null, { branch, end = null, from }: PageRequest): boolean {
  if (end === null || from === null) return false
  if (line === null) return end !== ALL
  return end === ALL || (typeof branch === 'object' && end !== line.end)
}

/**
 * The line that a page is of. Pages that follow one another are of one line: if the conversation went to another branch
 * meanwhile, they stay on that on which they began; if that one only grew, they go on with it.
 */
function lineOf(
  log: History,
  head: Head,
  { branch = 'head', end = null }: PageRequest,
): Path | 'absent' {
  if (typeof branch === 'object') {
    const row = log.messageById(branch.id)
    return row ? log.path(row.seq) : 'absent'
  }
  const line = log.path(head.headSeq)
  return end === null || end === 0 || end > head.lastSeq || line.has(end) ? line : log.path(end)
}

/** What of a run fits into an answer once each message tells of those beside it, which can be many. */
export function fitting(
  log: History,
  { rows, hasMore }: Run,
): { messages: Message[]; hasMore: boolean } {
  const messages = toMessages(log, rows)
  let left = PAGE_CHARS
  const most = messages.findIndex(({ siblings }, index) => {
    left -= siblings.reduce((sum, id) => sum + id.length, 0)
    return left < 0 && index > 0
  })
  return most === -1 ? { messages, hasMore } : { messages: messages.slice(0, most), hasMore: true }
}

/**
 * A page of an export, oldest first. The first one says where the export ends, whatever is said meanwhile. It has at most
 * 8 MiB of text, two bytes a unit, as much of `extra`, and one message more: RPC takes 32.
 *
 * @param isLine whether it is of one line, which ends at `upTo`, and at the conversation's head on the first page; else
 * it is of all branches
 */
export function exportPage(
  log: History,
  caller: Caller,
  after: number,
  upTo: number | null,
  isLine: boolean,
): Answer<ExportPage> {
  const access = toRead(log.head(), caller)
  if (!access.ok) return access
  const { head } = access
  const line = isLine ? log.path(upTo ?? head.headSeq) : null
  const last = upTo ?? line?.end ?? head.lastSeq
  const limit = Math.min(last - after, EXPORT_PAGE)
  const rows = limit > 0 ? (line ?? log).after(after, limit).rows : []
  const isFirst = upTo === null
  return {
    ok: true,
    conversation: toConversation(head),
    extra: isFirst ? log.extraAfter(-1, null) : null,
    messages: toPortable(log, rows),
    forks: line ? [] : forksAmong(log, isFirst, rows, last),
    leftOut: isFirst && line ? head.lastSeq - line.countBelow(last + 1) : 0,
    upTo: last,
  }
}

/** Which of some messages have others that branch off after them, up to the last of an export. */
function forksAmong(log: History, isFirst: boolean, rows: MessageRow[], last: number): Fork[] {
  const parents = [...(isFirst ? [{ seq: 0, id: null }] : []), ...rows]
  return parents.flatMap(({ seq, id }) => {
    const seqs = log.childrenOf(seq, last).filter((one) => one !== seq + 1 && one <= last)
    const children = seqs.flatMap((one) => log.messageAt(one) ?? [])
    if (children.length === 0) return []
    return [{ id, children: children.map((row) => ({ id: row.id, isReasoned: isReasoned(row) })) }]
  })
}

const isReasoned = ({ parts }: MessageRow): boolean => thoughtsOf(parts).length > 0

/** More of what comes before the messages. */
export function extraPage(
  log: History,
  caller: Caller,
  after: number,
  upTo: number,
): Answer<{ extra: ExtraPage }> {
  const access = toRead(log.head(), caller)
  if (!access.ok) return access
  const extra = log.extraAfter(after, upTo)
  if (extra) return { ok: true, extra }
  return refuse('try-again', { detail: 'A file was imported into it meanwhile.', retry_after: 1 })
}
