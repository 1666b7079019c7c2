import { cors } from 'hono/cors'
import { methodNotAllowed } from 'hono/method-not-allowed'
import { requestId } from 'hono/request-id'
import { secureHeaders } from 'hono/secure-headers'

import { version } from '../../package.json'
import { type HonoEnv, authenticate, noteServices } from './caller/caller.ts'
import { authenticateOrTicket } from './caller/tickets.ts'
import { limitBody, requireJson, unlessFile } from './frame/body.ts'
import { routes } from './frame/openapi.ts'
import { isAllowedOrigin } from './frame/origins.ts'
import { Problem, onError, respond } from './frame/problem.ts'
import { reconcileRoutes } from './routes/admin/reconcile.ts'
import { contextRoutes } from './routes/conversations/context.ts'
import { conversationRoutes } from './routes/conversations/conversation.ts'
import { conversationCreateRoutes } from './routes/conversations/create.ts'
import { eraseRoutes } from './routes/conversations/erase.ts'
import { conversationListRoutes } from './routes/conversations/list.ts'
import { continueRoutes } from './routes/messages/continue.ts'
import { liveRoutes } from './routes/messages/live.ts'
import { messageRoutes } from './routes/messages/messages.ts'
import { stopRoutes } from './routes/messages/stop.ts'
import { streamRoutes } from './routes/messages/stream.ts'
import { exportRoutes } from './routes/portable/export.ts'
import { importRoutes, requireImporter } from './routes/portable/import.ts'
import { linkRoutes } from './routes/sessions/link.ts'
import { sessionRoutes } from './routes/sessions/sessions.ts'
import { docsRoutes } from './routes/site/docs.ts'
import { healthRoutes } from './routes/site/health.ts'
import { welcomeRoutes } from './routes/site/welcome.ts'

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
