import { expect, test } from 'vitest'

import { type Client, as, at, bodyOf, send } from '../support/api.ts'
import { eventsOf } from '../support/events.ts'
import { givenConversation, objectOf } from '../support/given.ts'
import { problemOf } from '../support/problems.ts'
import { storedIn } from '../support/record.ts'
import { bindings } from '../support/settings.ts'
import { inSeconds, signed } from '../support/tokens.ts'
import { givenRunningReply, proceed, turnOf } from '../support/turns.ts'
import { aVisitor, logIn } from '../support/visitors.ts'

interface Ticket {
  ticket: string
  expires_at: string
}

const ticketFor = async (client: Client, id: string): Promise<Ticket> => {
  const response = await client.post(`${at(id)}/stream/ticket`)
  if (response.status !== 200) throw new Error(`no ticket: ${await response.text()}`)
  return bodyOf<Ticket>(response)
}

const withTicket = (id: string, ticket: string, headers: Record<string, string> = {}) =>
  send(`${at(id)}/stream?ticket=${encodeURIComponent(ticket)}`, { headers })

const ended = async (answer: Response) => (await Array.fromAsync(eventsOf(answer))).at(-1)

test('an EventSource follows with a ticket, again after each reconnect', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const { message } = await bodyOf<{ message: { id: string; content: string } }>(
    proceed(ann, id, turnOf('ticketed')),
  )
  const { ticket, expires_at } = await ticketFor(ann, id)
  const left = Date.parse(expires_at) - Date.now()
  expect([left > 590_000, left <= 600_000]).toEqual([true, true])
  for (const offset of [0, message.content.length]) {
    const answer = await withTicket(id, ticket, { 'last-event-id': `${message.id}:${offset}` })
    expect(answer.status).toBe(200)
    expect(await ended(answer)).toMatchObject({ event: 'completed' })
  }
})

test('a ticket reads one conversation’s stream, and does nothing else', async () => {
  const ann = await as.user()
  const [id, other] = [await givenConversation(ann), await givenConversation(ann)]
  const { ticket } = await ticketFor(ann, id)
  expect((await withTicket(id, ticket)).status).toBe(204)
  const query = `?ticket=${encodeURIComponent(ticket)}`
  for (const [method, path] of [
    ['GET', `${at(other)}/stream`],
    ['GET', `${at(crypto.randomUUID())}/stream`],
    ['GET', at(id)],
    ['GET', `${at(id)}/messages`],
    ['GET', `${at(id)}/export`],
    ['POST', `${at(id)}/stop`],
    ['POST', `${at(id)}/stream/ticket`],
    ['GET', '/api/conversations'],
  ] as const) {
    const { status } = await send(`${path}${query}`, { method })
    expect([method, path, status]).toEqual([method, path, 401])
  }
  const bearer = { authorization: `Bearer ${ticket}` }
  expect((await send(at(id), { headers: bearer })).status).toBe(401)
})

test('a ticket that was made up reaches no object', async () => {
  const id = crypto.randomUUID()
  const ann = await as.user()
  const { ticket } = await ticketFor(ann, await givenConversation(ann))
  const token = await signed(bindings.SESSION_SECRET, { sub: id, exp: inSeconds(60) })
  for (const made of ['', 'x', token, ticket, `${ticket}x`, 'a.b.c']) {
    const problem = await problemOf(withTicket(id, made))
    expect(problem).toMatchObject({ type: '/problems/invalid-ticket', status: 401 })
  }
  expect(await storedIn(id)).toEqual({ tables: [], alarm: null })
  expect(objectOf(id)).toBeDefined()
})

test('a stranger gets no ticket, and the answer is that of what is not there', async () => {
  const id = await givenConversation(await as.user())
  const stranger = await as.user()
  const theirs = await stranger.post(`${at(id)}/stream/ticket`)
  const missing = await stranger.post(`${at(crypto.randomUUID())}/stream/ticket`)
  expect([theirs.status, missing.status]).toEqual([404, 404])
  expect(await theirs.text()).toBe(await missing.text())
})

test('the stream ends as the caller’s own would: once the conversation is another’s', async () => {
  const visitor = await aVisitor()
  const id = await givenConversation(visitor.client)
  const { ticket } = await ticketFor(visitor.client, id)
  await givenRunningReply(visitor.client, id, 'ticket-linked')
  const answer = await withTicket(id, ticket)
  const end = ended(answer)
  await logIn(visitor.token, crypto.randomUUID())
  expect(await end).toMatchObject({ event: 'closed', data: { reason: 'not-yours' } })
  expect((await withTicket(id, ticket)).status).toBe(404)
})
