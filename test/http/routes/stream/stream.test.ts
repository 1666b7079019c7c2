import { abortAllDurableObjects } from 'cloudflare:test'
import { expect, test } from 'vitest'

import { as } from '../../../support/api.ts'
import { type ServerEvent, allEvents, eventsOf, textOf } from '../../../support/events.ts'
import { givenConversation } from '../../../support/given.ts'
import { network } from '../../../support/network.ts'
import { pointersOf, problemOf } from '../../../support/problems.ts'
import { writeDown } from '../../../support/record.ts'
import { gist, joinReply } from '../../../support/streams.ts'
import { givenRunningReply, historyOf, proceed, turnOf } from '../../../support/turns.ts'

test('a reply is joined from its beginning while it runs, and its question comes first', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const { replyId, finish } = await givenRunningReply(ann, id, 'join-running')
  const joined = await joinReply(ann, id)
  expect(joined.status).toBe(200)
  expect(joined.headers.get('content-type')).toBe('text/event-stream')
  expect(joined.headers.get('x-accel-buffering')).toBe('no')
  const told = allEvents(joined)
  const asked = await finish()
  const events = await told
  expect(gist(events)).toEqual(gist(asked))
  expect(textOf(events)).toBe('One two')
  expect(events[0]?.data).toMatchObject({ messages: [{ id: 'q', seq: 1 }], reply_id: replyId })
})

test('when nothing runs there is nothing to join', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const before = await joinReply(ann, id)
  expect([before.status, await before.text()]).toEqual([204, ''])
  await proceed(ann, id, turnOf('join-nothing'))
  expect((await joinReply(ann, id)).status).toBe(204)
  expect((await joinReply(ann, id, `${crypto.randomUUID()}:3`)).status).toBe(204)
  // A message of a person is no reply.
  expect((await joinReply(ann, id, 'q:0')).status).toBe(204)
})

test('a reply that is joined after each of its events is the same whole each time', async () => {
  const pieces = ['Uno', ' dos', ' \uD83D', '\uDE00 tres', ', y', ' cuatro']
  const gates = pieces.map((_, index) => `join-each-${index}`)
  await network.script('join-each', [
    ...pieces.flatMap((text, index) => [{ text }, { gate: gates[index] as string }]),
    { finish: 'stop', tokens: 5 },
  ])
  const ann = await as.user()
  const id = await givenConversation(ann)
  const response = await ann.stream(id, turnOf('join-each'))
  const seen: ServerEvent[] = []
  const rests: { at: number; events: Promise<ServerEvent[]> }[] = []
  for await (const event of eventsOf(response)) {
    seen.push(event)
    // Who reads on from here, and who comes anew.
    const at = seen.length
    rests.push({ at, events: allEvents(await joinReply(ann, id, event.id)) })
    const anew = await joinReply(ann, id)
    if (anew.status === 200) rests.push({ at: 0, events: allEvents(anew) })
    if (event.event === 'delta') await network.open(gates.shift() as string)
  }
  expect(seen.length).toBeGreaterThanOrEqual(pieces.length + 2)
  expect(rests.length).toBeGreaterThan(seen.length)
  const whole = gist(seen)
  expect(whole.text).toBe('Uno dos 😀 tres, y cuatro')
  for (const { at, events } of rests) {
    const told = gist([...seen.slice(0, at), ...(await events)])
    // After the very last event, that is told again.
    const last = at === seen.length ? { ...whole, events: [...whole.events, seen.at(-1)] } : whole
    expect(told).toEqual(last)
  }
  const [, reply] = await historyOf(ann, id)
  expect(reply?.content).toBe(whole.text)
  // The same once the object has forgotten all that is not stored.
  await abortAllDurableObjects()
  for (const [index, event] of seen.entries()) {
    const rest = await allEvents(await joinReply(ann, id, event.id))
    expect(textOf([...seen.slice(0, index + 1), ...rest])).toBe(whole.text)
    expect(rest.at(-1)).toEqual(seen.at(-1))
    expect(rest.map((one) => one.event)).not.toContain('accepted')
  }
})

