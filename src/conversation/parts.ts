import { archiveAfterDays } from '../settings.ts'
import { Checkpoints } from './checkpoints/checkpoints.ts'
import type { Alarm } from './duties/alarm.ts'
import type { Core } from './duties/core.ts'
import { Duties } from './duties/duties.ts'
import { InTurn } from './duties/in-turn.ts'
import { wake } from './duties/wake.ts'
import { Erasure } from './erasure/erasure.ts'
import { IndexFeed } from './index-feed/index-feed.ts'
import { Live } from './live/live.ts'
import { UsedTickets } from './live/used-tickets.ts'
import { Log } from './log/log.ts'
import { Tables } from './log/tables.ts'
import { Transactions } from './log/transactions.ts'
import { Memory } from './memory/memory.ts'
import { owe } from './memory/owe.ts'
import { Flush } from './record/flush.ts'
import { isPending } from './record/outbox.ts'
import { CurrentReply } from './reply/current.ts'
import { Replies } from './reply/replies.ts'

/** The parts of the object. Each function and class takes only those that it needs. */
export interface Parts extends Core {
  flush: Flush
  indexFeed: IndexFeed
  memory: Memory
  current: CurrentReply
  replies: Replies
  live: Live
  usedTickets: UsedTickets
  erasure: Erasure
  reconciling: InTurn
  checkpoints: Checkpoints
}

/** Builds the parts, each from those before it. */
export function openParts(ctx: DurableObjectState, settings: () => Env): Parts {
  const { storage } = ctx
  const id = ctx.id.name ?? ''
  const transactions = new Transactions(storage, id)
  const tables = new Tables(storage.sql, transactions)
  const log = new Log(storage, id, transactions, tables, () => archiveAfterDays(settings()))
  const duties = new Duties(storage, transactions, tables, log)
  const core: Core = { ctx, id, settings, transactions, tables, log, duties }

  const current = new CurrentReply()
  const indexFeed = new IndexFeed(core)
  const flush = new Flush(core, current, indexFeed)
  const memory = new Memory(core, flush)
  const live = new Live(core, current)
  log.listener = live
  const replies = new Replies(core, current, {
    started: (reply) => live.started(reply),
    said: (reply, piece) => live.said(reply, piece),
    kept: (head) => owe({ flush, memory }, head, [], null),
    ended: (reply, end) => live.ended(reply, end),
    finished: () => flush.now(),
  })
  const erasure = new Erasure(core, { flush, replies, live, indexFeed })
  const usedTickets = new UsedTickets(tables)
  const reconciling = new InTurn()
  const appender = { ...core, current, flush, memory, replies }
  const checkpoints = new Checkpoints(appender)
  return { ...appender, live, indexFeed, erasure, usedTickets, reconciling, checkpoints }
}

/** Takes up what the object owes, as often as it wakes. */
export const wakeUp = (parts: Parts): void =>
  wake(parts, () => {
    const { log, replies, flush, indexFeed, checkpoints } = parts
    replies.settleLeftover()
    const head = log.head()
    if (head && isPending(head)) flush.owe()
    else if (head) indexFeed.owe()
    checkpoints.takeUp()
  })

/** What an alarm does, with these parts. */
export function alarmOf(parts: Parts): Alarm {
  const { flush, indexFeed, memory, live, replies, erasure, usedTickets, checkpoints } = parts
  return {
    ...parts,
    wake: () => wakeUp(parts),
    tidy: () => usedTickets.sweep(Date.now()),
    performers: {
      flush: () => flush.now(),
      index: () => indexFeed.run(),
      memory: () => memory.run(),
      sockets: () => live.expire(Date.now()),
      reply: () => replies.watch(Date.now()),
      writing: () => checkpoints.run(Date.now()),
      erase: () => erasure.run(),
    },
  }
}
