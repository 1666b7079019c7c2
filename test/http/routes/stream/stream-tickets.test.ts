import { env } from 'cloudflare:workers'
import { EventSource } from 'eventsource'
import { expect, onTestFinished, test, vi } from 'vitest'

import { Client, as, at, bodyOf, read, send, sendWith } from '../../../support/api.ts'
import { allEvents, textOf } from '../../../support/events.ts'
import { givenConversation } from '../../../support/given.ts'
import { network } from '../../../support/network.ts'
import { problemOf } from '../../../support/problems.ts'
import { eventually, inStorage } from '../../../support/record.ts'
import { listen } from '../../../support/said.ts'
import { bindings } from '../../../support/settings.ts'
import { ticketFor as liveTicketFor, withTicket } from '../../../support/sockets.ts'
import { inSeconds, signed } from '../../../support/tokens.ts'
import { givenRunningReply } from '../../../support/turns.ts'
import { aVisitor, logIn } from '../../../support/visitors.ts'

async function ticketFor(client: Client, id: string) {
  const response = await client.post(`${at(id)}/stream/ticket`)
  if (response.status !== 200) throw new Error(`no ticket: ${await response.text()}`)
  return bodyOf<{ ticket: string; expires_at: string }>(response)
}

const pathOf = (id: string, ticket: string) =>
  `${at(id)}/stream?ticket=${encodeURIComponent(ticket)}`

const show = (id: string, ticket: string) => send(pathOf(id, ticket))

const invalid = { type: '/problems/invalid-ticket', status: 401 }

test('an EventSource follows a reply with a ticket, also when its connection breaks', async () => {
  const log = listen()
  const ann = await as.user()
  const id = await givenConversation(ann)
  const { finish } = await givenRunningReply(ann, id, 'source')
  const { ticket } = await ticketFor(ann, id)
  const asked: { headers: string[]; lastEventId: string | undefined }[] = []
  const cut = Promise.withResolvers<void>()
  const source = new EventSource(`https://api.test${pathOf(id, ticket)}`, {
    fetch: async (url, init) => {
      const headers = init.headers as Record<string, string>
      asked.push({ headers: Object.keys(headers), lastEventId: headers['Last-Event-ID'] })
      const response = await send(String(url).replace('https://api.test', ''), { headers })
      return asked.length > 1 ? response : broken(response, cut.promise)
    },
  })
  onTestFinished(() => source.close())
  const texts: string[] = []
  const ends: string[] = []
  source.addEventListener('delta', ({ data }) => {
    texts.push((JSON.parse(data) as { content: string }).content)
    cut.resolve()
  })
  source.addEventListener('completed', ({ data }) => {
    ends.push((JSON.parse(data) as { message: { content: string } }).message.content)
    source.close()
  })
  await eventually(() => asked.length === 2)
  await finish()
  await eventually(() => ends.length > 0)
  expect([texts.join(''), ends]).toEqual(['One two', ['One two']])
  expect(asked[1]?.lastEventId).toMatch(/:3$/)
  expect(asked.flatMap(({ headers }) => headers)).not.toContain('authorization')
  expect(log.text()).not.toContain(ticket)
})

/** The answer until it is cut, after which the client comes again at once. */
function broken(response: Response, cut: Promise<void>): Response {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
  void (async () => {
    const [writer, reader] = [writable.getWriter(), response.body!.getReader()]
    await writer.write(new TextEncoder().encode('retry: 1\n\n'))
    for (let isCut = false; !isCut;) {
      const step = await Promise.race([reader.read(), cut.then(() => null)])
      if (step?.value) await writer.write(step.value)
      isCut = step === null || step.done
    }
    await reader.cancel()
    await writer.close()
  })()
  return new Response(readable, response)
}

test('a ticket for streams is good for ten minutes, many times, and for its conversation', async () => {
  const ann = await as.user()
  const [id, other] = [await givenConversation(ann), await givenConversation(ann)]
  const { ticket, expires_at } = await ticketFor(ann, id)
  const left = Date.parse(expires_at) - Date.now()
  expect([left > 590_000, left <= 600_000]).toEqual([true, true])
  for (let count = 0; count < 3; count += 1) expect((await show(id, ticket)).status).toBe(204)
  expect((await show(id.toUpperCase(), ticket)).status).toBe(204)
  expect((await send(`${at(id)}/stream/?ticket=${ticket}`)).status).toBe(204)
  for (const about of [other, crypto.randomUUID()]) {
    const answer = await show(about, ticket)
    expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="hilo"')
    expect(await problemOf(answer)).toMatchObject(invalid)
  }
  for (const made of ['', 'x', 'a.b.c.d.e', `${ticket}x`]) {
    expect(await problemOf(show(id, made))).toMatchObject(invalid)
  }
  expect(await inStorage(id, 'SELECT * FROM used_tickets')).toEqual([])
  vi.useFakeTimers({ now: Date.now() + 601_000, toFake: ['Date'] })
  onTestFinished(() => void vi.useRealTimers())
  expect(await problemOf(show(id, ticket))).toMatchObject(invalid)
})

