import type { OpenAPIHono } from '@hono/zod-openapi'

import { version } from '../../../package.json'
import type { HonoEnv } from '../caller/caller.ts'

/** The reference that is made of the routes' contracts. */
export function describe(app: OpenAPIHono<HonoEnv>): void {
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
}
