import { log as logEvent, nameOf } from '../events.ts'
import { openDatabase } from '../storage/database.ts'
import { messageIds, recordStateOf, rewind } from '../storage/reconciliation.ts'
import { removeConversation, removeMessages } from '../storage/removal.ts'
import { troubleOf } from '../storage/trouble.ts'
import type { Desk } from './desk.ts'
import type { Head } from './rows.ts'

/** Messages compared or removed in one query. */
const CHUNK = 5_000

/**
 * How the record stands to a log: `equal`; `behind` by some messages or changes; `different`, with messages that the
 * log has not (nothing is overwritten); `orphaned`, a row whose object holds nothing; `absent`, in neither place; `erasing`; or
 * `failed`, where D1 did not answer.
 */
export type Standing =
  | { kind: 'equal' | 'different' | 'orphaned' | 'absent' | 'erasing' | 'failed' }
  | { kind: 'behind'; messages: number }

/** Compares the record with the log, and makes it equal unless this is but a dry run. */
export async function reconcile(desk: Desk, id: string, isDryRun: boolean): Promise<Standing> {
  try {
    return await reconciled(desk, id, isDryRun)
  } catch (error) {
    logEvent({
      event: 'reconcile-failed',
      conversation_id: id,
      error: `${troubleOf(error)}: ${nameOf(error)}`,
    })
    return { kind: 'failed' }
  }
}

async function reconciled(desk: Desk, id: string, isDryRun: boolean): Promise<Standing> {
  const { log, flush, erasure } = desk
  if (log.erasing()) {
    if (!isDryRun) await erasure.shown()
    return { kind: 'erasing' }
  }
  // What is on its way to the record is no difference.
  if (log.exists) await flush.now()
  const head = log.head()
  if (head === null) return removeOrphan(desk, id, isDryRun)
  const standing = await compare(desk, head)
  if (standing.kind === 'behind' && !isDryRun) await refill(desk, head.id, standing.lackingFrom)
  return standing.kind === 'behind' ? { kind: 'behind', messages: standing.messages } : standing
}

type Compared =
  | { kind: 'equal' | 'different' }
  | { kind: 'behind'; messages: number; lackingFrom: number | null }

/** Message by message, by their ids: what has the same id is the same. */
async function compare({ settings, log }: Desk, head: Head): Promise<Compared> {
  const db = openDatabase(settings().DB)
  const state = await recordStateOf(db, head.id)
  if (state === null) return { kind: 'behind', messages: head.lastSeq, lackingFrom: 1 }
  let messages = 0
  let lackingFrom: number | null = null
  for (let after = 0; after < head.lastSeq; after += CHUNK) {
    const held = await messageIds(db, head.id, after, CHUNK)
    for (const [seq, id] of log.ids(after, Math.min(after + CHUNK, head.lastSeq))) {
      const found = held.get(seq)
      if (found !== undefined && found !== id) return { kind: 'different' }
      if (found !== undefined) continue
      messages += 1
      lackingFrom ??= seq
    }
  }
  // The log may have gone on meanwhile, and the record with it.
  const now = log.head() ?? head
  if (state.lastSeq > now.lastSeq || state.version > now.version) return { kind: 'different' }
  const isEqual = messages === 0 && state.lastSeq >= head.lastSeq && state.version >= head.version
  return isEqual ? { kind: 'equal' } : { kind: 'behind', messages, lackingFrom }
}

/** Sets the record back to before what it lacks: the next flush finds it behind, and fills it up. */
async function refill(
  { settings, log, flush, transactions }: Desk,
  id: string,
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

async function removeOrphan(desk: Desk, id: string, isDryRun: boolean): Promise<Standing> {
  const { settings, log } = desk
  const db = openDatabase(settings().DB)
  if ((await recordStateOf(db, id)) === null) return { kind: 'absent' }
  if (isDryRun) return { kind: 'orphaned' }
  while ((await removeMessages(db, id, CHUNK)) === CHUNK);
  await removeConversation(db, id)
  // Created meanwhile, its row may have gone too.
  if (log.head() !== null) await refill(desk, id, null)
  return { kind: 'orphaned' }
}
