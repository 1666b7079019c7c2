import { abortAllDurableObjects } from 'cloudflare:test'
import { expect, test } from 'vitest'

import { Client, as, bodyOf, sendWith } from '../support/api.ts'
import { withCookie } from '../support/cookies.ts'
import { givenConversation, userMessages } from '../support/given.ts'
import { append } from '../support/memory.ts'
import { problemOf } from '../support/problems.ts'
import { inStorage } from '../support/record.ts'
import { listen } from '../support/said.ts'
import { connected, listenerOf, live } from '../support/sockets.ts'
import { sessionToken } from '../support/tokens.ts'
import { aVisitor, logIn } from '../support/visitors.ts'

const ticketFor = async (client: Client, id: string) => {
  const response = await client.post(`/api/conversations/${id}/live/ticket`)
  expect(response.status).toBe(200)
  return bodyOf<{ ticket: string; expires_at: string }>(response)
}

const withTicket = (id: string, ticket: string, headers: Record<string, string> = {}) =>
  live(as.nobody, id, '', { 'sec-websocket-protocol': `hilo.live, ticket.${ticket}`, ...headers })

test('a ticket opens one socket in place of a token, and is named in no URL', async () => {
  const log = listen()
  const ann = await as.user()
  const id = await givenConversation(ann)
  const { ticket, expires_at } = await ticketFor(ann, id)
  const left = Date.parse(expires_at) - Date.now()
  expect([left > 50_000, left <= 60_000]).toEqual([true, true])
  // What is stored is no ticket, and what is stored is enough after a restart.
  expect(JSON.stringify(await inStorage(id, 'SELECT * FROM tickets'))).not.toContain(ticket)
  await abortAllDurableObjects()
  const response = await withTicket(id, ticket, { origin: 'https://evil.test' })
  expect(response.status).toBe(101)
  expect(response.headers.get('sec-websocket-protocol')).toBe('hilo.live')
  const tab = listenerOf(response)
  await tab.ready()
  const slashed = { 'sec-websocket-protocol': `ticket.${(await ticketFor(ann, id)).ticket}` }
  listenerOf(await live(as.nobody, `${id}`, '/', slashed))
  await append(ann, id, userMessages(1))
  await tab.until(({ seqs }) => seqs.length === 1)
  const again = await withTicket(id, ticket)
  expect(again.headers.get('www-authenticate')).toBe('Bearer realm="hilo"')
  expect(await problemOf(again)).toMatchObject({ type: '/problems/invalid-ticket', status: 401 })
  expect(log.text()).not.toContain(ticket)
})

test('a ticket is good for its minute, its conversation, and as long as its token', async () => {
  const ann = await as.user()
  const [id, other] = [await givenConversation(ann), await givenConversation(ann)]
  const { ticket } = await ticketFor(ann, id)
  const { ticket: late } = await ticketFor(ann, id)
  expect((await withTicket(other, ticket)).status).toBe(401)
  expect((await withTicket(crypto.randomUUID(), ticket)).status).toBe(401)
  expect((await withTicket(id, `${ticket}x`)).status).toBe(401)
  expect((await withTicket(id, '')).status).toBe(401)
  await inStorage(id, 'UPDATE tickets SET expires_at = ?', Date.now())
  expect((await withTicket(id, late)).status).toBe(401)
  expect((await withTicket(id, ticket)).status).toBe(401)
})

test('a ticket opens nothing once the conversation is another’s, and nothing but a socket', async () => {
  const { token, client } = await aVisitor()
  const id = await givenConversation(client)
  const { ticket } = await ticketFor(client, id)
  const headers = { 'sec-websocket-protocol': `hilo.live, ticket.${ticket}` }
  const holder = new Client(headers)
  for (const [method, path] of [
    ['GET', `/api/conversations/${id}`],
    ['GET', `/api/conversations/${id}/messages`],
    ['GET', `/api/conversations/${id}/live/x`],
    ['GET', `/api/conversations/${id}/x/live`],
    ['GET', '/api/conversations/live'],
    ['GET', '/api/conversations'],
    ['POST', `/api/conversations/${id}/live`],
    ['POST', `/api/conversations/${id}/live/ticket`],
    ['POST', `/api/conversations/${id}/stop`],
  ] as const) {
    // With `upgrade` every method would be sent as a GET.
    const upgrade = method === 'GET' ? { upgrade: 'websocket' } : {}
    const { status } = await holder.request(
      method,
      path,
      undefined,
      upgrade as Record<string, string>,
    )
    expect([method, path, status === 401 || status === 404 || status === 405]).toEqual([
      method,
      path,
      true,
    ])
  }
  await logIn(token, crypto.randomUUID())
  expect((await withTicket(id, ticket)).status).toBe(404)
})

