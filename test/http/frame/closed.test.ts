import { expect, test } from 'vitest'

import { app } from '../../../src/http/app.ts'
import { closedByDefault } from '../../../src/http/caller/closed.ts'
import { contents } from '../../../src/http/contents.ts'
import { routes } from '../../../src/http/frame/openapi.ts'
import { onError } from '../../../src/http/frame/problem.ts'
import { as } from '../../support/api.ts'
import { problemOf } from '../../support/problems.ts'

// Middleware is registered for all methods.
const registered = app.routes
  .filter(({ method }) => method !== 'ALL')
  .map(({ method, path }) => `${method} ${path}`)

test('the contents list every route, and no other', () => {
  const listed = contents.map(([method, path]) => `${method} ${path}`)
  expect(listed.toSorted()).toEqual([...new Set(registered)].toSorted())
})

const isOpen = ([, , who]: (typeof contents)[number]) => who === 'anybody'
const at = (path: string) =>
  path.replace(':id', crypto.randomUUID()).replace(':type', 'no-such-route')

test.each(contents.filter((one) => !isOpen(one)))(
  '%s %s is closed to callers who prove nothing',
  async (method, path) => {
    for (const where of [at(path), `${at(path)}/`]) {
      const answer = await as.nobody.request(method, where)
      expect((await problemOf(answer)).status).toBe(401)
    }
  },
)

test.each(contents.filter(isOpen))('%s %s needs no caller', async (method, path) => {
  const response = await as.nobody.request(method, at(path))
  // A login proves two callers at once, and says so itself.
  expect(response.status === 401).toBe(path === '/api/sessions/link')
  await response.body?.cancel()
})

test('a route that somebody adds under a new prefix is closed until the contents say otherwise', async () => {
  const added = routes()
  added.onError(onError)
  added.use(closedByDefault)
  added.get('/new/:id', (c) => c.text('secret'))
  added.get('/problems', (c) => c.text('open'))
  const { env } = await import('cloudflare:workers')
  const closed = await added.request('/new/1', {}, env)
  expect([closed.status, await closed.text()]).toEqual([401, expect.not.stringContaining('secret')])
  expect((await added.request('/problems', {}, env)).status).toBe(200)
  // A stranger who mistypes learns that there is no such route.
  expect((await added.request('/nothing', {}, env)).status).toBe(404)
})
