import { log as logEvent, nameOf } from '../../events.ts'
import { type Database, openDatabase } from '../../storage/database.ts'
import { type Side, recordOf, rewind, rewindTo } from '../../storage/reconciliation.ts'
import { removeAllMessages, removeConversation } from '../../storage/removal.ts'
import { linkOf, linkSession } from '../../storage/session-links.ts'
import type { ConversationRow } from '../../storage/tables.ts'
import { troubleOf } from '../../storage/trouble.ts'
import type { Core } from '../duties/core.ts'
import type { InTurn } from '../duties/in-turn.ts'
import type { Head } from '../log/rows.ts'
import { type LinkStanding, type Standing, compare } from './compare.ts'
import { type Kinship, kinshipOf } from './kinship.ts'
import { type Merging, merge } from './merge.ts'

/** What a reconciliation works with. */
interface Reconciling extends Merging {
  erasure: { shown: () => Promise<unknown> }
  indexFeed: Merging['indexFeed'] & { tellAgain: () => void; owe: () => void }
  reconciling: InTurn
}

/**
 * Compares the record with the log, and makes them equal unless this is a dry run. What contradicts is left as it is
 * until the operator says which side is preferred.
 */
export async function reconcile(
  parts: Reconciling,
  isDryRun: boolean,
  prefer: Side | null,
): Promise<Standing> {
  const { id } = parts
  try {
    // One call after the other: two would mix what they read from the record.
    const standing = await parts.reconciling.run(() => reconciled(parts, isDryRun, prefer))
    // Who restored anything may have restored what the index was told with it.
    if (!isDryRun && parts.log.head() !== null) {
      parts.indexFeed.tellAgain()
      parts.indexFeed.owe()
    }
    return standing
  } catch (error) {
    logEvent({
      event: 'reconcile-failed',
      conversation_id: id,
      error: `${troubleOf(error)}: ${nameOf(error)}`,
    })
    return { kind: 'failed' }
  }
}

async function reconciled(
  parts: Reconciling,
  isDryRun: boolean,
  prefer: Side | null,
): Promise<Standing> {
  const { id, log, flush, erasure, settings } = parts
  if (log.erasing()) {
    if (!isDryRun) await erasure.shown()
    return { kind: 'erasing' }
  }
  // What is on its way to the record is no difference.
  if (log.exists) await flush.now()
  const db = openDatabase(settings().DB)
  const head = log.head()
  const theirs = await recordOf(db, id)
  if (head === null) {
    // Created while D1 was asked, it is no orphan: its row is its own.
    const isCreated = log.head() !== null
    return isCreated ? reconciled(parts, isDryRun, prefer) : orphan(parts, theirs, isDryRun, prefer)
  }
  const link = await lookAtLink(db, head, isDryRun)
  const kinship = theirs === null ? 'same' : kinshipOf(head, theirs)
  if (theirs !== null && kinship !== 'same') {
    if (!isDryRun) await settleReplaced(parts, theirs, kinship, prefer)
    return { kind: 'replaced', link }
  }
  const { standing: found, from } = await compare(parts, head, theirs)
  const standing = { ...found, link }
  if (isDryRun) return standing
  // A record that says by itself that it ends before what it lacks is filled up as it is; it may be just now.
  const isWrong = theirs !== null && from !== null && from <= theirs.lastSeq
  if (standing.kind === 'behind') await refill(parts, isWrong ? from : null)
  if (theirs === null) return standing
  if (standing.kind === 'ahead') await merge(parts, theirs, from ?? 1, prefer ?? 'record')
  if (standing.kind === 'different' && prefer !== null) {
    await merge(parts, theirs, from ?? head.lastSeq + 1, prefer)
  }
  return standing
}

/**
 * Writes a link anew that a restore of D1 has forgotten. Only the conversations that tell of it are named, because a
 * link may have been narrowed to some. The user who has the link now keeps it.
 */
async function lookAtLink(db: Database, head: Head, isDryRun: boolean): Promise<LinkStanding> {
  const { id, userId, sessionId } = head
  if (userId === null || sessionId === null) return 'well'
  const link = await linkOf(db, sessionId)
  if (link && link.userId !== userId) return 'different'
  if (link && (link.narrowedTo === null || link.narrowedTo.includes(id))) return 'well'
  if (isDryRun) return 'missing'
  // Another user may have come first just now.
  const written = await linkSession(db, sessionId, userId, [id], Date.now())
  return written.userId === userId ? 'missing' : 'different'
}

/**
 * The record shows what stood under this id before. `log` takes it for erased, and the record shows the log's instead;
 * `record` takes it for lost, and joins the two. What two owners said is never joined.
 */
async function settleReplaced(
  parts: Reconciling,
  theirs: ConversationRow,
  kinship: Kinship,
  prefer: Side | null,
): Promise<void> {
  if (prefer === 'record' && kinship === 'successor') await merge(parts, theirs, 1, prefer)
  if (prefer !== 'log') return
  await rewindTo(openDatabase(parts.settings().DB), theirs.id, 0)
  await refill(parts, null)
}

/** Sets the record back to before what it lacks: the next flush finds it behind, and fills it up. */
async function refill(
  { id, settings, log, flush, transactions }: Core & Pick<Reconciling, 'flush'>,
  lackingFrom: number | null,
) {
  if (lackingFrom !== null) await rewind(openDatabase(settings().DB), id, lackingFrom - 1)
  if (log.head() === null) return
  transactions.run(() => {
    log.change({}, Date.now())
    flush.owe()
  })
  await flush.now()
}

/**
 * A row whose object is empty: it was erased since the moment that D1 was restored to, or the object lost its storage.
 * Nobody here can know which, so nothing is done unless the operator says it.
 */
async function orphan(
  parts: Reconciling,
  theirs: ConversationRow | null,
  isDryRun: boolean,
  prefer: Side | null,
): Promise<Standing> {
  if (theirs === null) return { kind: 'absent' }
  if (isDryRun || prefer === null) return { kind: 'orphaned' }
  if (prefer === 'record') await merge(parts, theirs, 1, prefer)
  else await removeOrphan(parts, theirs.id)
  return { kind: 'orphaned' }
}

async function removeOrphan(parts: Reconciling, id: string): Promise<void> {
  const db = openDatabase(parts.settings().DB)
  await removeAllMessages(db, id, 0)
  await removeConversation(db, id)
  // Created meanwhile, its row may have gone too.
  if (parts.log.head() !== null) await refill(parts, null)
}
