import type * as z from 'zod'

import type { Call, Caller } from '../../contract/caller.ts'
import type { Conversation } from '../../contract/conversation.ts'
import type { Draft, Message } from '../../contract/message.ts'
import { type Answer, busy, refuse } from '../../contract/problem.ts'
import type { OnBusy, Series } from '../../contract/reply.ts'
import { toConversation } from '../../storage/conversations.ts'
import { toWrite } from '../log/access.ts'
import type { Head } from '../log/rows.ts'
import { toMessages } from '../log/wire.ts'
import { owe } from '../memory/owe.ts'
import { admitToolResults, inOrder, openBefore, placeOf, sift } from './admission.ts'
import { type Appender, keep } from './keep.ts'
import { admitSize } from './quota.ts'
import { named } from './series.ts'

export interface Appending {
  drafts: Draft[]
  /** The number of the last message that the caller knows of; a reply that is interrupted comes after it. */
  expectedSeq: number | null
  onBusy: z.infer<typeof OnBusy>
  /** The message that the first one follows; null if it begins the conversation anew, undefined for the head. */
  parentId?: string | null | undefined
  series?: Series | undefined
}

/** Keeps messages without asking for a reply, in one transaction with what they make due and what they interrupt. */
function append(
  parts: Appender,
  head: Head,
  caller: Caller,
  appending: Appending,
): Answer<{ head: Head; messages: Message[]; isNew: boolean }> {
  const { log, current, transactions } = parts
  const { expectedSeq, onBusy, parentId } = appending
  const { drafts } = named(parts, head, { ...appending, parent_id: parentId })
  const sifted = sift(parts, drafts)
  if (!sifted.ok) return sifted
  const { fresh, stored } = sifted
  const place = placeOf(parts, head, parentId, drafts, stored)
  if (!place.ok) return place
  let standing = head
  let messages: Message[] | null = null
  const { running } = current
  if (fresh.length > 0) {
    if (running && onBusy !== 'interrupt') return busy(running.id)
    if (expectedSeq !== null && expectedSeq !== head.lastSeq) {
      const detail = `The last message is ${head.lastSeq}. Nothing of this request was stored.`
      return refuse('seq-mismatch', { detail, last_seq: head.lastSeq })
    }
    const refusal =
      admitSize(parts, head) ??
      admitToolResults(openBefore(parts, head, place.after), caller, drafts, fresh)
    if (refusal) return refusal
    const kept = transactions.run(() => {
      const appended = keep(parts, head, fresh, place.after)
      owe(parts, appended.head, fresh, caller)
      return appended
    })
    if (fresh.length === drafts.length) messages = kept.messages
    for (const row of kept.rows) stored.set(row.id, row)
    standing = kept.head
  }
  messages ??= toMessages(log, inOrder(drafts, stored))
  return { ok: true, head: standing, messages, isNew: fresh.length > 0 }
}

/** The same for a caller, who gets the conversation with it. */
export function appendOf(
  parts: Appender,
  { caller }: Call,
  appending: Appending,
): Answer<{ messages: Message[]; conversation: Conversation; isNew: boolean }> {
  const access = toWrite(parts.log.head(), caller)
  if (!access.ok) return access
  const appended = append(parts, access.head, caller, appending)
  if (!appended.ok) return appended
  const { head, messages, isNew } = appended
  return { ok: true, messages, isNew, conversation: toConversation(head) }
}
