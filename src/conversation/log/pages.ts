import type { Caller } from '../../contract/caller.ts'
import type { Conversation } from '../../contract/conversation.ts'
import { EXPORT_PAGE } from '../../contract/limits.ts'
import type { Message } from '../../contract/message.ts'
import type { ExportPage, ExtraPage } from '../../contract/portable.ts'
import { type Answer, refuse } from '../../contract/problem.ts'
import { toConversation } from '../../storage/conversations.ts'
import { toMessage } from '../../storage/messages.ts'
import { toRead } from './access.ts'
import type { History } from './history.ts'

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

/** The conversation, and its newest messages, oldest first. */
export function newestPage(
  log: History,
  caller: Caller,
  limit: number,
): Answer<Page & { conversation: Conversation }> {
  const access = toRead(log.head(), caller)
  if (!access.ok) return access
  const { head } = access
  const { rows, hasMore } = log.before(head.lastSeq + 1, limit)
  const messages = rows.toReversed().map(toMessage)
  return { ok: true, conversation: toConversation(head), messages, hasMore }
}

/** A page of history in the order it runs. */
export function historyPage(log: History, caller: Caller, request: PageRequest): Answer<Page> {
  const access = toRead(log.head(), caller)
  if (!access.ok) return access
  const { order, from, limit } = request
  const { rows, hasMore } =
    order === 'asc'
      ? log.after(from ?? 0, limit)
      : log.before(from ?? access.head.lastSeq + 1, limit)
  return { ok: true, messages: rows.map(toMessage), hasMore }
}

/**
 * A page of an export, oldest first. The first one says where the export ends, whatever is said meanwhile. It has at most
 * 8 MiB of text, two bytes a unit, as much of `extra`, and one message more: RPC takes 32.
 */
export function exportPage(
  log: History,
  caller: Caller,
  after: number,
  upTo: number | null,
): Answer<ExportPage> {
  const access = toRead(log.head(), caller)
  if (!access.ok) return access
  const { head } = access
  const last = upTo ?? head.lastSeq
  // Numbers have no gap, so their difference is how many there are.
  const { rows } = log.after(after, Math.min(last - after, EXPORT_PAGE))
  return {
    ok: true,
    conversation: toConversation(head),
    extra: upTo === null ? log.extraAfter(-1, null) : null,
    messages: rows.map(toMessage),
    upTo: last,
  }
}

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
