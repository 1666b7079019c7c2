import { abortAllDurableObjects } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { EncryptJWT } from 'jose'
import { expect, onTestFinished, test, vi } from 'vitest'

import { Client, append, as, sendWith } from '../../../support/api.ts'
import { givenConversation, userMessages } from '../../../support/given.ts'
import { problemOf } from '../../../support/problems.ts'
import { inStorage, ring } from '../../../support/record.ts'
import { listen } from '../../../support/said.ts'
import { bindings } from '../../../support/settings.ts'
import { listenerOf, live, ticketFor, withTicket } from '../../../support/sockets.ts'
import { inSeconds, signed } from '../../../support/tokens.ts'
import { aVisitor, logIn } from '../../../support/visitors.ts'

test('a ticket opens one socket in place of a token, and is named in no URL', async () => {
  const log = listen()
  const ann = await as.user()
  const id = await givenConversation(ann)
  const { ticket, expires_at } = await ticketFor(ann, id)
  const left = Date.parse(expires_at) - Date.now()
  expect([left > 50_000, left <= 60_000]).toEqual([true, true])
  // It says whose it is to nobody but the Worker, and nothing is stored for it.
  const shown = ticket
    .split('.')
    .map((part) => atob(part.replaceAll('-', '+').replaceAll('_', '/')))
  expect(shown.join()).not.toMatch(/user|owner|service/)
  expect(await inStorage(id, 'SELECT * FROM used_tickets')).toEqual([])
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
  vi.useFakeTimers({ now: Date.now() + 61_000, toFake: ['Date'] })
  onTestFinished(() => void vi.useRealTimers())
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

test('remembers which tickets were used until they expire, and no longer', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  for (let count = 0; count < 3; count += 1) {
    listenerOf(await withTicket(id, (await ticketFor(ann, id)).ticket))
  }
  const all = await inStorage(id, 'SELECT id FROM used_tickets')
  expect(all).toHaveLength(3)
  const last = 'id = (SELECT max(id) FROM used_tickets)'
  await inStorage(id, `UPDATE used_tickets SET expires_at = ? WHERE NOT ${last}`, Date.now())
  const good = await inStorage(id, `SELECT * FROM used_tickets WHERE ${last}`)
  await append(ann, id, userMessages(1))
  await ring(id)
  expect(await inStorage(id, 'SELECT * FROM used_tickets')).toEqual(good)
})

test('a ticket that nobody made asks no object, however well it is made up', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const { ticket } = await ticketFor(ann, id)
  const asked: string[] = []
  const CONVERSATION = new Proxy(env.CONVERSATION, {
    get: (target, key) => {
      asked.push(String(key))
      return (target as unknown as Record<PropertyKey, unknown>)[key]
    },
  })
  const secret = new TextEncoder().encode(bindings.SESSION_SECRET).slice(0, 32)
  const forged = await new EncryptJWT({ caller: { owner: { kind: 'user', id: 'ann' } } })
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', typ: 'hilo-ticket+jwt' })
    .setSubject(id)
    .setAudience('live')
    .setJti('x')
    .setExpirationTime('1m')
    .encrypt(secret)
  const session = await signed(
    bindings.SESSION_SECRET,
    { sub: id, aud: 'live', jti: 'x', exp: inSeconds(60) },
    { typ: 'hilo-ticket+jwt' },
  )
  for (const made of [
    'x',
    '',
    'a.b.c.d.e',
    forged,
    session,
    `${ticket.slice(0, -9)}${'x'.repeat(9)}`,
  ]) {
    for (const about of [id, crypto.randomUUID()]) {
      const answer = await sendWith({ CONVERSATION }, `/api/conversations/${about}/live`, {
        headers: { upgrade: 'websocket', 'sec-websocket-protocol': `hilo.live, ticket.${made}` },
      })
      expect(await problemOf(answer)).toMatchObject({
        type: '/problems/invalid-ticket',
        status: 401,
      })
    }
  }
  expect(asked).toEqual([])
})

test('a ticket is good while the secret that made it is the older one of two', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const { ticket } = await ticketFor(ann, id)
  const show = (SESSION_SECRET: string) =>
    sendWith({ SESSION_SECRET }, `/api/conversations/${id}/live`, {
      headers: { 'sec-websocket-protocol': `ticket.${ticket}` },
    })
  const newer = 'another secret of sessions that is long enough'
  expect((await show(newer)).status).toBe(401)
  expect((await show(`${newer}, ${bindings.SESSION_SECRET}`)).status).toBe(426)
})