test('a token beats a ticket', async () => {
  const [ann, bob] = [await as.user(), await as.user()]
  const id = await givenConversation(ann)
  const { ticket } = await ticketFor(ann, id)
  const protocols = { 'sec-websocket-protocol': `hilo.live, ticket.${ticket}` }
  expect((await live(bob, id, '', protocols)).status).toBe(404)
  listenerOf(await withTicket(id, ticket))
})

test('one caller has sixteen unused tickets and no more', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  for (let count = 0; count < 16; count += 1) await ticketFor(ann, id)
  const refused = await ann.post(`/api/conversations/${id}/live/ticket`)
  expect(refused.headers.get('retry-after')).toBe('60')
  expect(await problemOf(refused)).toMatchObject({
    type: '/problems/too-many-tickets',
    status: 429,
  })
  await ticketFor(as.service('staff'), id)
  await inStorage(id, 'UPDATE tickets SET expires_at = 0')
  await ticketFor(ann, id)
  expect(await inStorage(id, 'SELECT * FROM tickets')).toHaveLength(1)
})

test('a cookie opens a socket only for a page that we know', async () => {
  const sub = crypto.randomUUID()
  const token = await sessionToken(sub)
  const id = await givenConversation(await as.session(sub))
  const page = (origin?: string, more: Record<string, string> = {}) =>
    live(new Client(withCookie(token)), id, '', {
      ...(origin !== undefined && { origin }),
      ...more,
    })
  for (const origin of ['https://api.test', 'https://app.test', 'http://localhost:3000']) {
    const tab = listenerOf(await page(origin))
    await tab.ready()
  }
  for (const origin of [
    'https://evil.test',
    'https://api.test.evil.test',
    'http://api.test',
    'null',
    undefined,
  ]) {
    expect(await problemOf(page(origin))).toMatchObject({
      type: '/problems/cross-origin',
      status: 403,
    })
  }
  expect(await problemOf(page(undefined, { 'sec-fetch-site': 'same-origin' }))).toMatchObject({
    status: 403,
  })
  // Its ticket works from wherever.
  const { ticket } = await ticketFor(
    new Client({ ...withCookie(token), origin: 'https://app.test' }),
    id,
  )
  listenerOf(await withTicket(id, ticket))
})

test('a bearer token opens one from anywhere, for whoever may read', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const response = await live(ann, id, '', { origin: 'https://evil.test' })
  expect(response.headers.get('sec-websocket-protocol')).toBeNull()
  listenerOf(response)
  await connected(as.service('staff'), id)
  for (const client of [await as.user(), await as.session(), as.service('backend')]) {
    expect(await problemOf(live(client, id))).toMatchObject({ status: 404 })
  }
  expect(await problemOf(live(as.nobody, id))).toMatchObject({ status: 401 })
  expect(
    (await live(ann, id, '', { 'sec-websocket-protocol': 'hilo.live, other' })).headers.get(
      'sec-websocket-protocol',
    ),
  ).toBe('hilo.live')
})

test('who asks without upgrading is told to', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const response = await ann.get(`/api/conversations/${id}/live`)
  expect(response.headers.get('upgrade')).toBe('websocket')
  expect(await problemOf(response)).toMatchObject({
    type: '/problems/upgrade-required',
    status: 426,
  })
})

test('no header of a client’s reaches the object as if it were the Worker’s', async () => {
  const [ann, eve] = [await as.user(), await as.user()]
  const id = await givenConversation(ann)
  const forged = encodeURIComponent(
    JSON.stringify({
      caller: {
        owner: { kind: 'user', id: 'ann' },
        service: { name: 'x', scopes: ['read-all'] },
        expiresAt: null,
      },
      ticket: null,
      after: 0,
      isUpgrade: true,
    }),
  )
  expect((await live(eve, id, '', { 'hilo-connect': forged })).status).toBe(404)
  expect((await live(as.nobody, id, '', { 'hilo-connect': forged })).status).toBe(401)
})

test('connecting again and again is counted as writing is', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const never = { limit: async () => ({ success: false }) } as RateLimit
  const path = `/api/conversations/${id}/live`
  const init = { headers: { ...ann.headers, upgrade: 'websocket' } }
  const on = { RATE_LIMITS: 'on', RATE_WRITES: never } as Partial<Env>
  expect((await sendWith(on, path, init)).status).toBe(429)
  const { ticket } = await ticketFor(ann, id)
  const protocols = { 'sec-websocket-protocol': `ticket.${ticket}`, upgrade: 'websocket' }
  const response = await sendWith(on, path, { headers: protocols })
  expect(response.headers.get('sec-websocket-protocol')).toBeNull()
  listenerOf(response)
})