test('a ticket opens nothing but what it was made for', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const { ticket } = await ticketFor(ann, id)
  const { ticket: ofSocket } = await liveTicketFor(ann, id)
  expect(await problemOf(show(id, ofSocket))).toMatchObject(invalid)
  expect(await problemOf(withTicket(id, ticket))).toMatchObject(invalid)
  for (const [method, path] of [
    ['GET', at(id)],
    ['GET', `${at(id)}/messages`],
    ['GET', `${at(id)}/context`],
    ['GET', `${at(id)}/export`],
    ['GET', `${at(id)}/live`],
    ['GET', '/api/conversations'],
    ['POST', `${at(id)}/stream/ticket`],
    ['POST', `${at(id)}/stop`],
    ['POST', `${at(id)}/continue`],
  ] as const) {
    const asked = await send(`${path}?ticket=${ticket}`, { method })
    expect([method, path, asked.status]).toEqual([method, path, 401])
    const bearer = await send(path, { method, headers: { authorization: `Bearer ${ticket}` } })
    expect([method, path, bearer.status]).toEqual([method, path, 401])
  }
  const bob = await as.user()
  expect((await bob.get(pathOf(id, ticket))).status).toBe(404)
})

test('a ticket is for callers with read access, and ends with the token that got it', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const sub = crypto.randomUUID()
  const theirs = await givenConversation(await as.session(sub))
  for (const [client, about] of [
    [await as.user(), id],
    [await as.session(), id],
    [ann, theirs],
    [ann, crypto.randomUUID()],
  ] as const) {
    const answer = await client.post(`${at(about)}/stream/ticket`)
    expect(await problemOf(answer)).toMatchObject({ type: '/problems/no-such-conversation' })
  }
  const exp = inSeconds(30)
  const token = await signed(bindings.SESSION_SECRET, { sub, exp }, { typ: 'hilo-session+jwt' })
  const soon = await ticketFor(new Client({ authorization: `Bearer ${token}` }), theirs)
  expect(Date.parse(soon.expires_at)).toBe(exp * 1000)
})

test('a stream that a ticket opened ends as its owner’s own would', async () => {
  const { token, client } = await aVisitor()
  const id = await givenConversation(client)
  const { finish } = await givenRunningReply(client, id, 'handed')
  const { ticket } = await ticketFor(client, id)
  const told = allEvents(await show(id, ticket))
  await logIn(token, crypto.randomUUID())
  const events = await told
  expect(textOf(events)).toBe('One')
  expect(events.at(-1)).toMatchObject({ event: 'closed', data: { reason: 'not-yours' } })
  expect(await problemOf(show(id, ticket))).toMatchObject({ status: 404 })
  await finish()

  const sub = crypto.randomUUID()
  const other = await givenConversation(await as.session(sub))
  await givenRunningReply(await as.session(sub), other, 'expiring')
  onTestFinished(() => network.open('expiring'))
  const claims = { sub, exp: inSeconds(2) }
  const brief = await signed(bindings.SESSION_SECRET, claims, { typ: 'hilo-session+jwt' })
  const short = await ticketFor(new Client({ authorization: `Bearer ${brief}` }), other)
  const ended = await allEvents(await show(other, short.ticket))
  expect(ended.at(-1)).toMatchObject({ event: 'closed', data: { reason: 'expired' } })

  const ann = await as.user()
  const gone = await givenConversation(ann)
  await givenRunningReply(ann, gone, 'erased')
  onTestFinished(() => network.open('erased'))
  const shown = await ticketFor(ann, gone)
  const last = allEvents(await show(gone, shown.ticket))
  expect((await ann.post(`${at(gone)}/erase`)).status).toBe(200)
  expect((await last).at(-1)).toMatchObject({ event: 'closed', data: { reason: 'erased' } })
  expect((await show(gone, shown.ticket)).status).toBe(404)
})

test('a ticket that nobody made asks no object, and one that counts is counted', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const { user_id: user } = await read(ann, id)
  const { ticket } = await ticketFor(ann, id)
  const keys: string[] = []
  const RATE_READS = {
    limit: async ({ key }: { key: string }) => {
      keys.push(key)
      return { success: false }
    },
  } as RateLimit
  const limited = { RATE_LIMITS: 'on', RATE_READS } as Partial<Env>
  expect((await sendWith(limited, pathOf(id, ticket))).status).toBe(429)
  expect(keys).toEqual([`user:${user}`])
  const CONVERSATION = new Proxy(env.CONVERSATION, {
    get: () => {
      throw new Error('An object was asked')
    },
  })
  const changed = { CONVERSATION } as Partial<Env>
  expect((await sendWith(changed, pathOf(id, 'made-up'))).status).toBe(401)
  expect((await sendWith(changed, pathOf(id, ticket))).status).toBe(500)
})
