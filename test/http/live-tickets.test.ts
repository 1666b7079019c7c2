import { abortAllDurableObjects } from 'cloudflare:test'
import { expect, test } from 'vitest'

import { Client, append, as } from '../support/api.ts'
import { givenConversation, userMessages } from '../support/given.ts'
import { problemOf } from '../support/problems.ts'
import { inStorage, ring } from '../support/record.ts'
import { listen } from '../support/said.ts'
import { bindings } from '../support/settings.ts'
import { listenerOf, live, ticketFor, withTicket } from '../support/sockets.ts'
import { inSeconds, signed } from '../support/tokens.ts'
import { aVisitor, logIn } from '../support/visitors.ts'

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

test('a ticket ends with the token that it was got with', async () => {
  const sub = crypto.randomUUID()
  const exp = inSeconds(30)
  const token = await signed(bindings.SESSION_SECRET, { sub, exp }, { typ: 'hilo-session+jwt' })
  const id = await givenConversation(await as.session(sub))
  const { expires_at } = await ticketFor(new Client({ authorization: `Bearer ${token}` }), id)
  expect(Date.parse(expires_at)).toBe(exp * 1000)
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

test('tickets that nobody used in time are gone when the object next wakes, and no others', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  for (let count = 0; count < 3; count += 1) await ticketFor(ann, id)
  const last = 'hash = (SELECT max(hash) FROM tickets)'
  await inStorage(id, `UPDATE tickets SET expires_at = ? WHERE NOT ${last}`, Date.now())
  const good = await inStorage(id, `SELECT * FROM tickets WHERE ${last}`)
  await append(ann, id, userMessages(1))
  await ring(id)
  expect(await inStorage(id, 'SELECT * FROM tickets')).toEqual(good)
})
