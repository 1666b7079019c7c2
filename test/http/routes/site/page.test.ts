import { expect, test } from 'vitest'

import { send, sendWith } from '../../../support/api.ts'
import { problemOf } from '../../../support/problems.ts'

const asBrowser = { headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' } }
const filesOf = (page: string): string[] =>
  [...page.matchAll(/(?:href|src)="([^"]*)"/g)].map(([, path = '']) => path)

test('a browser gets the page, and every file that it names, once and for all', async () => {
  const answer = await send('/', asBrowser)
  expect(answer.status).toBe(200)
  expect(answer.headers.get('content-type')).toContain('text/html')
  expect(answer.headers.get('cache-control')).toBe('no-store')
  const files = filesOf(await answer.text())
  expect(files.length).toBeGreaterThan(3)
  for (const path of files) {
    const file = await send(path)
    expect([path, file.status]).toEqual([path, 200])
    expect(file.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    expect(file.headers.get('x-content-type-options')).toBe('nosniff')
    expect((await file.text()).length).toBeGreaterThan(50)
  }
})

test('the page runs its own scripts, and nothing that text might become', async () => {
  const { headers } = await send('/', asBrowser)
  const policy = headers.get('content-security-policy') ?? ''
  expect(policy).toContain("default-src 'none'")
  expect(policy).toContain("script-src 'self'")
  expect(policy).toContain("require-trusted-types-for 'script'")
  expect(policy).not.toMatch(/unsafe|https?:|\*/)
  expect(headers.get('set-cookie')).toBeNull()
})

test.each([
  ['/', 'same-origin', '?1'],
  ['/healthz', null, null],
])('%s says of windows and frames only what is of use to it', async (path, opener, agent) => {
  const { headers } = await send(path, asBrowser)
  expect(headers.get('cross-origin-opener-policy')).toBe(opener)
  expect(headers.get('origin-agent-cluster')).toBe(agent)
  expect(headers.get('x-frame-options')).toBe('SAMEORIGIN')
})

test('of what was built, only the page’s own files are there', async () => {
  for (const path of [
    '/page/nothing.js',
    '/page/',
    '/index.html',
    '/made-from',
    '/page/..%2fmade-from',
  ]) {
    const problem = await problemOf(send(path))
    expect([path, problem.status]).toEqual([path, 404])
  }
})

test('PAGE=off switches it off, with its files', async () => {
  const [, script = ''] = filesOf(await (await send('/', asBrowser)).text())
  const answer = await sendWith({ PAGE: 'off' }, '/', asBrowser)
  expect(await answer.text()).not.toContain('/page/')
  expect((await problemOf(sendWith({ PAGE: 'off' }, script))).status).toBe(404)
})

test('LOGIN_URL is told to the page as text, whatever is in it', async () => {
  const changed = { LOGIN_URL: 'https://login.test/?to="><script>x</script>' }
  const page = await (await sendWith(changed, '/', asBrowser)).text()
  expect(page).toContain(
    '<meta name="login-url" content="https://login.test/?to=&quot;&gt;&lt;script',
  )
  expect(page.match(/<script/g)).toHaveLength(1)
})
