import type { Refusal } from '../../contract/problem.ts'
import { maxBlocks, overQuota } from '../../contract/quota.ts'
import type { Head } from '../log/rows.ts'

/**
 * Whether the owner may store more, by what the last flush heard of them: no query comes before the answer. If not, it
 * is asked anew in the background, because they may have erased something since.
 */
export function admitSize(
  { settings, flush }: { settings: () => Env; flush: { askUsage: () => void } },
  { ownerBlocks }: Head,
): Refusal | null {
  const most = maxBlocks(settings())
  if (most === null || ownerBlocks < most) return null
  flush.askUsage()
  return overQuota(ownerBlocks, most)
}
