import { type Context, Hono } from 'hono'
import { html, raw } from 'hono/html'

import { isOn, loginUrl } from '../../../settings.ts'
import type { HonoEnv } from '../../caller/caller.ts'
import { IMMUTABLE } from '../../frame/headers.ts'
import { Problem } from '../../frame/problem.ts'

/**
 * Everything of its own, nothing from elsewhere. Pictures may come with a message, as `data:`; one that lies elsewhere is
 * a link. Nothing ever becomes script or markup from text: the browser refuses to (trusted types).
 */
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; " +
  "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; " +
  "require-trusted-types-for 'script'; trusted-types 'none'"

const asset = (c: Context<HonoEnv>, path: string) => c.env.ASSETS.fetch(new URL(path, c.req.url))

/** The page that people see; null if this deployment has none. `src/page` is its source. */
export async function pageOf(c: Context<HonoEnv>): Promise<Response | null> {
  if (!isOn(c.env, 'PAGE', true)) return null
  const found = await asset(c, '/index.html')
  if (!found.ok) return null
  const [before = '', after = ''] = (await found.text()).split('</head>')
  const login = html`<meta name="login-url" content="${loginUrl(c.env) ?? ''}" />`
  const page = html`${raw(before)}${login}</head>${raw(after)}`
  return c.html(page, 200, { 'content-security-policy': policy })
}

/** The page's own files. Their names change with what they hold, so a browser asks for each once. */
export const pageRoutes = new Hono<HonoEnv>().get('/page/:file', async (c) => {
  const found = isOn(c.env, 'PAGE', true) && (await asset(c, new URL(c.req.url).pathname))
  if (!found || found.status !== 200) throw new Problem('no-such-route')
  return c.newResponse(found.body, {
    headers: {
      'content-type': found.headers.get('content-type') ?? 'application/octet-stream',
      'cache-control': IMMUTABLE,
    },
  })
})
