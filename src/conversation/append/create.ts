import type { Call } from '../../contract/caller.ts'
import type { Conversation } from '../../contract/conversation.ts'
import type { Draft } from '../../contract/message.ts'
import { type Answer, refuse } from '../../contract/problem.ts'
import { log as logEvent } from '../../events.ts'
import { handedOver } from '../head/claim.ts'
import { type Beginnings, newRow } from '../head/fields.ts'
import { shown } from '../head/shown.ts'
import { isOwner } from '../log/access.ts'
import { owe } from '../memory/owe.ts'
import { admitToolResults, sift } from './admission.ts'
import type { Appender } from './keep.ts'
import { meant } from './same.ts'

/** How long after a request its client may send it again, in ms. */
const AGAIN_MS = 60 * 60 * 1000

/**
 * The same caller creating it again gets what stands; first messages go in only while there are none.
 *
 * @param isSame whether what stands has to be just what this makes, and new: whatever went on since is another chat
 */
function create(
  parts: Appender,
  { caller, requestId }: Call,
  beginnings: Beginnings,
  drafts: Draft[],
  isSame: boolean,
): Answer<{ isNew: boolean }> {
  const { id, log, transactions } = parts
  const { owner } = caller
  if (owner === null) return refuse('not-permitted')
  const standing = log.head()
  const isTaken = standing ? !isOwner(standing, caller) : log.erasing() !== null
  if (isTaken) return refuse('id-taken')
  const sifted = sift(parts, drafts)
  if (!sifted.ok) return sifted
  const { fresh } = sifted
  if (standing && isSame) {
    const isMore = standing.lastSeq !== drafts.length || fresh.length > 0 || parts.current.running
    const isOld = standing.createdAt < Date.now() - AGAIN_MS
    const isOther = meant(standing.metadata) !== meant(beginnings.metadata)
    if (isMore || isOld || isOther) return refuse('id-taken')
  }
  if (standing && standing.lastSeq > 0 && fresh.length > 0) {
    return refuse('conversation-started', {
      detail: 'Nothing of this request was stored. Append its messages.',
      last_seq: standing.lastSeq,
    })
  }
  // Messages go in only while there are none.
  const refusal = admitToolResults({ openCalls: [], before: null }, caller, drafts, fresh)
  if (refusal) return refusal
  const now = Date.now()
  transactions.run(() => {
    if (!standing) log.create(newRow(id, owner, beginnings, now), now)
    const head = log.head()
    if (head === null) throw new Error('What was just created is not there')
    const after = fresh.length > 0 ? log.append(head, fresh, now).head : head
    if (!standing || fresh.length > 0) owe(parts, after, fresh, caller)
  })
  if (!standing) {
    logEvent({ event: 'created', conversation_id: id, owner: owner.kind, request_id: requestId })
  }
  return { ok: true, isNew: !standing }
}

/** Creates a conversation, and answers once the record shows it. */
export async function createShown(
  parts: Appender,
  call: Call,
  beginnings: Beginnings,
  drafts: Draft[],
  isSame = false,
): Promise<Answer<{ conversation: Conversation; isNew: boolean }>> {
  const created = create(parts, call, beginnings, drafts, isSame)
  if (!created.ok) return created
  const answer = await shown(parts, call)
  return handedOver(parts.log, call) ?? (answer.ok ? { ...answer, isNew: created.isNew } : answer)
}
