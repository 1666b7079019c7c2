import type { MiddlewareHandler } from 'hono'
import { matchedRoutes } from 'hono/route'

import { contents } from '../contents.ts'
import { type HonoEnv, noteServices } from './caller.ts'
import { authenticateOrTicket } from './tickets.ts'

const open = new Set(
  contents.flatMap(([method, path, who]) => (who === 'anybody' ? [`${method} ${path}`] : [])),
)

/**
 * Lets nobody into a route who has not proven who they are, unless the contents say that it is open. What a service does
 * there goes into the log.
 */
export const closedByDefault: MiddlewareHandler<HonoEnv> = async (c, next) => {
  // Middleware is registered for all methods; what has one is a route.
  const isOpen = matchedRoutes(c).every(
    ({ method, path }) => method === 'ALL' || open.has(`${method} ${path}`),
  )
  if (!isOpen) await authenticateOrTicket(c)
  await next()
  noteServices(c)
}
