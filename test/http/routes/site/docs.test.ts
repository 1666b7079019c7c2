import { expect, test } from 'vitest'

import { bodyOf, send } from '../../../support/api.ts'
import { operations } from '../../../support/routes.ts'

interface Reference {
  openapi: string
  info: { title: string }
  paths: Record<string, Record<string, { operationId?: string; responses: Record<string, object> }>>
  components: { schemas: Record<string, object>; securitySchemes: Record<string, object> }
}

test('shows the reference in a viewer that needs no other network', async () => {
  const response = await send('/docs')
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toContain('text/html')
  const page = await response.text()
  const links = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link]) => link ?? '')
  expect(links.length).toBeGreaterThan(2)
  for (const link of links.filter((one) => !one.startsWith('data:'))) {
    const file = await send(link)
    expect([link, file.status]).toEqual([link, 200])
    expect((await file.text()).length).toBeGreaterThan(50)
  }
  expect(page).not.toMatch(/https?:|"\/\//)
})

test.each([
  ['/docs/swagger-ui.css', 'text/css'],
  ['/docs/swagger-ui-bundle.js', 'javascript'],
  ['/docs/viewer.js', 'javascript'],
])('serves %s as what it is', async (path, type) => {
  const response = await send(path)
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toContain(type)
  expect(response.headers.get('x-content-type-options')).toBe('nosniff')
  await response.body?.cancel()
})

test('lets the page run its own scripts and nothing from elsewhere', async () => {
  const policy = (await send('/docs')).headers.get('content-security-policy') ?? ''
  const directives = new Map(
    policy.split('; ').map((directive) => {
      const [name = '', ...sources] = directive.split(' ')
      return [name, sources]
    }),
  )
  expect(directives.get('default-src')).toEqual(["'none'"])
  expect(directives.get('script-src')).toEqual(["'self'"])
  expect(directives.get('style-src')).toContain("'self'")
  expect(directives.get('connect-src')).toEqual(["'self'"])
  expect(policy).not.toMatch(/https?:|\*/)
})

test('points the viewer at the reference of this deployment', async () => {
  const script = await (await send('/docs/viewer.js')).text()
  expect(script).toContain("url: '/openapi.json'")
  expect(script).toContain('validatorUrl: null')
})

test('serves nothing else of the package', async () => {
  for (const path of [
    '/docs/index.html',
    '/docs/package.json',
    '/package.json',
    '/swagger-ui.css',
  ]) {
    expect([path, (await send(path)).status]).toEqual([path, 404])
  }
})

test('describes every route in the reference', async () => {
  const reference = await bodyOf<Reference>(send('/openapi.json'))
  expect(reference.openapi).toBe('3.1.0')
  const named = (await operations()).map(({ method, path }) => `${method} ${path}`)
  expect(named).toEqual(
    expect.arrayContaining([
      'POST /api/sessions',
      'DELETE /api/sessions',
      'POST /api/conversations',
      'GET /api/conversations',
      'GET /api/conversations/{id}',
      'PATCH /api/conversations/{id}',
      'DELETE /api/conversations/{id}',
      'GET /api/conversations/{id}/messages',
      'POST /api/conversations/{id}/messages',
      'POST /api/conversations/{id}/continue',
      'GET /api/conversations/{id}/export',
      'GET /api/export',
      'GET /healthz',
    ]),
  )
  const all = Object.values(reference.paths).flatMap((path) => Object.values(path))
  const ids = all.map(({ operationId }) => operationId)
  expect(ids).not.toContain(undefined)
  expect(new Set(ids).size).toBe(ids.length)
  for (const { responses } of all) {
    // Or it says that it is not served.
    expect(Object.keys(responses).some((status) => /^([12]|501)/.test(status))).toBe(true)
  }
})

test('leads every reference within it to something', async () => {
  const text = await (await send('/openapi.json')).text()
  const reference = JSON.parse(text) as Reference
  const targets = [...text.matchAll(/"\$ref":"([^"]+)"/g)].map(([, target]) => target ?? '')
  expect(targets.length).toBeGreaterThan(5)
  for (const target of targets) {
    const name = /^#\/components\/schemas\/(\w+)$/.exec(target)?.[1] ?? target
    expect(Object.keys(reference.components.schemas)).toContain(name)
  }
  expect(Object.keys(reference.components.securitySchemes)).toEqual(['bearer', 'cookie'])
})

test.each([
  ['/api/conversations/{id}/continue', 'post'],
  ['/api/conversations/{id}/stream', 'get'],
])('names every event of a stream, and why it may be closed: %s', async (path, method) => {
  const { paths } = await bodyOf<Reference>(send('/openapi.json'))
  const answer = paths[path]?.[method]?.responses['200'] as { description: string } | undefined
  const named = [...(answer?.description ?? '').matchAll(/`([\w-]+)[ `]/g)].map(([, name]) => name)
  const events = 'accepted delta tool_calls completed interrupted failed closed'.split(' ')
  const reasons = ['expired', 'not-yours', 'erased']
  expect(named).toEqual(expect.arrayContaining([...events, ...reasons]))
})
