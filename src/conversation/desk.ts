import { archiveAfterDays } from '../settings.ts'
import type { SessionLinkRow } from '../storage/tables.ts'
import { Duties } from './duties/duties.ts'
import { InTurn } from './duties/in-turn.ts'
import { Erasure } from './erasure/erasure.ts'
import { claim } from './head/claim.ts'
import { Live } from './live/live.ts'
import { UsedTickets } from './live/used-tickets.ts'
import type { Log } from './log/log.ts'
import { ToldLog } from './log/told-log.ts'
import { Transactions } from './log/transactions.ts'
import { Budget } from './memory/budget.ts'
import { Memory } from './memory/memory.ts'
import { Flush } from './record/flush.ts'
import { Replies } from './reply/replies.ts'

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
