import { expect, test } from 'vitest'

import { as, bodyOf, send } from '../support/api.ts'
import { givenConversation } from '../support/given.ts'

interface OpenApi {
  paths: Record<
    string,
    Record<string, { requestBody?: { content: Record<string, { example?: unknown }> } }>
  >
}

test('The reference may load what it is made of, and nothing from anywhere else', async () => {
  const page = await send('/docs')
  const html = await page.text()
  const policy = page.headers.get('content-security-policy')
  expect(policy).toContain("default-src 'none'")
  expect(policy).toContain("script-src 'self'")
  expect(policy).toContain("style-src 'self'")
  const sources = [...html.matchAll(/(?:src|href)="(?!data:)([^"]+)"/g)].map(
    ([, path]) => path ?? '',
  )
  expect(sources).toHaveLength(3)
  for (const source of sources) {
    const file = await send(source)
    expect([source, file.status, (await file.text()).length > 0]).toEqual([source, 200, true])
    expect(file.headers.get('content-type')).toMatch(source.endsWith('.css') ? /css/ : /javascript/)
  }
  expect(await (await send('/docs/viewer.js')).text()).toContain('/openapi.json')
})

test('Answers that are no page may load nothing at all', async () => {
  const answer = await send('/healthz')
  expect(answer.headers.get('content-security-policy')).toBe(
    "default-src 'none'; frame-ancestors 'none'",
  )
})

test('What the reference proposes to send is accepted as it stands', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const { paths } = await bodyOf<OpenApi>(send('/openapi.json'))
  const proposals = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).flatMap(([method, { requestBody }]) =>
      requestBody ? [{ method, path, body: requestBody.content['application/json']?.example }] : [],
    ),
  )
  expect(proposals.length).toBeGreaterThan(3)
  for (const { method, path, body } of proposals) {
    const answer = await ann.request(method.toUpperCase(), path.replace('{id}', id), body)
    expect([method, path, answer.ok, await answer.text()]).toEqual([
      method,
      path,
      true,
      expect.any(String),
    ])
  }
})
