import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'

import { Client, type Listed, as, at, bodyOf, send, sendWith } from '../../support/api.ts'
import { givenConversation, userMessages } from '../../support/given.ts'
import { type Made, bearer, makeToken } from '../../support/made-tokens.ts'
import { mcpOf, tell } from '../../support/mcp.ts'
import { problemOf } from '../../support/problems.ts'
import { d1Error } from '../../support/record.ts'
import { operations, sendAbout } from '../../support/routes.ts'
import { sessionToken } from '../../support/tokens.ts'

async function given() {
  const user = crypto.randomUUID()
  const ann = await as.user(user)
  const made = await makeToken(ann, { name: 'My agent', expires_in_days: 3 })
  const id = await givenConversation(ann, { messages: userMessages(1) })
  return { user, ann, made, id, reader: new Client(bearer(made.token)) }
}

/** How a token is told that it proves nobody. */
const refused = async (token: string) => {
  const answer = await new Client(bearer(token)).get('/api/conversations')
  return { status: answer.status, detail: (await problemOf(answer)).detail }
}

const unknown = { status: 401, detail: 'The token was revoked, or never made here.' }

const end = (id: string, at: number) =>
  env.DB.prepare('UPDATE tokens SET expires_at = ? WHERE id = ?').bind(at, id).run()

test('a user makes a token, sees it once, lists it, reads with it, and revokes it', async () => {
  const { ann, made, id, reader } = await given()
  const { token, ...listed } = made
  expect(token).toMatch(/^hilo_pat_[\w-]{36}_[0-9a-f]{64}$/)
  expect(listed).toMatchObject({ object: 'token', name: 'My agent' })
  expect(Date.parse(made.expires_at) - Date.parse(made.created_at)).toBe(3 * 86_400_000)
  const list = await bodyOf<Listed<Made>>(ann.get('/api/tokens'))
  expect(list).toMatchObject({ has_more: false, next_cursor: null })
  expect(list.data).toEqual([listed])
  const { results } = await env.DB.prepare('SELECT * FROM tokens WHERE id = ?').bind(made.id).all()
  expect(JSON.stringify(results)).not.toContain(token.slice(-64))
  expect((await reader.get(at(id))).status).toBe(200)
  const client = await mcpOf(reader.headers)
  const read = await tell(client, 'read_conversation', { conversation_id: id })
  expect(read).toMatchObject({ isError: false, data: { messages: [{ text: 'message 1' }] } })
  const revoked = await ann.delete(`/api/tokens/${made.id}`)
  expect(await bodyOf(revoked)).toEqual({ id: made.id, object: 'token.revoked' })
  expect(await refused(token)).toEqual(unknown)
  await expect(mcpOf(reader.headers)).rejects.toThrow('HTTP 401')
  expect((await ann.delete(`/api/tokens/${made.id}`)).status).toBe(404)
  expect((await bodyOf<Listed<Made>>(ann.get('/api/tokens'))).data).toEqual([])
})

test('a token that has ended, is cut, or has the secret of another proves nobody', async () => {
  const { ann, made } = await given()
  const other = await makeToken(ann)
  const mixed = `hilo_pat_${made.id}_${other.token.slice(-64)}`
  expect(await refused(mixed)).toEqual(unknown)
  expect(await refused(`hilo_pat_${crypto.randomUUID()}_${made.token.slice(-64)}`)).toEqual(unknown)
  expect((await refused(made.token.slice(0, -1))).detail).toContain('cut')
  await end(made.id, Date.now() - 1)
  expect((await refused(made.token)).detail).toContain('has expired')
  // It goes when the next one is made.
  await makeToken(ann)
  expect(await refused(made.token)).toEqual(unknown)
  expect((await bodyOf<Listed<Made>>(ann.get('/api/tokens'))).data).toHaveLength(2)
})

const routes = await operations()

