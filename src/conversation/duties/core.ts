import type { Log } from '../log/log.ts'
import type { Transactions } from '../log/transactions.ts'
import type { Duties } from './duties.ts'

/** What every part of the object works with. */
export interface Core {
  ctx: DurableObjectState
  /** The conversation's id, and the object's name. */
  id: string
  /** Read anew each time: a deployment may change them while the object lives. */
  settings: () => Env
  transactions: Transactions
  log: Log
  duties: Duties
}
