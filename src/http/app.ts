import { cors } from 'hono/cors'
import { methodNotAllowed } from 'hono/method-not-allowed'
import { requestId } from 'hono/request-id'
import { secureHeaders } from 'hono/secure-headers'

import { version } from '../../package.json'
import { limitBody, requireJson, unlessFile } from './body.ts'
import { type HonoEnv, authenticate, noteServices } from './caller/caller.ts'
import { contextRoutes } from './context.ts'
import { continueRoutes } from './continue.ts'
import { conversationCreateRoutes } from './conversation-create.ts'
import { conversationListRoutes } from './conversation-list.ts'
import { conversationRoutes } from './conversations.ts'
import { docsRoutes } from './docs.ts'
import { eraseRoutes } from './erase.ts'
import { exportRoutes } from './export.ts'
import { healthRoutes } from './health.ts'
import { importRoutes, requireImporter } from './import.ts'
import { linkRoutes } from './link.ts'
import { liveRoutes } from './live.ts'
import { messageRoutes } from './messages.ts'
import { routes } from './openapi.ts'
import { isAllowedOrigin } from './origins.ts'
import { Problem, onError, respond } from './problem.ts'
import { reconcileRoutes } from './reconcile.ts'
import { sessionRoutes } from './sessions.ts'
import { stopRoutes } from './stop.ts'
import { streamRoutes } from './stream.ts'
import { authenticateOrTicket } from './tickets.ts'
import { welcomeRoutes } from './welcome.ts'

export const app = routes()

app.onError(onError)
app.notFound((c) => respond(c, new Problem('no-such-route')))

app.use(requestId())
app.use(
  secureHeaders({
    contentSecurityPolicy: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
    referrerPolicy: 'no-referrer',
    // The page of /docs brings a policy of its own.
    overwrite: false,
  }),
)
app.use(async (c, next) => {
  await next()
  c.res.headers.set('cache-control', 'no-store')
})
const crossOrigin = cors({
  origin: (origin, c) => (isAllowedOrigin(c.env, origin) ? origin : null),
  credentials: true,
  allowMethods: ['GET', 'POST', 'PATCH', 'DELETE'],
  allowHeaders: [
    'Authorization',
    'Content-Type',
    'Hilo-Acting-For',
    'Last-Event-ID',
    'X-Request-Id',
  ],
  exposeHeaders: [
    'Content-Disposition',
    'Link',
    'Location',
    'Retry-After',
    'WWW-Authenticate',
    'X-Request-Id',
  ],
  maxAge: 7200,
})
// Who sends no origin is no page of a browser's that would ask.
app.use((c, next) => (c.req.header('origin') === undefined ? next() : crossOrigin(c, next)))
app.use(
  methodNotAllowed<HonoEnv>({
    app,
    onMethodNotAllowed: (c, methods) => {
      const allow = methods.join(', ')
      return respond(c, new Problem('method-not-allowed', { detail: `Use ${allow}.` }, { allow }))
    },
  }),
)
app.use('/api/*', noteServices)
app.use('/api/conversations/*', authenticateOrTicket)
app.use('/api/erase', authenticate)
app.use('/api/admin/*', authenticate)
app.use('/api/export/*', authenticate)
app.use('/api/import/*', authenticate, requireImporter)
app.use('/api/*', unlessFile(limitBody), unlessFile(requireJson))

app.route('/', welcomeRoutes)
app.route('/', healthRoutes)
app.route('/', docsRoutes)
app.route('/', sessionRoutes)
app.route('/', linkRoutes)
app.route('/', conversationCreateRoutes)
app.route('/', conversationRoutes)
app.route('/', conversationListRoutes)
app.route('/', messageRoutes)
app.route('/', continueRoutes)
app.route('/', streamRoutes)
app.route('/', stopRoutes)
app.route('/', liveRoutes)
app.route('/', contextRoutes)
app.route('/', eraseRoutes)
app.route('/', reconcileRoutes)
app.route('/', exportRoutes)
app.route('/', importRoutes)

app.openAPIRegistry.registerComponent('securitySchemes', 'bearer', {
  type: 'http',
  scheme: 'bearer',
  description: "A user's JWT, a session's token or a service's token",
})
app.openAPIRegistry.registerComponent('securitySchemes', 'cookie', {
  type: 'apiKey',
  in: 'cookie',
  name: '__Host-hilo_session',
})
app.doc31('/openapi.json', {
  openapi: '3.1.0',
  info: {
    title: 'Hilo',
    version,
    description:
      'Chat history at the edge. A service with the scope `act` names the owner it acts for in the header ' +
      '`Hilo-Acting-For: user:ID` or `session:ID`. `X-Request-Id` may be sent with any request and is in every ' +
      'answer. Errors are problems (RFC 9457); beside those of each route, an unknown path is a 404 ' +
      '`no-such-route` and a method that a route does not take a 405 `method-not-allowed`, with `Allow`.',
  },
})
