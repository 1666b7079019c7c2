import type { Caller } from '../../contract/caller.ts'
import { type Answer, refuse } from '../../contract/problem.ts'
import { type ThreadMessage, type ThreadPage, threadExtraOf } from '../../contract/thread.ts'
import { toMessage } from '../../storage/messages.ts'
import { type MessageRow, parentOf } from '../../storage/tables.ts'
import { toRead } from '../log/access.ts'
import type { History } from '../log/history.ts'
import { resultsOf, spokenBefore } from './results.ts'
import type { Writing, WritingRow } from './writing.ts'

/** How many pages of the log are read for one of a thread, in which results of tools are no messages. */
const PAGES = 20

/** Where a page begins: after a message that its client names, or below a number; null for the newest. */
export interface ThreadPageRequest {
  after: string | null
  below: number | null
  limit: number
}

/**
 * A page of all branches, the newest first: what is being written, then what is kept. It may be shorter than its limit,
 * if its messages are long: `next` says whether others follow.
 */
export function threadPage(
  log: History,
  writing: Writing,
  { id: conversationId, caller }: { id: string; caller: Caller },
  { after, below, limit }: ThreadPageRequest,
): Answer<ThreadPage> {
  const access = toRead(log.head(), caller)
  if (!access.ok) return access
  const now = Date.now()
  const place = placeOf(log, writing.all(), after)
  if (place === null) {
    const errors = [{ pointer: '?after', detail: 'No message of this thread has this id' }]
    return refuse('invalid-request', { errors })
  }
  const messages =
    below === null
      ? place.open.slice(0, limit).map((one) => ofWriting(log, conversationId, one, now))
      : []
  let from = below ?? place.below ?? access.head.lastSeq + 1
  for (let page = 0; page < PAGES && messages.length < limit && from > 1; page += 1) {
    const wanted = limit - messages.length
    const { rows, hasMore } = log.before(from, wanted)
    messages.push(...rows.filter(({ role }) => role !== 'tool').map((one) => ofRow(log, one, now)))
    from = hasMore ? (rows.at(-1)?.seq ?? 1) : 1
    // What is long goes by itself: RPC takes 32 MiB.
    if (hasMore && rows.length < wanted) break
  }
  return { ok: true, owner: log.owners()[0]!, messages, next: from > 1 ? from : null }
}

/** What comes after a message that a client names; null if there is no such message. */
function placeOf(log: History, open: WritingRow[], after: string | null) {
  if (after === null) return { open, below: null }
  const at = open.findIndex(({ id }) => id === after)
  if (at >= 0) return { open: open.slice(at + 1), below: null }
  const row = log.messageById(after)
  return row && { open: [], below: row.seq }
}

function ofRow(log: History, row: MessageRow, now: number): ThreadMessage {
  const run = threadExtraOf(row)?.run
  return {
    message: toMessage(row, spokenBefore(log, parentOf(row), parentOf)),
    results: resultsOf(log, row).map(({ toolCallId, content }) => ({
      callId: toolCallId ?? '',
      content,
    })),
    quietMs: run ? Math.max(0, now - row.createdAt) : null,
    updatedAt: row.createdAt,
  }
}

function ofWriting(
  log: History,
  conversationId: string,
  { writing: [message, ...results], parentSeq, beganAt, heardAt }: WritingRow,
  now: number,
): ThreadMessage {
  const row = { ...message, conversationId, seq: log.lastSeq() + 1, parentSeq, createdAt: beganAt }
  return {
    message: toMessage(row, spokenBefore(log, parentSeq, parentOf)),
    results: results.map(({ toolCallId, content }) => ({ callId: toolCallId ?? '', content })),
    quietMs: Math.max(0, now - heardAt),
    updatedAt: heardAt,
  }
}
