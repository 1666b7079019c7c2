import type { Log } from '../log/log.ts'
import type { Tables } from '../log/tables.ts'
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
  tables: Tables
  log: Log
  duties: Duties
}
