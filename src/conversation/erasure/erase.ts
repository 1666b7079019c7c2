import type { Call } from '../../contract/caller.ts'
import { type Answer, refuse } from '../../contract/problem.ts'
import { isExpired } from '../../contract/quiet.ts'
import { log as logEvent } from '../../events.ts'
import { retention } from '../../settings.ts'
import { isDoneWithin } from '../../within.ts'
import type { Core } from '../duties/core.ts'
import { toErase } from '../log/access.ts'
import type { History } from '../log/history.ts'
import type { Erasure } from './erasure.ts'

/** How long a receipt waits for the index. */
const PATIENCE_MS = 2_000

/** What was erased. */
export interface Receipt {
  messages: number
  /** How many files its messages named: those that nothing else names go with it. */
  files: number
  /** When, in ms since the epoch. */
  erasedAt: number
}

/** Erases a conversation for its owner, or a service that may. Asked again, it gives the same receipt while it can. */
export function erase(
  { log, erasure }: { log: History; erasure: Erasure },
  { caller, requestId }: Call,
): Answer<Receipt> {
  const standing = log.erasing()
  const access = toErase(log.head(), standing?.head ?? null, caller)
  if (!access.ok) return access
  const { head } = access
  const messages = head.lastSeq
  const files = log.filesNamed()
  if (standing) return { ok: true, messages, files, erasedAt: standing.requestedAt }
  if (head.hold) {
    return refuse('on-hold', {
      detail: 'Nothing was erased. A service with the scope hold lifts it.',
    })
  }
  const now = Date.now()
  erasure.begin(now)
  const service = caller.service?.name ?? null
  const by = service === null ? 'owner' : 'service'
  const facts = { conversation_id: head.id, messages, request_id: requestId }
  logEvent({ event: 'erased', by, service, ...facts })
  return { ok: true, messages, files, erasedAt: now }
}

/** The receipt, once nobody finds it any more: an index shows what it has until it has let go. */
export async function eraseShown(
  { erasure }: { erasure: Erasure },
  receipt: { ok: true } & Receipt,
): Promise<Answer<Receipt & { isCleared: boolean }>> {
  const lettingGo = isDoneWithin(PATIENCE_MS, erasure.letGo())
  const isCleared = await erasure.shown()
  const isLetGo = isCleared || (await lettingGo)
  if (isLetGo) return { ...receipt, isCleared }
  return refuse('try-again', {
    detail:
      'It is being erased, and is not there any more, but a search may still find it for a while. Ask again for the receipt.',
    retry_after: 5,
  })
}

/** Erases a conversation whose time is over at `now`. Whether it was. */
export function eraseExpired(
  { log, settings, erasure }: Core & { erasure: Erasure },
  requestId: string,
  now: number,
): boolean {
  const head = log.head(now)
  if (head === null || head.hold || !isExpired(head, retention(settings()), now)) return false
  erasure.begin(Date.now())
  const facts = { conversation_id: head.id, messages: head.lastSeq, request_id: requestId }
  logEvent({ event: 'erased', by: 'retention', service: null, ...facts })
  return true
}
