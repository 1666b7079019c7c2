import { expect, test } from 'vitest'

import { as } from '../../support/api.ts'
import { eventsOf } from '../../support/events.ts'
import { givenConversation, userMessages } from '../../support/given.ts'
import { network } from '../../support/network.ts'
import {
  d1Error,
  inRecord,
  recordOf,
  ringWhenDue,
  rowOf,
  underFaults,
  withRealD1,
} from '../../support/record.ts'
import { aVisitor, link, logIn, runCron } from '../../support/visitors.ts'

const at = (id: string) => `/api/conversations/${id}`
const MINUTE_MS = 60_000

/** A conversation of a visitor that D1 knows nothing of, since it takes nothing. */
async function givenUnrecorded() {
  const visitor = await aVisitor()
  const id = crypto.randomUUID()
  await underFaults(id, {
    before: () => {
      throw d1Error('Network connection lost.')
    },
  })
  const created = await visitor.client.post('/api/conversations', { id, messages: userMessages(2) })
  expect(created.status).toBe(201)
  expect(await rowOf(id)).toBeNull()
  return { ...visitor, id }
}

/** D1 takes what it is sent again. */
async function recover(id: string) {
  await withRealD1(id)
  await ringWhenDue(id)
  await inRecord(id, 2)
}

test('a session that is linked while D1 knows nothing of its conversation leaves it to the user all the same', async () => {
  const { id, token, client } = await givenUnrecorded()
  const user = crypto.randomUUID()
  expect(await logIn(token, user)).toMatchObject({ linked: 0 })
  // The link counts as finished by the time that D1 is back.
  await runCron(Date.now() + 11 * MINUTE_MS)
  expect((await client.get(at(id))).status).toBe(200)
  await recover(id)
  expect((await client.get(at(id))).status).toBe(404)
  expect(await rowOf(id)).toMatchObject({ user_id: user, last_seq: 2 })
  expect(await (await (await as.user(user)).get(at(id))).json()).toMatchObject({ user_id: user })
  expect(await recordOf(id)).toHaveLength(2)
})

test('a link that names other conversations leaves this one with the session', async () => {
  const { id, token, client } = await givenUnrecorded()
  const named = await givenConversation(client)
  const user = await as.user()
  await link(user, { session_token: token, conversation_ids: [named] })
  await recover(id)
  expect((await client.get(at(id))).status).toBe(200)
  expect(await rowOf(id)).toMatchObject({ user_id: null })
})

test('a link that names this one takes it along, once it can be seen', async () => {
  const { id, token, client } = await givenUnrecorded()
  const user = crypto.randomUUID()
  await link(await as.user(user), { session_token: token, conversation_ids: [id] })
  await recover(id)
  expect((await client.get(at(id))).status).toBe(404)
  expect(await rowOf(id)).toMatchObject({ user_id: user })
})

test('what the session was doing ends when its flush finds the link', async () => {
  const gate = crypto.randomUUID()
  await network.script(gate, [{ text: 'One' }, { gate }, { finish: 'stop' }])
  const { id, token, client } = await givenUnrecorded()
  const events = eventsOf(
    await client.stream(id, { messages: [{ role: 'user', content: `#${gate}` }] }),
  )
  await events.next()
  await events.next()
  await logIn(token, crypto.randomUUID())
  await withRealD1(id)
  const started = Date.now()
  await ringWhenDue(id)
  expect((await events.next()).value).toMatchObject({ event: 'closed' })
  expect(await events.next()).toMatchObject({ done: true })
  // Not with the next sign of life.
  expect(Date.now() - started).toBeLessThan(5_000)
  await network.open(gate)
})

test('a flush asks for a link when only a session owns the conversation, and writes nothing for it', async () => {
  const { client, token } = await aVisitor()
  const id = await givenConversation(client)
  const reads: number[] = []
  const written: number[] = []
  const counts = await underFaults(id)
  const turn = async (count: number, by = client) => {
    counts.sent.length = 0
    counts.rowsRead = 0
    await by.post(`${at(id)}/messages`, { messages: userMessages(1, count) })
    await inRecord(id, count)
    reads.push(counts.rowsRead)
    written.push(counts.sent[0]?.length ?? 0)
  }
  await turn(1)
  await turn(2)
  const user = crypto.randomUUID()
  await logIn(token, user)
  await turn(3, await as.user(user))
  // The first one makes the row in one statement; one more asks for the link.
  expect(written).toEqual([3, 3, 2])
  // That a session has no link costs no row.
  expect(reads[1]).toBeLessThanOrEqual(reads[2]!)
})
