import { expect, test } from 'vitest'

import { as, bodyOf, send } from '../../support/api.ts'
import { withCookie } from '../../support/cookies.ts'
import { bearer, makeToken } from '../../support/made-tokens.ts'
import { mcpOf } from '../../support/mcp.ts'
import { sessionToken } from '../../support/tokens.ts'

const listTools = { jsonrpc: '2.0', id: 1, method: 'tools/list' }
const rpc = (headers: Record<string, string>, body: unknown = listTools) =>
  send('/mcp', {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...headers,
    },
    body: JSON.stringify(body),
  })

test('who proves nothing is told how, in the form of the protocol', async () => {
  const nobody = await rpc({})
  expect(nobody.status).toBe(401)
  expect(nobody.headers.get('www-authenticate')).toBe('Bearer realm="hilo"')
  expect(await bodyOf(nobody)).toMatchObject({ jsonrpc: '2.0', id: null, error: { code: -32_000 } })
  const wrong = await rpc(bearer('hilo_pat_x'))
  expect(wrong.headers.get('www-authenticate')).toContain('error="invalid_token"')
})

test('a page asks only if its origin is listed: not even one of the name that is asked', async () => {
  const { token } = await makeToken(await as.user())
  for (const [origin, status] of [
    ['https://app.test', 200],
    ['http://127.0.0.1:3000', 200],
    ['https://api.test', 403],
    ['https://evil.test', 403],
    ['null', 403],
  ] as const) {
    expect([origin, (await rpc({ ...bearer(token), origin })).status]).toEqual([origin, status])
  }
  const cookie = withCookie(await sessionToken(crypto.randomUUID()))
  expect((await rpc({ ...cookie, 'sec-fetch-site': 'cross-site' })).status).toBe(403)
})

test('many messages at once, and what is none, are refused; nothing is there to subscribe to', async () => {
  const { headers } = await as.user()
  for (const body of [[listTools, listTools], {}, { jsonrpc: '1.0' }, 'x', null]) {
    const answer = await rpc(headers, body)
    expect(answer.status).toBe(400)
    expect(await bodyOf(answer)).toMatchObject({ error: { code: -32_600 } })
  }
  for (const method of ['GET', 'DELETE']) {
    const answer = await send('/mcp', { method, headers })
    expect(answer.status).toBe(405)
    expect(answer.headers.get('allow')).toBe('POST')
  }
  const client = await mcpOf(headers)
  await expect(client.listen({ toolsListChanged: true })).rejects.toThrow(
    'Subscription limit reached',
  )
})
