import { expect, test } from 'vitest'

import { type Client, type Conversation, append, as, read } from '../../../support/api.ts'
import { givenConversation, userMessages } from '../../../support/given.ts'
import { summarize } from '../../../support/memory.ts'
import { network } from '../../../support/network.ts'
import { problemOf } from '../../../support/problems.ts'
import { evict } from '../../../support/record.ts'
import { connected, live } from '../../../support/sockets.ts'
import { stopReply } from '../../../support/streams.ts'
import { givenRunningReply, historyOf, turnOf } from '../../../support/turns.ts'

async function now(client: Client, id: string): Promise<Conversation> {
  const {
    messages: _,
    has_more: __,
    next_cursor: ___,
    ...conversation
  } = (await read(client, id)) as Conversation & {
    messages: unknown
    has_more: unknown
    next_cursor: unknown
  }
  return conversation
}

test('what happens in a conversation is told as it happens', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann, { messages: userMessages(2) })
  const tab = await connected(ann, id)
  expect(tab.frames).toEqual([{ event: 'ready', seq: 2, conversation: await now(ann, id) }])
  await append(ann, id, userMessages(2, 3))
  await tab.until(({ seqs }) => seqs.length === 2)
  const [, , third, fourth] = await historyOf(ann, id)
  expect(tab.frames.slice(1)).toEqual([
    { event: 'message', seq: 3, message: third },
    { event: 'message', seq: 4, message: fourth },
  ])
  await ann.patch(`/api/conversations/${id}`, { title: 'Renamed' })
  await tab.until((self) => self.of('conversation').length === 1)
  expect(tab.frames.at(-1)).toMatchObject({ conversation: { title: 'Renamed', message_count: 4 } })
  await ann.delete(`/api/conversations/${id}`)
  await tab.until((self) => self.of('conversation').length === 2)
  expect(tab.frames.at(-1)).toMatchObject({ conversation: { is_active: false } })
  // A retry is nothing that happens.
  await append(ann, id, userMessages(1, 3))
  await append(ann, id, userMessages(1, 5))
  await tab.until((self) => self.of('conversation').length === 3)
  expect(tab.seqs).toEqual([3, 4, 5])
  expect(tab.frames.at(-1)).toMatchObject({ conversation: { is_active: true, archived_at: null } })
  await summarize(ann, id)
  await tab.until((self) => self.of('conversation').length === 4)
  expect(tab.of('conversation').at(-1)?.conversation).toEqual(await now(ann, id))
  expect(tab.of('conversation').at(-1)?.conversation.summary).not.toBeNull()
})

test('a reply is told from its start to its end, to who was there and to who came amid it', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const first = await connected(ann, id)
  const { replyId, finish } = await givenRunningReply(ann, id, 'live-reply')
  const second = await connected(ann, id, '?after=0')
  await finish()
  const [question, reply] = await historyOf(ann, id)
  for (const tab of [first, second]) {
    await tab.until((self) => self.of('reply-ended').length === 1)
    expect(tab.textOf(replyId)).toBe('One two')
    expect(tab.of('message').map(({ message }) => message)).toEqual([question, reply])
    expect(tab.of('reply-started')).toEqual([{ event: 'reply-started', seq: 1, reply_id: replyId }])
    expect(tab.of('reply-ended')).toEqual([
      {
        event: 'reply-ended',
        reply_id: replyId,
        outcome: 'completed',
        seq: 2,
        reason: null,
        problem: null,
      },
    ])
  }
  expect(
    first.frames.filter(({ event }) => event !== 'conversation').map(({ event }) => event),
  ).toEqual(['ready', 'message', 'reply-started', 'delta', 'delta', 'message', 'reply-ended'])
  expect(second.frames.slice(0, 4).map(({ event }) => event)).toEqual([
    'message',
    'ready',
    'reply-started',
    'delta',
  ])
})

