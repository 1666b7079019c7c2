import { archiveAfterDays } from '../settings.ts'
import type { SessionLinkRow } from '../storage/tables.ts'
import { Budget } from './budget.ts'
import { claim } from './claim.ts'
import { Duties } from './duties.ts'
import { Erasure } from './erasure.ts'
import { Flush } from './flush.ts'
import { InTurn } from './in-turn.ts'
import { Live } from './live.ts'
import type { Log } from './log.ts'
import { Memory } from './memory.ts'
import { Replies } from './replies.ts'
import { ToldLog } from './told-log.ts'
import { Transactions } from './transactions.ts'
import { UsedTickets } from './used-tickets.ts'

/** What the object works with. */
export interface Desk {
  id: string
  storage: DurableObjectStorage
  transactions: Transactions
  settings: () => Env
  log: Log
  duties: Duties
  flush: Flush
  memory: Memory
  replies: Replies
  live: Live
  usedTickets: UsedTickets
  erasure: Erasure
  reconciling: InTurn
}

export function openDesk(ctx: DurableObjectState, settings: () => Env): Desk {
  const { storage } = ctx
  const id = ctx.id.name ?? ''
  const transactions = new Transactions(storage, id)
  const log = new ToldLog(storage, id, transactions, () => archiveAfterDays(settings()))
  const duties = new Duties(storage, transactions)
  const claimBy = ({ sessionId, userId }: SessionLinkRow) => claim(desk, 'flush', sessionId, userId)
  const flush = new Flush(ctx, () => settings().DB, log, duties, transactions, claimBy)
  const memory = new Memory(
    ctx,
    settings,
    log,
    duties,
    flush,
    transactions,
    new Budget(storage.sql),
  )
  const live = new Live(ctx, log, duties, () => replies.running)
  const replies = new Replies(ctx, settings, log, duties, flush, memory, live, transactions)
  const usedTickets = new UsedTickets(storage.sql)
  const erasure = new Erasure(
    ctx,
    () => settings().DB,
    log,
    duties,
    flush,
    replies,
    live,
    transactions,
  )
  log.listener = live
  const keeping = { id, storage, transactions, settings, log, duties }
  const working = { flush, memory, replies, live, usedTickets, erasure, reconciling: new InTurn() }
  const desk = { ...keeping, ...working }
  return desk
}
