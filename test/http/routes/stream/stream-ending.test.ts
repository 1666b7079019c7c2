import { expect, test } from 'vitest'

import { Client, as } from '../../../support/api.ts'
import { allEvents, textOf } from '../../../support/events.ts'
import { givenConversation } from '../../../support/given.ts'
import { problemOf } from '../../../support/problems.ts'
import { eventually } from '../../../support/record.ts'
import { bindings } from '../../../support/settings.ts'
import { gist, joinReply, stopReply } from '../../../support/streams.ts'
import { inSeconds, signed } from '../../../support/tokens.ts'
import { givenRunningReply, historyOf, turnOf } from '../../../support/turns.ts'
import { aVisitor, logIn } from '../../../support/visitors.ts'

test('one caller follows a reply 256 times at once and no more, others are none the worse', async () => {
  const [ann, staff] = [await as.user(), as.service('staff')]
  const id = await givenConversation(ann)
  // Its own stream counts.
  const { finish } = await givenRunningReply(ann, id, 'join-bound')
  const joined = await Promise.all(Array.from({ length: 255 }, () => joinReply(ann, id)))
  expect(new Set(joined.map(({ status }) => status))).toEqual(new Set([200]))
  const one = await joinReply(ann, id)
  expect(one.headers.get('retry-after')).toBe('10')
  expect(await problemOf(one)).toMatchObject({ type: '/problems/too-many-streams', status: 429 })
  expect(await problemOf(ann.stream(id, turnOf('join-bound')))).toMatchObject({ status: 429 })
  const theirs = await joinReply(staff, id)
  expect(theirs.status).toBe(200)
  // Who leaves makes room.
  await joined[0]?.body?.cancel()
  await eventually(async () => {
    const again = await joinReply(ann, id)
    if (again.status === 200) joined.push(again)
    return again.status === 200
  })
  const rest = [...joined.slice(1), theirs].map((response) => response.text())
  await finish()
  for (const text of await Promise.all(rest)) expect(text).toContain('event: completed')
})

test('a stream ends with the token it was opened with, long before its next sign of life', async () => {
  const sub = crypto.randomUUID()
  const token = await signed(
    bindings.SESSION_SECRET,
    { sub, exp: inSeconds(3) },
    { typ: 'hilo-session+jwt' },
  )
  const bob = new Client({ authorization: `Bearer ${token}` })
  const id = await givenConversation(bob)
  const { finish } = await givenRunningReply(bob, id, 'join-expiry')
  const joined = await joinReply(bob, id)
  const startedAt = Date.now()
  const events = await allEvents(joined)
  expect(Date.now() - startedAt).toBeLessThan(8_000)
  expect(events.map(({ event }) => event)).toEqual(['accepted', 'delta', 'closed'])
  const { id: last, data } = events.at(-1)!
  expect(data).toEqual({
    reason: 'expired',
    detail: 'The token has expired. Connect again with a new one, after the id of this event.',
  })
  // The reply itself goes on without them, and so do they with another token.
  const after = await as.session(sub)
  const rest = allEvents(await joinReply(after, id, last))
  await finish()
  expect(textOf(await rest)).toBe(' two')
  await eventually(async () => (await historyOf(after, id)).length === 2)
  expect((await historyOf(after, id))[1]).toMatchObject({ content: 'One two', status: 'complete' })
})

test("a stream of the session's ends when the conversation becomes a user's", async () => {
  const { token, client } = await aVisitor()
  const id = await givenConversation(client)
  const { finish } = await givenRunningReply(client, id, 'join-linked')
  const joined = allEvents(await joinReply(client, id))
  const userId = crypto.randomUUID()
  await logIn(token, userId)
  const told = await joined
  expect(told.map(({ event }) => event)).toEqual(['accepted', 'delta', 'closed'])
  expect(told.at(-1)?.data).toEqual({
    reason: 'not-yours',
    detail: 'The conversation is a user’s now. The reply goes on for them.',
  })
  expect((await joinReply(client, id)).status).toBe(404)
  const user = await as.user(userId)
  const theirs = allEvents(await joinReply(user, id))
  await finish()
  expect(gist(await theirs).text).toBe('One two')
})

test('staff that may read everything may follow, and stop nothing', async () => {
  const [ann, staff] = [await as.user(), as.service('staff')]
  const id = await givenConversation(ann)
  const { finish } = await givenRunningReply(ann, id, 'join-staff')
  const joined = allEvents(await joinReply(staff, id))
  expect(await problemOf(stopReply(staff, id))).toMatchObject({ status: 403 })
  const events = await finish()
  expect(gist(await joined)).toEqual(gist(events))
})
