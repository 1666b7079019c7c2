import type { Call } from '../contract/caller.ts'
import { CONNECT_HEADER, type Connect } from '../contract/live.ts'
import { type Answer, refuse } from '../contract/problem.ts'
import { toRead } from './access.ts'
import type { Desk } from './desk.ts'
import { hashOf, newTicket } from './tickets.ts'

/** What the Worker asks for: nobody else can make a request to the object. */
export const connectOf = (request: Request): Connect =>
  JSON.parse(decodeURIComponent(request.headers.get(CONNECT_HEADER) ?? '')) as Connect

/** A socket for who calls, or whose ticket it is. */
export async function connect(
  desk: Desk,
  { caller, ticket, after, isUpgrade }: Connect,
): Promise<Answer<{ socket: WebSocket }>> {
  const { log, live, tickets } = desk
  const hash = ticket === null ? null : await hashOf(ticket)
  const head = log.head()
  const taken = head && hash !== null ? tickets.take(hash, Date.now()) : null
  const who = caller ?? taken
  // The same for a conversation that is not there: a ticket that is nobody's asks for none.
  if (who === null) return refuse('invalid-ticket', { detail: 'It is good for 60 s, and once.' })
  const access = toRead(head, who)
  if (!access.ok) return access
  if (!isUpgrade) return refuse('upgrade-required', { detail: 'Send `Upgrade: websocket`.' })
  return live.connect(access.head, who, after)
}

export async function issueTicket(
  { log, tickets }: Desk,
  { caller }: Call,
): Promise<Answer<{ ticket: string; expiresAt: number }>> {
  const ticket = newTicket()
  const hash = await hashOf(ticket)
  const access = toRead(log.head(), caller)
  if (!access.ok) return access
  const expiresAt = tickets.issue(hash, caller, Date.now())
  if (expiresAt !== null) return { ok: true, ticket, expiresAt }
  return refuse('too-many-tickets', { detail: 'Use those that you have.', retry_after: 60 })
}
