import type { Call } from '../../contract/caller.ts'
import { isFileId } from '../../contract/file.ts'
import type { Draft, Message } from '../../contract/message.ts'
import { fileIdsIn } from '../../contract/part.ts'
import { type Answer, busy, refuse } from '../../contract/problem.ts'
import { log as logEvent } from '../../events.ts'
import { filesOf } from '../../objects.ts'
import { REMOVED } from '../../storage/messages.ts'
import type { MessageRow } from '../../storage/tables.ts'
import { isDoneWithin } from '../../within.ts'
import type { Core } from '../duties/core.ts'
import { toErase } from '../log/access.ts'
import { toWire } from '../log/wire.ts'

/** How long a deletion waits for who counts the files, and for the index. */
const PATIENCE_MS = 2_000

interface Deleting extends Core {
  flush: { owe: () => void; shown: () => Promise<void> }
  indexFeed: { hide: (seqs: number[]) => Promise<void> }
  current: { running: { id: string } | null; last: { id: string } | null; hasLeftover: boolean }
}

type Said = Pick<Draft, 'content' | 'parts' | 'toolCalls' | 'extra'>

/** A part of what a message says: what the caller has seen of it, and what is to be left; the same if it is gone already. */
interface PartRemoval {
  seen: Said
  rest: Said
}

export interface Deletion {
  id: string
  /** Null if all of it is to go. */
  part: PartRemoval | null
}

/** Deletes it, and answers once the record shows that. */
export async function deleteShown(
  parts: Deleting,
  call: Call,
  deletion: Deletion,
): Promise<Answer<{ message: Message }>> {
  const files = filesIn(parts, call, deletion)
  // First, so that whatever becomes of this call, what it leaves unnamed is found to be so.
  if (files && !(await isDoneWithin(PATIENCE_MS, files.of.lookSoon(parts.id, files.ids)))) {
    return refuse('try-again', { detail: 'Nothing was deleted.', retry_after: 5 })
  }
  const deleted = deleteMessage(parts, call, deletion)
  if (!deleted.ok) return deleted
  // A title that was made of its words went with it.
  const hiding = parts.indexFeed.hide([deleted.message.seq])
  const isHidden = await isDoneWithin(PATIENCE_MS, hiding)
  await parts.flush.shown()
  if (files) await isDoneWithin(PATIENCE_MS, files.of.lookAgain(parts.id, files.ids))
  if (isHidden) return deleted
  return refuse('try-again', {
    detail: 'It is deleted, but a search may still find it for a while. Send the same again.',
    retry_after: 5,
  })
}

/** The files of a message that is to be deleted, and who counts them; null if it names none, or the caller may not delete it. */
function filesIn({ log, settings }: Deleting, { caller }: Call, { id }: Deletion) {
  if (!toErase(log.head(), null, caller).ok) return null
  const [owner] = log.owners()
  const ids = fileIdsIn(log.messageById(id)?.parts ?? null).filter(isFileId)
  return ids.length > 0 && owner ? { of: filesOf(settings(), owner), ids } : null
}

/**
 * Deletes what a message says, or a part of it. Its number, its id and its place stay, so that nothing else moves; its
 * words are gone from the log, and with the next flush from the record.
 */
function deleteMessage(
  { log, flush, current, transactions }: Deleting,
  { caller, requestId }: Call,
  { id, part }: Deletion,
): Answer<{ message: Message }> {
  const access = toErase(log.head(), null, caller)
  if (!access.ok) return access
  const { head } = access
  const row = log.messageById(id)
  if (current.running) return busy(current.running.id)
  if (current.hasLeftover) return refuse('try-again', { retry_after: 5 })
  if (row === null) return refuse('no-such-message')
  // Asked again by who was not told that no search finds it any more.
  if (part && saidIn(part.seen) === saidIn(part.rest))
    return { ok: true, message: toWire(log, row) }
  if (row.status === 'deleted') {
    return part ? refuse('no-such-message') : { ok: true, message: toWire(log, row) }
  }
  if (head.hold) {
    return refuse('on-hold', {
      detail: 'Nothing was deleted. A service with the scope hold lifts it.',
    })
  }
  if (part && saidIn(part.seen) !== saidIn(row)) {
    return refuse('try-again', { detail: 'The message has just changed.', retry_after: 1 })
  }
  const rest = part ? { ...row, ...part.rest, extra: counted(row, part.rest) } : wordless(row)
  const now = Date.now()
  transactions.run(() => {
    log.remove(row, rest, head, now)
    // Such a title is the words of the first question.
    if (head.isTitleMadeUp && row.role === 'user') log.change({ title: null }, now)
    flush.owe()
  })
  if (current.last?.id === id) current.last = null
  const service = caller.service?.name ?? null
  const by = service === null ? 'owner' : 'service'
  logEvent({
    event: 'message-deleted',
    by,
    service,
    conversation_id: head.id,
    request_id: requestId,
  })
  return { ok: true, message: toWire(log, rest) }
}

const saidIn = ({ content, parts, toolCalls, extra }: Said): string =>
  JSON.stringify([content, parts, toolCalls, extra])

/** So that the record, too, sees that there is less than before. */
const counted = (row: MessageRow, { extra }: Said): Said['extra'] => ({
  ...extra,
  [REMOVED]: Number(row.extra?.[REMOVED] ?? 0) + 1,
})

const wordless = (row: MessageRow): MessageRow => ({
  ...row,
  content: '',
  parts: null,
  toolCalls: null,
  toolCallId: null,
  finishReason: null,
  extra: null,
  status: 'deleted',
})