test('two hundred follow one reply and are all told the same', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const { finish } = await givenRunningReply(ann, id, 'join-many')
  const joined = await Promise.all(Array.from({ length: 200 }, () => joinReply(ann, id)))
  const all = joined.map(allEvents)
  const expected = gist(await finish())
  for (const events of await Promise.all(all)) expect(gist(events)).toEqual(expected)
})

test('an event id that is not valid is refused, and so is one that the reply has not reached', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const { replyId, finish } = await givenRunningReply(ann, id, 'join-wrong')
  for (const place of [
    'here',
    ':3',
    `${replyId}:`,
    `${replyId}:-1`,
    `${replyId}:1.5`,
    'a b:3',
    `${replyId}:4`,
  ]) {
    const problem = await problemOf(joinReply(ann, id, place))
    expect(problem).toMatchObject({ type: '/problems/invalid-request', status: 422 })
    expect([place, pointersOf(problem).map((one) => one.toLowerCase())]).toEqual([
      place,
      ['last-event-id'],
    ])
  }
  // Empty, as some clients send it at first, it says nothing.
  const joined = allEvents(await joinReply(ann, id, ''))
  const events = await finish()
  expect(gist(await joined)).toEqual(gist(events))
  // Once a reply has ended, the last event says all there is.
  const late = await allEvents(await joinReply(ann, id, `${replyId}:1000`))
  expect(late).toEqual([events.at(-1)])
})

test('who goes on with a reply that nothing was kept of is told what runs now, or how it ended', async () => {
  await network.script('join-failed', [{ status: 400 }])
  const ann = await as.user()
  const id = await givenConversation(ann)
  const failed = await allEvents(await ann.stream(id, turnOf('join-failed')))
  expect(failed.map(({ event }) => event)).toEqual(['accepted', 'failed'])
  const again = await allEvents(await joinReply(ann, id, failed[0]?.id))
  expect(again).toEqual(failed.slice(1))
  await abortAllDurableObjects()
  expect((await joinReply(ann, id, failed[0]?.id)).status).toBe(204)
  const { replyId, finish } = await givenRunningReply(
    ann,
    id,
    'join-next',
    turnOf('join-next', 'q2'),
  )
  const next = allEvents(await joinReply(ann, id, failed[0]?.id))
  const events = await finish()
  expect(gist(await next)).toEqual(gist(events))
  expect((await next)[0]).toMatchObject({ event: 'accepted', data: { reply_id: replyId } })
})

test('a lost object tells who goes on what was kept, and how it ended', async () => {
  await network.script('join-lost', [{ text: 'Half a text' }, { hang: true }])
  const ann = await as.user()
  const id = await givenConversation(ann)
  const events = eventsOf(await ann.stream(id, turnOf('join-lost')))
  const accepted = (await events.next()).value as ServerEvent
  await events.next()
  await writeDown(id, 'Half a')
  await abortAllDurableObjects()
  const replyId = String(accepted.data['reply_id'])
  const rest = await allEvents(await joinReply(ann, id, `${replyId}:3`))
  expect(rest.map(({ event }) => event)).toEqual(['delta', 'interrupted'])
  expect(textOf(rest)).toBe('f a')
  const kept = { id: replyId, content: 'Half a', status: 'interrupted' }
  expect(rest.at(-1)?.data).toMatchObject({ message: kept })
  // Who had read what is lost now learns it from the message.
  const ahead = await allEvents(await joinReply(ann, id, `${replyId}:11`))
  expect(ahead.map(({ event }) => event)).toEqual(['interrupted'])
  expect(ahead[0]).toMatchObject({ id: `${replyId}:6`, data: { message: kept } })
  expect((await joinReply(ann, id)).status).toBe(204)
})
