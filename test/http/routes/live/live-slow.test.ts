import { runInDurableObject } from 'cloudflare:test'
import { expect, test } from 'vitest'

import { append, as } from '../../../support/api.ts'
import { givenConversation, objectOf, userMessages } from '../../../support/given.ts'
import { evict } from '../../../support/record.ts'
import { listen } from '../../../support/said.ts'
import { connected, listenerOf, live } from '../../../support/sockets.ts'
import { givenRunningReply } from '../../../support/turns.ts'

test('a client that sends more than it has to say is cut off, and one that sends too much at once', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const [stays, floods] = [await connected(ann, id), await connected(ann, id)]
  for (let times = 0; times < 20; times += 1) {
    stays.say('{"event":"check","n":1}')
    floods.say(times % 2 ? 'hello' : new ArrayBuffer(8))
  }
  await evict(id)
  floods.say('hello')
  await floods.ended()
  expect(floods.closed?.code).toBe(1008)
  for (const large of ['é'.repeat(2_049), new ArrayBuffer(4_097)]) {
    const tab = await connected(ann, id)
    tab.say(large)
    await tab.ended()
    expect(tab.closed?.code).toBe(1009)
  }
  const fits = await connected(ann, id)
  fits.say('x'.repeat(4_096))
  await append(ann, id, userMessages(1))
  for (const tab of [stays, fits]) {
    await tab.until(({ seqs }) => seqs.length === 1)
    expect(tab.closed).toBeNull()
  }
})

const large = (count: number, from: number) =>
  userMessages(count, from).map((message) => ({ ...message, content: 'x'.repeat(100_000) }))

test('who does not read is cut off, and has it all when they come again', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const slow = listenerOf(await live(ann, id), false)
  const quick = await connected(ann, id)
  await slow.ready()
  for (let from = 1; from <= 45; from += 5) await append(ann, id, large(5, from))
  await slow.ended()
  expect(slow.closed?.code).toBe(4408)
  const got = slow.seqs.length
  // 4 MiB of them, and no more.
  expect([got, slow.of('check').length]).toEqual([41, 1])
  await quick.until(({ seqs }) => seqs.length === 45)
  expect(quick.closed).toBeNull()
  const again = await connected(ann, id, `?after=${got}`)
  expect([...slow.seqs, ...again.seqs]).toEqual(quick.seqs)
})

test('what was missed is sent no faster than it is read, and what comes meanwhile follows it', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  for (let from = 1; from <= 41; from += 10) await append(ann, id, large(10, from))
  const slow = listenerOf(await live(ann, id, '?after=0'), false)
  await slow.until(({ seqs }) => seqs.length > 5)
  await append(ann, id, userMessages(1, 51))
  await ann.patch(`/api/conversations/${id}`, { title: 'Meanwhile' })
  // Half a megabyte, until it shows that it has read.
  expect(slow.seqs).toEqual([1, 2, 3, 4, 5, 6])
  expect(slow.of('conversation')).toEqual([])
  await evict(id)
  let answered = 0
  await slow.until((self) => {
    const checks = self.of('check')
    for (const check of checks.slice(answered)) self.say(JSON.stringify(check))
    answered = checks.length
    return self.of('ready').length === 1
  })
  expect(slow.seqs).toEqual(Array.from({ length: 51 }, (_, index) => index + 1))
  expect(slow.of('ready')[0]).toMatchObject({ seq: 51, conversation: { title: 'Meanwhile' } })
  await append(ann, id, userMessages(1, 52))
  await slow.until(({ seqs }) => seqs.length === 52)
})

test('a message of the largest kind holds up none of those after it', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const image = { type: 'image_url', image_url: { url: `data:${'x'.repeat(850_000)}` } }
  const heavy = (count: number) => ({ id: `h${count}`, role: 'user', parts: [image] })
  await append(ann, id, [{ id: 'full', role: 'user', content: 'x'.repeat(262_144) }])
  for (let count = 1; count <= 3; count += 1) await append(ann, id, [heavy(count)])
  const tab = await connected(ann, id, '?after=0')
  expect(tab.seqs).toEqual([1, 2, 3, 4])
})

test('a socket that fails fails nothing else', async () => {
  const log = listen()
  const ann = await as.user()
  const id = await givenConversation(ann)
  const [broken, whole] = [await connected(ann, id), await connected(ann, id)]
  await runInDurableObject(objectOf(id), (_, ctx) => {
    const [socket] = ctx.getWebSockets()
    if (socket)
      socket.send = () => {
        throw new TypeError('broken')
      }
  })
  expect((await append(ann, id, userMessages(1))).status).toBe(201)
  const { finish } = await givenRunningReply(ann, id, 'live-broken')
  expect((await finish()).at(-1)?.event).toBe('completed')
  await Promise.any([broken, whole].map((tab) => tab.until(({ seqs }) => seqs.length === 3)))
  expect(log.events('duty-failed', id)[0]).toMatchObject({ duty: 'live', error: 'TypeError' })
})
