import { methodNotAllowed } from 'hono/method-not-allowed'
import { requestId } from 'hono/request-id'

import { limitBody, requireJson } from './body.ts'
import { type HonoEnv, authenticate, noteServices } from './caller/caller.ts'
import { contextRoutes } from './context.ts'
import { continueRoutes } from './continue.ts'
import { conversationListRoutes } from './conversation-list.ts'
import { conversationRoutes } from './conversations.ts'
import { docsRoutes } from './docs.ts'
import { answerHeaders, preflight } from './headers.ts'
import { healthRoutes } from './health.ts'
import { linkRoutes } from './link.ts'
import { messageRoutes } from './messages.ts'
import { routes } from './openapi.ts'
import { Problem, onError, respond } from './problem.ts'
import { sessionRoutes } from './sessions.ts'

export const app = routes()

app.onError(onError)
app.notFound((c) => respond(c, new Problem('no-such-route')))

app.use(requestId())
app.use(answerHeaders, preflight)
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
app.use('/api/conversations/*', authenticate)
app.use('/api/*', limitBody, requireJson)

app.route('/', healthRoutes)
app.route('/', docsRoutes)
app.route('/', sessionRoutes)
app.route('/', linkRoutes)
app.route('/', conversationRoutes)
app.route('/', conversationListRoutes)
app.route('/', messageRoutes)
app.route('/', continueRoutes)
app.route('/', contextRoutes)

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
    version: '1',
    description:
      'Chat history at the edge. A service with the scope `act` names the owner it acts for in the header ' +
      '`Hilo-Acting-For: user:ID` or `session:ID`. `X-Request-Id` may be sent with any request and is in every ' +
      'answer. Errors are problems (RFC 9457); beside those of each route, an unknown path is a 404 ' +
      '`no-such-route` and a method that a route does not take a 405 `method-not-allowed`, with `Allow`.',
  },
})
