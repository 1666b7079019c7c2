import { Hono } from 'hono'

import type { HonoEnv } from '../../caller/caller.ts'

const page = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Hilo: the API</title>
    <link rel="stylesheet" href="/docs/swagger-ui.css" />
    <link rel="icon" href="data:," />
  </head>
  <body>
    <div id="viewer"></div>
    <script src="/docs/swagger-ui-bundle.js"></script>
    <script src="/docs/viewer.js"></script>
  </body>
</html>
`

const viewer = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#viewer', deepLinking: true, validatorUrl: null })\n`

// The viewer styles what it draws in place and draws its icons from data.
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
  "font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/** The reference, and the viewer's files out of its npm package: no other network is needed. */
export const docsRoutes = new Hono<HonoEnv>({ strict: false })
  .get('/docs', (c) => c.html(page, 200, { 'content-security-policy': policy }))
  .get('/docs/viewer.js', (c) => c.body(viewer, 200, { 'content-type': 'text/javascript' }))

// One by one, and not as a pattern: beside other paths of /docs, that would leave all routes to the slower router.
for (const file of ['swagger-ui.css', 'swagger-ui-bundle.js']) {
  docsRoutes.get(`/docs/${file}`, async (c) => {
    const found = await c.env.ASSETS.fetch(new URL(`/docs/${file}`, c.req.url))
    return c.newResponse(found.body, found)
  })
}