test('it writes nothing, by no route there is', async () => {
  const { ann, made, id, reader } = await given()
  const before = await bodyOf(ann.get(at(id)))
  const writes = routes.filter(
    ({ method, path, isForCallers }) => method !== 'GET' && path !== '/mcp' && isForCallers,
  )
  expect(writes.length).toBeGreaterThan(20)
  for (const route of writes) {
    const answer = await sendAbout(reader, route, id)
    expect([route.method, route.path, answer.status]).toEqual([route.method, route.path, 403])
    expect(await answer.text()).toContain('A token that a user made only reads.')
  }
  expect(await bodyOf(ann.get(at(id)))).toEqual(before)
  expect((await bodyOf<Listed<Made>>(ann.get('/api/tokens'))).data).toHaveLength(1)
  // Nor does it hand a session over, or act for somebody.
  const link = await reader.post('/api/sessions/link', {
    session_token: await sessionToken(crypto.randomUUID()),
  })
  expect(link.status).toBe(403)
  const acting = new Client({ ...bearer(made.token), 'hilo-acting-for': 'user:bob' })
  expect((await acting.get('/api/conversations')).status).toBe(403)
})

test('it reads what is its user’s, and of others nothing', async () => {
  const { reader } = await given()
  const others = await given()
  expect((await reader.get(at(others.id))).status).toBe(404)
  expect((await reader.delete(`/api/tokens/${others.made.id}`)).status).toBe(403)
  const stranger = await as.user()
  const missing = await stranger.delete(`/api/tokens/${crypto.randomUUID()}`)
  const theirs = await stranger.delete(`/api/tokens/${others.made.id}`)
  expect(await problemOf(theirs)).toEqual(await problemOf(missing))
  expect((await bodyOf<Listed<Made>>(stranger.get('/api/tokens'))).data).toEqual([])
  expect((await others.reader.get(at(others.id))).status).toBe(200)
})

test('a service that acts for a user makes and revokes them; sessions and services alone do not', async () => {
  const user = crypto.randomUUID()
  const backend = as.service('backend', `user:${user}`)
  const made = await makeToken(backend)
  expect((await bodyOf<Listed<Made>>((await as.user(user)).get('/api/tokens'))).data).toHaveLength(
    1,
  )
  expect((await backend.delete(`/api/tokens/${made.id}`)).status).toBe(200)
  for (const client of [
    await as.session(),
    as.service('backend'),
    as.service('backend', 'session:s'),
  ]) {
    expect((await client.post('/api/tokens', { name: 'x' })).status).toBe(403)
    expect((await client.get('/api/tokens')).status).toBe(403)
    expect((await client.delete(`/api/tokens/${made.id}`)).status).toBe(403)
  }
})

test('it needs a name, ends within a year, and there are fifty at most', async () => {
  const ann = await as.user()
  for (const body of [
    {},
    { name: '' },
    { name: 'x', expires_in_days: 0 },
    { name: 'x', expires_in_days: 400 },
  ]) {
    expect((await ann.post('/api/tokens', body)).status).toBe(422)
  }
  for (let n = 0; n < 50; n += 1) await makeToken(ann)
  const answer = await ann.post('/api/tokens', { name: 'one more' })
  expect(await problemOf(answer)).toMatchObject({ type: '/problems/over-quota' })
})

test('erasing all of a user revokes theirs, and nobody else’s', async () => {
  const { user, ann, made, id } = await given()
  const others = await given()
  const again = await makeToken(ann)
  expect((await ann.post('/api/erase', {})).status).toBe(200)
  expect(await refused(made.token)).toEqual(unknown)
  expect(await refused(again.token)).toEqual(unknown)
  expect((await ann.get(at(id))).status).toBe(404)
  expect((await others.reader.get(at(others.id))).status).toBe(200)
  const anew = await makeToken(ann)
  await as.service('eraser').post('/api/erase', { user_id: user })
  expect(await refused(anew.token)).toEqual(unknown)
})

test('if D1 is out of reach, the token is not taken at its word; others do not need it', async () => {
  const { ann, made, id } = await given()
  const DB = {
    prepare: () => {
      throw d1Error('Network connection lost.')
    },
  } as unknown as D1Database
  const ask = async (headers: Record<string, string>) =>
    (await sendWith({ DB }, at(id), { headers })).status
  expect(await ask(bearer(made.token))).toBe(503)
  expect(await ask(ann.headers)).toBe(200)
  const body = JSON.stringify({ name: 'x' })
  const headers = { ...ann.headers, 'content-type': 'application/json' }
  expect((await sendWith({ DB }, '/api/tokens', { method: 'POST', headers, body })).status).toBe(
    503,
  )
  // An erasure that could not revoke says so, and has not begun.
  expect(
    (await sendWith({ DB }, '/api/erase', { method: 'POST', headers, body: '{}' })).status,
  ).toBe(503)
  expect((await send(at(id), { headers: ann.headers })).status).toBe(200)
})
