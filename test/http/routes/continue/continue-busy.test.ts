import { expect, test } from 'vitest'

import { type Appended, append, as, bodyOf, read } from '../../../support/api.ts'
import { givenConversation } from '../../../support/given.ts'
import { network } from '../../../support/network.ts'
import { problemOf } from '../../../support/problems.ts'
import { eventually, recordOf, rowOf, underFaults } from '../../../support/record.ts'
import { answered, givenRunningReply, historyOf, proceed, turnOf } from '../../../support/turns.ts'

test('refuses to append and to continue while a reply runs, and stores nothing', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const { replyId, finish } = await givenRunningReply(ann, id, 'busy-refuses')
  const [fresh] = turnOf('busy-refuses', 'fresh').messages
  const responses = [
    await append(ann, id, [fresh as object]),
    await proceed(ann, id, { messages: [fresh] }),
    await ann.stream(id, { messages: [fresh] }),
    // A part of it stands already: what is new waits all the same.
    await proceed(ann, id, { messages: [...turnOf('busy-refuses').messages, fresh] }),
  ]
  for (const response of responses) {
    expect(response.headers.get('retry-after')).toBe('2')
    expect(await problemOf(response)).toMatchObject({
      type: '/problems/conversation-busy',
      status: 409,
      reply_id: replyId,
    })
  }
  expect((await historyOf(ann, id)).map((message) => message.id)).toEqual(['q'])
  await finish()
  expect((await historyOf(ann, id)).map((message) => message.id)).toEqual(['q', replyId])
  expect((await append(ann, id, [fresh as object])).status).toBe(201)
  expect(await network.seen('busy-refuses')).toHaveLength(1)
})

test('is not busy for the retry of what is stored', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const earlier = await answered(ann, id, turnOf('busy-before', 'q1'))
  const { finish } = await givenRunningReply(ann, id, 'busy-retry', turnOf('busy-retry', 'q2'))
  const again = await append(ann, id, turnOf('busy-retry', 'q2').messages)
  expect(again.status).toBe(200)
  expect((await bodyOf<Appended>(again)).messages).toMatchObject([{ id: 'q2', seq: 3 }])
  const { message } = await answered(ann, id, turnOf('busy-before', 'q1'))
  expect(message).toEqual(earlier.message)
  await finish()
})

test('says that an id is taken rather than that it is busy', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const { finish } = await givenRunningReply(ann, id, 'busy-taken')
  const other = { id: 'q', role: 'user', content: 'Something else' }
  expect(await problemOf(append(ann, id, [other]))).toMatchObject({
    type: '/problems/message-id-taken',
  })
  await finish()
})

test('can be renamed while a reply runs', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const { finish } = await givenRunningReply(ann, id, 'busy-patch')
  const patched = await ann.patch(`/api/conversations/${id}`, { title: 'Meanwhile' })
  expect(patched.status).toBe(200)
  const events = await finish()
  expect(events.at(-1)?.event).toBe('completed')
  expect(await read(ann, id)).toMatchObject({ title: 'Meanwhile', message_count: 2 })
})

test('stays archived when a reply ends that ran while it was archived', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const { finish } = await givenRunningReply(ann, id, 'busy-archive')
  const archived = await ann.delete(`/api/conversations/${id}`)
  expect(archived.status).toBe(200)
  const events = await finish()
  expect(events.at(-1)?.event).toBe('completed')
  const { is_active, archived_at, message_count } = await read(ann, id)
  expect([is_active, message_count]).toEqual([false, 2])
  expect(archived_at).not.toBeNull()
  await eventually(async () => (await recordOf(id)).length === 2)
  expect(await rowOf(id)).toMatchObject({ is_active: 0, last_seq: 2 })
})

test('goes on to its end when the one who asked goes away', async () => {
  await network.script('busy-gone', [
    { text: 'One' },
    { gate: 'busy-gone' },
    { text: ' two' },
    { finish: 'stop' },
  ])
  const ann = await as.user()
  const id = await givenConversation(ann)
  const { body } = await ann.stream(id, turnOf('busy-gone'))
  const reader = body?.getReader()
  await reader?.read()
  await reader?.cancel()
  await network.open('busy-gone')
  await eventually(async () => (await historyOf(ann, id)).length === 2)
  expect((await historyOf(ann, id))[1]).toMatchObject({ content: 'One two', status: 'complete' })
  expect((await network.seen('busy-gone'))[0]?.isClosed).toBe(false)
})

test('is carried to the record once, when the reply has ended', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const counts = await underFaults(id)
  const { finish } = await givenRunningReply(ann, id, 'busy-flush')
  // Longer than a flush would wait by itself.
  await scheduler.wait(400)
  expect(counts.batches).toBe(0)
  expect(await recordOf(id)).toEqual([])
  await finish()
  await eventually(async () => (await recordOf(id)).length === 2)
  expect(counts.batches).toBe(1)
})
