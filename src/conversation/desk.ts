import { archiveAfterDays } from '../settings.ts'
import { Duties } from './duties.ts'
import { Erasure } from './erasure.ts'
import { Flush } from './flush.ts'
import { Log } from './log.ts'
import { Memory } from './memory.ts'
import { Replies } from './replies.ts'

/** What the object works with. */
export interface Desk {
  settings: () => Env
  log: Log
  duties: Duties
  flush: Flush
  memory: Memory
  replies: Replies
  erasure: Erasure
}

export function openDesk(ctx: DurableObjectState, settings: () => Env): Desk {
  const id = ctx.id.name ?? ''
  const log = new Log(ctx.storage, id, () => archiveAfterDays(settings()))
  const duties = new Duties(ctx.storage)
  const flush = new Flush(ctx, () => settings().DB, log, duties)
  const memory = new Memory(ctx, settings, log, duties, flush)
  const replies = new Replies(ctx, settings, log, duties, flush, memory)
  const erasure = new Erasure(ctx, () => settings().DB, log, duties, flush, replies)
  return { settings, log, duties, flush, memory, replies, erasure }
}