test('a reply that is stopped or fails is told so', async () => {
  await network.script('live-failed', [{ status: 400 }])
  const ann = await as.user()
  const id = await givenConversation(ann)
  const tab = await connected(ann, id)
  const { replyId, finish } = await givenRunningReply(ann, id, 'live-stopped')
  await stopReply(ann, id)
  await finish()
  await ann.post(`/api/conversations/${id}/continue`, turnOf('live-failed', 'q2'))
  await tab.until((self) => self.of('reply-ended').length === 2)
  expect(tab.of('reply-ended')).toMatchObject([
    { reply_id: replyId, outcome: 'interrupted', seq: 2, reason: 'stopped', problem: null },
    { outcome: 'failed', seq: null, reason: null, problem: { type: '/problems/model-failed' } },
  ])
  expect(tab.seqs).toEqual([1, 2, 3])
})

test('who comes amid a reply that has said nothing yet is told of it', async () => {
  await network.script('live-mute', [{ gate: 'live-mute' }, { text: 'Now' }, { finish: 'stop' }])
  const ann = await as.user()
  const id = await givenConversation(ann)
  const waiting = ann.post(`/api/conversations/${id}/continue`, turnOf('live-mute'))
  await expect.poll(async () => (await network.seen('live-mute')).length).toBe(1)
  const tab = await connected(ann, id)
  expect(tab.frames.map(({ event }) => event)).toEqual(['ready', 'reply-started'])
  await network.open('live-mute')
  await waiting
  await tab.until((self) => self.of('reply-ended').length === 1)
  expect(tab.textOf(tab.of('reply-started')[0]?.reply_id ?? '')).toBe('Now')
})

test('ping is answered', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const tab = await connected(ann, id)
  tab.say('ping')
  await tab.until(({ raw }) => raw.length > 1)
  expect(tab.raw.at(-1)).toBe('pong')
})

test('what was missed comes first, each message once, wherever one left off', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann, { messages: userMessages(100) })
  await append(ann, id, userMessages(30, 101))
  for (const after of [0, 1, 49, 50, 51, 129, 130]) {
    const tab = await connected(ann, id, `?after=${after}`)
    expect(tab.seqs).toEqual(Array.from({ length: 130 - after }, (_, index) => after + 1 + index))
    expect(tab.of('ready')).toMatchObject([{ seq: 130 }])
    tab.close()
  }
})

test('a number that is not valid, or that the conversation has not reached, is refused', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann, { messages: userMessages(2) })
  for (const after of ['3', '-1', 'x', '1.5']) {
    expect(await problemOf(live(ann, id, `?after=${after}`))).toMatchObject({
      status: 422,
      errors: [{ pointer: '?after' }],
    })
  }
})

test('messages that come while somebody connects are told once, in order', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const appends = Array.from({ length: 40 }, (_, index) =>
    append(ann, id, userMessages(1, index + 1)),
  )
  const tabs = await Promise.all(Array.from({ length: 20 }, () => connected(ann, id, '?after=0')))
  await Promise.all(appends)
  for (const tab of tabs) {
    await tab.until(({ seqs }) => seqs.length >= 40)
    expect(tab.seqs).toEqual(Array.from({ length: 40 }, (_, index) => index + 1))
  }
})

test('a hundred sockets outlive the hibernation of their object', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const tabs = await Promise.all(Array.from({ length: 100 }, () => connected(ann, id)))
  await append(ann, id, userMessages(1))
  await Promise.all(tabs.map((tab) => tab.until(({ seqs }) => seqs.length === 1)))
  for (let round = 2; round <= 3; round += 1) {
    await evict(id)
    await append(ann, id, userMessages(1, round))
    await Promise.all(tabs.map((tab) => tab.until(({ seqs }) => seqs.length === round)))
  }
  for (const tab of tabs) {
    expect(tab.seqs).toEqual([1, 2, 3])
    expect(tab.closed).toBeNull()
  }
})
