import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'

import { Live } from '../../../../src/conversation/live/live.ts'
import { openParts } from '../../../../src/conversation/parts.ts'
import { CurrentReply } from '../../../../src/conversation/reply/current.ts'
import { Client, append, as, read } from '../../../support/api.ts'
import { givenConversation, objectOf, userMessages } from '../../../support/given.ts'
import { problemOf } from '../../../support/problems.ts'
import { dutiesOf, eventually, evict, ring, ringWhenDue } from '../../../support/record.ts'
import { bindings } from '../../../support/settings.ts'
import { connected, live } from '../../../support/sockets.ts'
import { inSeconds, signed } from '../../../support/tokens.ts'
import { aVisitor, logIn } from '../../../support/visitors.ts'

const expiring = async (seconds: number, sub: string = crypto.randomUUID()) => {
  const claims = { sub, exp: inSeconds(seconds) }
  const token = await signed(bindings.SESSION_SECRET, claims, { typ: 'hilo-session+jwt' })
  return new Client({ authorization: `Bearer ${token}` })
}

const socketsDue = async (id: string) =>
  (await dutiesOf(id)).due.find(({ kind }) => kind === 'sockets')?.at

test("linking closes the session's sockets, and tells those that may read on", async () => {
  const { token, client } = await aVisitor()
  const id = await givenConversation(client)
  const [tab, staff] = [await connected(client, id), await connected(as.service('staff'), id)]
  const userId = crypto.randomUUID()
  await logIn(token, userId)
  await tab.ended()
  expect(tab.closed).toEqual({ code: 4404, reason: 'No such conversation' })
  expect(tab.of('conversation')).toEqual([])
  await staff.until((self) => self.of('conversation').length === 1)
  expect(staff.of('conversation')[0]?.conversation.user_id).toBe(userId)
  await append(await as.user(userId), id, userMessages(1))
  await staff.until(({ seqs }) => seqs.length === 1)
  expect(tab.seqs).toEqual([])
  expect(await problemOf(live(client, id))).toMatchObject({ status: 404 })
})

test('a socket that sleeps is closed when its token expires', async () => {
  const sub = crypto.randomUUID()
  const [soon, later] = [await expiring(2, sub), await as.session(sub)]
  const id = await givenConversation(later)
  const [first, second] = [await connected(later, id), await connected(soon, id)]
  // One that lasts longer puts nothing off.
  await connected(later, id)
  const due = await socketsDue(id)
  expect(due).toBeLessThan(Date.now() + 3_000)
  await evict(id)
  // No test rings: the alarm by itself.
  await first.until(() => second.closed !== null)
  expect(second.closed).toEqual({ code: 4401, reason: 'The token has expired' })
  expect(first.closed).toBeNull()
  // The next one to expire is the next to be due.
  await eventually(async () => ((await socketsDue(id)) ?? 0) > Date.now() + 3_000_000)
  await append(later, id, userMessages(1))
  await first.until(({ seqs }) => seqs.length === 1)
})

test('an expired socket is told nothing more, however late the alarm is', async () => {
  const sub = crypto.randomUUID()
  const [soon, later] = [await expiring(2, sub), await as.session(sub)]
  const id = await givenConversation(later)
  const [silent, talking] = [await connected(soon, id), await connected(soon, id)]
  const put = await dutiesOf(id)
  expect(put.due.map(({ kind }) => kind)).toContain('sockets')
  await runInDurableObject(objectOf(id), async (_, { storage }) => {
    storage.sql.exec("DELETE FROM due WHERE kind = 'sockets'")
    await storage.deleteAlarm()
  })
  await scheduler.wait(2_100)
  talking.say('hello?')
  await append(later, id, userMessages(1))
  for (const tab of [silent, talking]) {
    await tab.ended()
    expect([tab.closed?.code, tab.seqs]).toEqual([4401, []])
  }
})

test('when no socket is left that expires, none is due', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const tab = await connected(as.service('backend', `user:${(await read(ann, id)).user_id}`), id)
  expect(await socketsDue(id)).toBeUndefined()
  const hers = await connected(ann, id)
  expect(await socketsDue(id)).toBeGreaterThan(Date.now() + 3_000_000)
  hers.close()
  await hers.ended()
  await ringWhenDue(id)
  await ring(id)
  expect(await socketsDue(id)).toBeUndefined()
  expect(tab.closed).toBeNull()
})

test('one caller has 128 sockets in a conversation and no more, others are none the worse', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const tabs = await Promise.all(Array.from({ length: 128 }, () => connected(ann, id)))
  const refused = await live(ann, id)
  expect(refused.headers.get('retry-after')).toBe('10')
  expect(await problemOf(refused)).toMatchObject({
    type: '/problems/too-many-sockets',
    status: 429,
  })
  await connected(as.service('staff'), id)
  tabs[0]?.close()
  await tabs[0]?.ended()
  await connected(ann, id)
  expect((await live(ann, id)).status).toBe(429)
})

test('an erased conversation says so and closes', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const tab = await connected(ann, id)
  await runInDurableObject(objectOf(id), (_, ctx) => {
    new Live(
      openParts(ctx, () => env),
      new CurrentReply(),
    ).erased()
  })
  await tab.ended()
  expect(tab.frames.at(-1)).toEqual({ event: 'erased' })
  expect(tab.closed?.code).toBe(1000)
})
