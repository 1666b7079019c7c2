import type * as z from 'zod'

import type { Call, Caller } from '../../contract/caller.ts'
import type { Draft, Message } from '../../contract/message.ts'
import { type Answer, refuse } from '../../contract/problem.ts'
import type { OnBusy } from '../../contract/reply.ts'
import { log as logEvent } from '../../events.ts'
import { toMessage } from '../../storage/messages.ts'
import type { Desk } from '../desk.ts'
import { type Beginnings, newRow } from '../head/fields.ts'
import { isOwner } from '../log/access.ts'
import type { Head } from '../log/rows.ts'
import { owe } from '../memory/owe.ts'
import { interrupt, onceStopped } from '../reply/interrupt.ts'
import { admitToolResults, busy, inOrder, sift } from './admission.ts'
import { admitSize } from './quota.ts'

export interface Appending {
  drafts: Draft[]
  /** The number of the last message that the caller knows of; a reply that is interrupted comes after it. */
  expectedSeq: number | null
  onBusy: z.infer<typeof OnBusy>
}

/** Keeps messages without asking for a reply, in one transaction with what they make due and what they interrupt. */
export function append(
  desk: Desk,
  head: Head,
  caller: Caller,
  { drafts, expectedSeq, onBusy }: Appending,
): Answer<{ head: Head; messages: Message[]; isNew: boolean }> {
  const { log, replies, transactions } = desk
  const sifted = sift(desk, drafts)
  if (!sifted.ok) return sifted
  const { fresh, stored } = sifted
  let after = head
  const { running } = replies
  if (fresh.length > 0) {
    if (running && onBusy !== 'interrupt') return busy(running.id)
    if (expectedSeq !== null && expectedSeq !== head.lastSeq) {
      const detail = `The last message is ${head.lastSeq}. Nothing of this request was stored.`
      return refuse('seq-mismatch', { detail, last_seq: head.lastSeq })
    }
    const refusal =
      admitSize(desk, head) ?? admitToolResults(onceStopped(desk, head), caller, drafts, fresh)
    if (refusal) return refusal
    const kept = transactions.run(() => {
      interrupt(desk)
      const before = running ? (log.head() ?? head) : head
      const appended = log.append(before, fresh, Date.now())
      owe(desk, appended.head, fresh, caller)
      return appended
    })
    for (const row of kept.rows) stored.set(row.id, row)
    after = kept.head
  }
  const messages = inOrder(drafts, stored).map(toMessage)
  return { ok: true, head: after, messages, isNew: fresh.length > 0 }
}

/** The same caller creating it again gets what stands; first messages go in only while there are none. */
export function create(
  desk: Desk,
  id: string,
  { caller, requestId }: Call,
  beginnings: Beginnings,
  drafts: Draft[],
): Answer<{ isNew: boolean }> {
  const { log, transactions } = desk
  const { owner } = caller
  if (owner === null) return refuse('not-permitted')
  const standing = log.head()
  const isTaken = standing ? !isOwner(standing, caller) : log.erasing() !== null
  if (isTaken) return refuse('id-taken')
  const sifted = sift(desk, drafts)
  if (!sifted.ok) return sifted
  const { fresh } = sifted
  if (standing && standing.lastSeq > 0 && fresh.length > 0) {
    return refuse('conversation-started', {
      detail: 'Nothing of this request was stored. Append its messages.',
      last_seq: standing.lastSeq,
    })
  }
  const openCalls = standing?.openCalls ?? []
  const refusal = admitToolResults({ openCalls }, caller, drafts, fresh)
  if (refusal) return refusal
  const now = Date.now()
  transactions.run(() => {
    if (!standing) log.create(newRow(id, owner, beginnings, now), now)
    const head = log.head()
    if (head === null) throw new Error('What was just created is not there')
    const after = fresh.length > 0 ? log.append(head, fresh, now).head : head
    if (!standing || fresh.length > 0) owe(desk, after, fresh, caller)
  })
  if (!standing) {
    logEvent({ event: 'created', conversation_id: id, owner: owner.kind, request_id: requestId })
  }
  return { ok: true, isNew: !standing }
}
