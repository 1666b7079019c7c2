import type { Caller, Owner } from '../../contract/caller.ts'
import type { Message } from '../../contract/message.ts'
import { type Answer, refuse } from '../../contract/problem.ts'
import { toRead } from './access.ts'
import type { History } from './history.ts'
import { fitting } from './pages.ts'

/** Messages on both sides of one, in their order, and whether there are more on either. */
export interface Around {
  messages: Message[]
  hasOlder: boolean
  hasNewer: boolean
  /** Where the line ends that they are on. */
  end: number
  /** Whose the conversation is. */
  owner: Owner
}

/** The line is the conversation's if the message is on it; else the one that goes on from it to the newest end. */
export function around(log: History, caller: Caller, id: string, limit: number): Answer<Around> {
  const access = toRead(log.head(), caller)
  if (!access.ok) return access
  const row = log.messageById(id)
  if (row === null) {
    const errors = [{ pointer: '?around', detail: 'No message of this conversation has this id' }]
    return refuse('invalid-request', { errors })
  }
  const own = log.path(access.head.headSeq)
  const line = own.has(row.seq) ? own : log.path(log.newestLeafBelow(row.seq))
  // Half of them before it; more, if not as many follow.
  const following = line.countAbove(row.seq, limit)
  const most = Math.max(Math.ceil(limit / 2), limit - following)
  const older = fitting(log, line.before(row.seq + 1, most))
  const newer = fitting(log, line.after(row.seq, Math.max(limit - older.messages.length, 1)))
  const rest = limit - older.messages.length
  const messages = [...older.messages.toReversed(), ...newer.messages.slice(0, rest)]
  return {
    ok: true,
    messages,
    hasOlder: older.hasMore,
    hasNewer: newer.hasMore || newer.messages.length > rest,
    end: line.end,
    owner: log.owners()[0]!,
  }
}
