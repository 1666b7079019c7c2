import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'

import { type Conversation, type Listed, as, at, bodyOf } from '../../../support/api.ts'
import { givenConversation, objectOf, userMessages } from '../../../support/given.ts'
import { network } from '../../../support/network.ts'
import { notThere, problemOf } from '../../../support/problems.ts'
import {
  dutiesOf,
  evict,
  inRecord,
  inStorage,
  recordOf,
  rowOf,
  storedIn,
  underFaults,
  wipeWhenDue,
} from '../../../support/record.ts'
import { listen } from '../../../support/said.ts'
import { proceed, turnOf } from '../../../support/turns.ts'

interface Erasure {
  object: 'erasure'
  conversation_id: string
  messages: number
  erased_at: string
  is_complete: boolean
}

test('removes messages and conversation from record and log, and gives a receipt', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann, { messages: userMessages(3) })
  await inRecord(id, 3)
  const before = Date.now()
  const response = await ann.post(`${at(id)}/erase`)
  expect(response.status).toBe(200)
  const receipt = await bodyOf<Erasure>(response)
  expect(receipt).toEqual({
    object: 'erasure',
    conversation_id: id,
    messages: 3,
    files: 0,
    erased_at: expect.any(String),
    is_complete: true,
  })
  expect(Date.parse(receipt.erased_at)).toBeGreaterThanOrEqual(before)
  expect(await rowOf(id)).toBeNull()
  expect(await recordOf(id)).toEqual([])
  await wipeWhenDue(id)
  expect(await storedIn(id)).toEqual({ tables: [], alarm: null })
})

test('is not there for anybody from then on', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann, { messages: userMessages(1) })
  const gone = async () => {
    const answers = [
      ann.get(at(id)),
      ann.get(`${at(id)}/messages`),
      ann.get(`${at(id)}/context`),
      ann.patch(at(id), { title: 'Back?' }),
      ann.delete(at(id)),
      ann.post(`${at(id)}/messages`, { messages: userMessages(1) }),
      ann.post(`${at(id)}/summarize`),
      proceed(ann, id, turnOf('never')),
      ann.stream(id, turnOf('never')),
      as.service('staff').get(at(id)),
    ]
    for (const answer of answers) expect(await problemOf(answer)).toMatchObject(notThere)
    const listed = await bodyOf<Listed<object>>(ann.get('/api/conversations?status=all'))
    expect(listed.data).toEqual([])
    expect(await rowOf(id)).toBeNull()
  }
  expect((await ann.post(`${at(id)}/erase`)).status).toBe(200)
  await gone()
  await evict(id)
  await gone()
  await wipeWhenDue(id)
  await gone()
  expect(await storedIn(id)).toEqual({ tables: [], alarm: null })
  expect(await network.seen('never')).toEqual([])
})

test('gives the same receipt again while it stands, and to its owner alone', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann, { messages: userMessages(2) })
  const first = await bodyOf<Erasure>(ann.post(`${at(id)}/erase`))
  expect(await bodyOf<Erasure>(ann.post(`${at(id)}/erase`))).toEqual(first)
  const stranger = (await as.user()).post(`${at(id)}/erase`)
  expect(await problemOf(stranger)).toMatchObject(notThere)
  await wipeWhenDue(id)
  expect(await problemOf(ann.post(`${at(id)}/erase`))).toMatchObject(notThere)
})

test('its id is taken until the last of it is gone; then it is as good as any, and finds nothing', async () => {
  const [ann, bob] = [await as.user(), await as.user()]
  const id = await givenConversation(ann, { title: 'A secret', messages: userMessages(2) })
  await ann.post(`${at(id)}/erase`)
  for (const client of [ann, bob]) {
    const again = client.post('/api/conversations', { id })
    expect(await problemOf(again)).toMatchObject({ type: '/problems/id-taken', status: 409 })
  }
  await wipeWhenDue(id)
  const created = await bob.post('/api/conversations', { id, messages: userMessages(1) })
  expect(created.status).toBe(201)
  expect(await bodyOf<Conversation>(created)).toMatchObject({ title: null, message_count: 1 })
  await inRecord(id, 1)
  expect((await dutiesOf(id)).due).toEqual([])
})

test('the object keeps its fence while a write may still be on its way', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  await ann.post(`${at(id)}/erase`)
  const { due } = await dutiesOf(id)
  expect(due).toMatchObject([{ kind: 'erase', attempts: 0 }])
  expect(due[0]?.at).toBeGreaterThan(Date.now() + 60_000)
  await inStorage(id, 'UPDATE due SET at = 0')
  await objectOf(id).reconcile(false)
  expect((await storedIn(id)).tables).toContain('erasure')
})

test('a long one goes in chunks', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann, { messages: userMessages(1) })
  await inRecord(id, 1)
  await env.DB.prepare(
    `WITH RECURSIVE some (n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM some WHERE n < 2500)
     INSERT INTO messages (conversation_id, seq, id, role, origin, content, status, created_at)
     SELECT ?1, n, n, 'user', 'client', 'x', 'complete', 0 FROM some`,
  )
    .bind(id)
    .run()
  const counts = await underFaults(id)
  expect(await bodyOf<Erasure>(ann.post(`${at(id)}/erase`))).toMatchObject({ is_complete: true })
  expect(await recordOf(id)).toEqual([])
  // The note for the cron job, three chunks, and the row.
  expect(counts.single).toBe(5)
})

test('takes the scope erase of a service, and then no owner', async () => {
  const log = listen()
  const ann = await as.user('ann-of-scopes')
  const [one, other] = [
    await givenConversation(ann, { messages: userMessages(1) }),
    await givenConversation(ann),
  ]
  const acting = as.service('backend', 'user:ann-of-scopes')
  expect(await problemOf(acting.post(`${at(one)}/erase`))).toMatchObject({ status: 403 })
  expect(await problemOf(as.service('staff').post(`${at(one)}/erase`))).toMatchObject({
    status: 403,
  })
  const elsewhere = as.service('privacy', 'user:bob').post(`${at(one)}/erase`)
  expect(await problemOf(elsewhere)).toMatchObject(notThere)
  expect((await ann.get(at(one))).status).toBe(200)
  expect((await as.service('eraser').post(`${at(one)}/erase`)).status).toBe(200)
  const forAnn = as.service('privacy', 'user:ann-of-scopes')
  expect((await forAnn.post(`${at(other)}/erase`)).status).toBe(200)
  expect(log.events('erased', one)).toMatchObject([
    { by: 'service', service: 'eraser', messages: 1 },
  ])
  expect(log.events('erased', other)).toMatchObject([{ by: 'service', service: 'privacy' }])
})

test('says of itself who erased, and no word of what it was', async () => {
  const log = listen()
  const ann = await as.user()
  const id = await givenConversation(ann, { title: 'Hidden words', messages: userMessages(2) })
  await ann.post(`${at(id)}/erase`)
  expect(log.events('erased', id)).toMatchObject([{ by: 'owner', service: null, messages: 2 }])
  expect(log.text()).not.toContain('Hidden words')
})
