import { CONNECT_HEADER, type Connect } from '../../contract/live.ts'
import { type Answer, refuse } from '../../contract/problem.ts'
import { toRead } from '../log/access.ts'
import type { History } from '../log/history.ts'
import type { Live } from './live.ts'
import type { UsedTickets } from './used-tickets.ts'

/** What the Worker asks for: nobody else can make a request to the object. */
export const connectOf = (request: Request): Connect =>
  JSON.parse(decodeURIComponent(request.headers.get(CONNECT_HEADER) ?? '')) as Connect

/** A socket for a caller, if the ticket that opens it has not opened another. */
export function connect(
  { log, live, usedTickets }: { log: History; live: Live; usedTickets: UsedTickets },
  { caller, ticket, after, isUpgrade, origin }: Connect,
): Answer<{ socket: WebSocket }> {
  const access = toRead(log.head(), caller)
  if (!access.ok) return access
  if (ticket && usedTickets.has(ticket.id)) {
    return refuse('invalid-ticket', {
      detail: 'It has opened a WebSocket before. Get another one.',
    })
  }
  if (!isUpgrade) return refuse('upgrade-required', { detail: 'Send `Upgrade: websocket`.' })
  const connected = live.connect(access.head, { caller, origin }, after)
  if (connected.ok && ticket) usedTickets.add(ticket.id, ticket.expiresAt, Date.now())
  return connected
}
