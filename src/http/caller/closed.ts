import type { MiddlewareHandler } from 'hono'
import { matchedRoutes } from 'hono/route'

import { contents } from '../contents.ts'
import type { HonoEnv } from './caller.ts'
import { authenticateOrTicket } from './tickets.ts'

const open = new Set(
  contents.flatMap(([method, path, who]) => (who === 'anybody' ? [`${method} ${path}`] : [])),
)

/** Lets nobody into a route who has not proven who they are, unless the contents say that it is open. */
export const closedByDefault: MiddlewareHandler<HonoEnv> = (c, next) => {
  // Middleware is registered for all methods; what has one is a route.
  const matched = matchedRoutes(c).filter(({ method }) => method !== 'ALL')
  const isOpen = matched.every(({ method, path }) => open.has(`${method} ${path}`))
  return isOpen ? next() : authenticateOrTicket(c, next)
}
