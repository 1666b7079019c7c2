import { Hono } from 'hono'
import { accepts } from 'hono/accepts'
import { html } from 'hono/html'

import { explanations } from '../../../contract/explanations.ts'
import { type ProblemType, catalogue } from '../../../contract/problem.ts'
import type { HonoEnv } from '../../caller/caller.ts'
import { Problem } from '../../frame/problem.ts'
import { pageOf } from './page.ts'

const policy = {
  'content-security-policy':
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
}

const style = `:root { color-scheme: light dark }
body { font: 1.05rem/1.6 system-ui, sans-serif; max-width: 44rem; margin: 3rem auto; padding: 0 1rem }
pre { overflow-x: auto; padding: 0.8rem; border: 1px solid #8884; border-radius: 0.4rem }
`

const page = (title: string, body: unknown) =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <link rel="stylesheet" href="/welcome.css" />
      </head>
      <body>
        ${body}
      </body>
    </html>`

const describes = {
  name: 'Hilo',
  description: 'Keeps chat history: conversations, messages, replies',
  reference: '/openapi.json',
  docs: '/docs',
  health: '/healthz',
  problems: '/problems',
}

/** The name that a problem has in `type`, the problems that share it, and the status of the first. */
const problems = Map.groupBy(Object.keys(catalogue) as ProblemType[], (type) => {
  const [, , name = type]: readonly [number, string, string?] = catalogue[type]
  return name
})

const wantsPage = (c: Parameters<typeof accepts>[0]): boolean =>
  accepts(c, {
    header: 'Accept',
    supports: ['application/json', 'text/html'],
    default: 'application/json',
  }) === 'text/html'

const textOf = (types: ProblemType[]): string =>
  types
    .map((type) => `${catalogue[type][0]} ${catalogue[type][1]}\n\n${explanations[type]}\n`)
    .join('\n')

/** For somebody who knows nothing yet: the root, and the address in a problem’s `type`. */
export const welcomeRoutes = new Hono<HonoEnv>({ strict: false })
  .get('/', async (c) => {
    if (!wantsPage(c)) return c.json(describes)
    const own = await pageOf(c)
    if (own) return own
    const { origin } = new URL(c.req.url)
    const body = html`<h1>Hilo runs here</h1>
      <p>
        Hilo keeps chat history: conversations, messages, replies. Programs talk to it over HTTP.
        <a href="/docs">Read and try the API</a>, or look at the
        <a href="/openapi.json">OpenAPI document</a>, the <a href="/healthz">health</a> of this
        deployment and <a href="/problems">what each error means</a>.
      </p>
      <p>The first steps, in a terminal: a visitor’s session, and a conversation.</p>
      <pre>
curl -s -c .jar -X POST ${origin}/api/sessions
curl -s -b .jar ${origin}/api/conversations --json '{"messages":[{"role":"user","content":"Hello"}]}'</pre>`
    return c.html(page('Hilo', body), 200, policy)
  })
  .get('/welcome.css', (c) => c.body(style, 200, { 'content-type': 'text/css' }))
  .get('/problems', (c) => c.text([...problems.keys()].toSorted().join('\n')))
  .get('/problems/:type', (c) => {
    const types = problems.get(c.req.param('type'))
    if (types === undefined) {
      throw new Problem('no-such-problem', { detail: 'GET /problems lists all of them.' })
    }
    return c.text(textOf(types))
  })
