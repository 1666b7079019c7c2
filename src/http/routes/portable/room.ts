import type { Owner } from '../../../contract/caller.ts'
import type { Refusal } from '../../../contract/problem.ts'
import { blocksOf, maxBlocks, overQuota } from '../../../contract/quota.ts'
import { openDatabase } from '../../../storage/database.ts'
import { usageOf } from '../../../storage/usage.ts'
import { patiently } from '../../frame/patience.ts'

/** How much is taken in, in bytes, before the record is asked anew: others of the owner's calls may take in as much. */
const ASK_AFTER_BYTES = 16 * 2 ** 20

/** What an owner may still store, while a call brings many conversations. */
export class Room {
  readonly #env: Env
  readonly #owner: Owner | null
  /** What the owner has, and may have, as of the last time that the record was asked. */
  #known: Promise<number> | null = null
  #bytes = 0
  #blocks = 0

  constructor(env: Env, owner: Owner | null) {
    this.#env = env
    this.#owner = owner
  }

  /** Takes room for a conversation of so many bytes; what is left of the quota may be overdrawn by one. */
  async admit(bytes: number): Promise<Refusal | null> {
    const most = maxBlocks(this.#env)
    if (most === null || this.#owner === null) return null
    if (this.#known === null || this.#bytes > ASK_AFTER_BYTES) {
      this.#bytes = 0
      this.#blocks = 0
      this.#known = patiently(usageOf(openDatabase(this.#env.DB), this.#owner), 0)
    }
    const known = await this.#known
    if (known + this.#blocks >= most) return overQuota(known + this.#blocks, most)
    this.#bytes += bytes
    this.#blocks += blocksOf(bytes)
    return null
  }
}
