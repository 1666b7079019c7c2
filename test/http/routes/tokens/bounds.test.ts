import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'

import { Client, type Listed, as, at, bodyOf } from '../../../support/api.ts'
import { givenConversation } from '../../../support/given.ts'
import { type Made, bearer, makeToken } from '../../../support/made-tokens.ts'
import { connected } from '../../../support/sockets.ts'

const DAY_MS = 24 * 60 * 60_000

const daysOf = ({ created_at: from, expires_at: to }: Made) =>
  (Date.parse(to) - Date.parse(from)) / DAY_MS

const listed = async (client: Client) =>
  (await bodyOf<Listed<Made>>(client.get('/api/tokens'))).data

const endAt = (id: string, ms: number) =>
  env.DB.prepare('UPDATE tokens SET expires_at = ? WHERE id = ?').bind(ms, id).run()

test('it ends after 90 days, or after 1 to 366, and has a name of at most 100 signs', async () => {
  const ann = await as.user()
  const name = 'n'.repeat(100)
  expect(daysOf(await makeToken(ann, { name }))).toBe(90)
  for (const expires_in_days of [1, 366]) {
    expect(daysOf(await makeToken(ann, { name, expires_in_days }))).toBe(expires_in_days)
  }
  for (const body of [
    { name, expires_in_days: 367 },
    { name, expires_in_days: 1.5 },
    { name: `${name}n` },
  ]) {
    expect((await ann.post('/api/tokens', body)).status).toBe(422)
  }
})

test('the newest is first, and making one lets only one’s own go that have ended', async () => {
  const [ann, bob] = [await as.user(), await as.user()]
  const [first, second] = [await makeToken(ann), await makeToken(ann)]
  await env.DB.prepare('UPDATE tokens SET created_at = created_at - 9 WHERE id = ?')
    .bind(first.id)
    .run()
  expect((await listed(ann)).map(({ id }) => id)).toEqual([second.id, first.id])
  await endAt(first.id, Date.now() - 1)
  await makeToken(bob)
  expect(await listed(ann)).toHaveLength(2)
  expect((await ann.delete(`/api/tokens/${second.id.toUpperCase()}`)).status).toBe(200)
  expect((await listed(ann)).map(({ id }) => id)).toEqual([first.id])
})

test('it asks with HEAD as with GET, and writes at no path that looks like that of agents', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const reader = new Client(bearer((await makeToken(ann)).token))
  expect((await reader.request('HEAD', at(id))).status).toBe(200)
  for (const [method, path] of [
    ['DELETE', '/api/files/mcp'],
    ['DELETE', '/api/tokens/mcp'],
    ['PATCH', '/api/conversations/mcp'],
    ['POST', '/api/conversations/mcp/messages'],
    ['POST', '/v1/conversations/mcp/items'],
  ] as const) {
    expect([path, (await reader.request(method, path, {})).status]).toEqual([path, 403])
  }
})

test('a socket that it opened stays until it ends, and no longer', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const made = await makeToken(ann)
  await endAt(made.id, Date.now() + 1_500)
  const tab = await connected(new Client(bearer(made.token)), id)
  expect(tab.closed).toBeNull()
  await tab.ended()
  expect(tab.closed).toEqual({ code: 4401, reason: 'The token has expired' })
})
