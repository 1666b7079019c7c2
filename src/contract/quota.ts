import { type Refusal, refuse } from './problem.ts'

/**
 * The unit that an owner's storage is counted in, as a file system counts: 16 KiB, and one block for the conversation
 * itself. So the count changes once in a few messages, and many small conversations are counted too.
 */
const BLOCK_BYTES = 2 ** 14
const BLOCKS_PER_MB = 2 ** 20 / BLOCK_BYTES

/** The triggers of the record count the same. */
export const blocksOf = (bytes: number): number => Math.floor(bytes / BLOCK_BYTES) + 1

/** How many blocks an owner may have; null without a bound. Read everywhere, so one that makes no sense counts as none. */
export function maxBlocks(env: Pick<Env, 'MAX_MB_PER_OWNER'>): number | null {
  const megabytes = Number(env.MAX_MB_PER_OWNER)
  return Number.isSafeInteger(megabytes) && megabytes >= 1 ? megabytes * BLOCKS_PER_MB : null
}

/** The refusal for an owner who has stored as much as is allowed. */
export const overQuota = (blocks: number, most: number): Refusal =>
  refuse('over-quota', {
    detail:
      `The conversations of this owner take up ${megabytes(blocks)} MB of ${megabytes(most)} MB. ` +
      'Nothing of this request was stored. Erase conversations, and try again a minute later.',
  })

const megabytes = (blocks: number): string =>
  (blocks / BLOCKS_PER_MB).toFixed(1).replace(/\.0$/, '')
