import { expect, test } from 'vitest'

import { Client, as, sendWith } from '../../../support/api.ts'
import { withCookie } from '../../../support/cookies.ts'
import { givenConversation } from '../../../support/given.ts'
import { problemOf } from '../../../support/problems.ts'
import { connected, listenerOf, live, ticketFor, withTicket } from '../../../support/sockets.ts'
import { sessionToken } from '../../../support/tokens.ts'

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

test('a bearer token opens one from anywhere, for a caller with read access', async () => {
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

test('connecting again and again is counted as reading is, with a ticket too', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const never = { limit: async () => ({ success: false }) } as RateLimit
  const path = `/api/conversations/${id}/live`
  const init = { headers: { ...ann.headers, upgrade: 'websocket' } }
  const on = { RATE_LIMITS: 'on', RATE_READS: never } as Partial<Env>
  expect((await sendWith(on, path, init)).status).toBe(429)
  const { ticket } = await ticketFor(ann, id)
  const protocols = { 'sec-websocket-protocol': `ticket.${ticket}`, upgrade: 'websocket' }
  expect((await sendWith(on, path, { headers: protocols })).status).toBe(429)
  const response = await sendWith({}, path, { headers: protocols })
  expect(response.headers.get('sec-websocket-protocol')).toBeNull()
  listenerOf(response)
})
