import { describe, expect, test } from 'vitest'

import type { Message } from '../../../src/contract/message.ts'
import { type ReplyEnd, encoded, serverSentEvent } from '../../../src/contract/reply-events.ts'
import { eventsOf } from '../../../src/conversation/reply/events.ts'
import { RunningReply, keptReply } from '../../../src/conversation/reply/running-reply.ts'
import { allEvents, textOf } from '../../support/events.ts'
import { gist } from '../../support/streams.ts'

const said = (text: string) => ({ text, reasoning: '' })

const PIECES = ['One', ' two', ' \uD83D', '\uDE00 th', 'ree']
const WHOLE = PIECES.join('')

const message = (changes: Partial<Message> = {}): Message => ({
  id: 'r',
  object: 'message',
  conversation_id: 'c',
  seq: 2,
  parent_id: 'q',
  siblings: ['r'],
  role: 'assistant',
  origin: 'model',
  content: WHOLE,
  parts: null,
  tool_calls: null,
  tool_call_id: null,
  status: 'complete',
  finish_reason: 'stop',
  model: 'test-model',
  tokens_used: 7,
  extra: null,
  created_at: '2026-11-22T00:00:00.000Z',
  ...changes,
})
const calls = [{ id: 'a', type: 'function' as const, function: { name: 'look', arguments: '{}' } }]
const asked = message({ id: 'q', seq: 1, role: 'user', content: 'Count' })

const ends = {
  completed: { kind: 'completed', message: message() },
  'completed with calls': { kind: 'completed', message: message({ tool_calls: calls }) },
  interrupted: {
    kind: 'interrupted',
    message: message({ status: 'interrupted' }),
    reason: 'ended-before',
  },
  failed: { kind: 'failed', why: 'model-failed', extra: { detail: 'It failed.' } },
} satisfies Record<string, ReplyEnd>

const following = (reply: RunningReply, accepted: Message[] = [], heartbeatMs?: number) => {
  const shown = async () => accepted
  const follower = {
    accepted,
    shown,
    from: null,
    barred: () => null,
    expiresAt: null,
    left: () => {},
  }
  return encoded(eventsOf(reply, follower, heartbeatMs), serverSentEvent)
}
const follow = (reply: RunningReply) => allEvents(new Response(following(reply, [asked])))

describe.each(Object.entries(ends))('a reply that is %s', (_, end) => {
  test('is the same for all who join, at whatever point', async () => {
    const reply = new RunningReply('r', 1)
    const joined = [follow(reply)]
    for (const piece of PIECES) {
      reply.add(said(piece))
      // Some have read up to here, some join now.
      await scheduler.wait(1)
      joined.push(follow(reply))
    }
    reply.end(end)
    joined.push(follow(reply))
    const all = (await Promise.all(joined)).map(gist)
    expect(all).toHaveLength(7)
    expect(all[0]?.text).toBe(WHOLE)
    for (const one of all) expect(one).toEqual(all[0])
    expect(await reply.ended()).toBe(end)
  })
})

test('numbers each event by how much of the text there is by then', async () => {
  const reply = new RunningReply('r', 1)
  const events = follow(reply)
  for (const piece of PIECES) {
    reply.add(said(piece))
    await scheduler.wait(1)
  }
  reply.end(ends['completed with calls'])
  const seen = await events
  expect(seen.map(({ event }) => event)).toEqual([
    'accepted',
    ...PIECES.map(() => 'delta'),
    'tool_calls',
    'completed',
  ])
  let offset = 0
  for (const { event, id, data } of seen) {
    const before = offset
    if (event === 'delta') offset += String(data['content']).length
    // A delta's id says where the next one begins, for who wants to go on from it.
    expect(id).toBe(`r:${offset}`)
    expect(WHOLE.slice(before, offset)).toBe(event === 'delta' ? data['content'] : '')
  }
  expect(seen[0]?.data).toEqual({ messages: [asked], reply_id: 'r' })
  expect(seen.at(-2)?.data).toEqual({ tool_calls: calls })
})

test('says how it failed, and what is kept all the same', async () => {
  const reply = new RunningReply('r', 1)
  reply.end(ends.failed)
  expect((await follow(reply)).at(-1)).toMatchObject({
    event: 'failed',
    data: {
      problem: {
        type: '/problems/model-failed',
        status: 502,
        detail: 'It failed.',
        stored: ['q'],
      },
    },
  })
})

/** The next thing that a stream brings, as text; null at its end. */
async function next(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<string | null> {
  const { done, value } = await reader.read()
  return done ? null : new TextDecoder().decode(value)
}

test('gives a slow reader larger deltas', async () => {
  const reply = new RunningReply('r', 1)
  const reader = following(reply).getReader()
  expect(await next(reader)).toContain('event: accepted')
  for (const piece of PIECES.slice(0, 4)) reply.add(said(piece))
  expect(await next(reader)).toContain(JSON.stringify({ content: PIECES.slice(0, 4).join('') }))
  reply.add(said('ree'))
  reply.end(ends.completed)
  expect(await next(reader)).toContain(JSON.stringify({ content: 'ree' }))
  expect(await next(reader)).toContain('event: completed')
  expect(await next(reader)).toBeNull()
})

test('shows signs of life while it has nothing to say', async () => {
  const reply = new RunningReply('r', 1)
  const reader = following(reply, [], 5).getReader()
  await next(reader)
  expect(await next(reader)).toBe(':\n\n')
  expect(await next(reader)).toBe(':\n\n')
  const pending = next(reader)
  reply.add(said('One'))
  expect(await pending).toContain('id: r:3\nevent: delta')
  expect(await next(reader)).toBe(':\n\n')
  reply.end(ends.failed)
  expect(await next(reader)).toContain('event: failed')
})

test('goes on for the others when one goes away', async () => {
  const reply = new RunningReply('r', 1)
  const gone = following(reply).getReader()
  const stays = follow(reply)
  await next(gone)
  const waiting = gone.read()
  await gone.cancel()
  expect((await waiting).done).toBe(true)
  for (const piece of PIECES) reply.add(said(piece))
  reply.end(ends.completed)
  expect(textOf(await stays)).toBe(WHOLE)
})

test('takes nothing more once it has ended', async () => {
  const reply = new RunningReply('r', 1)
  reply.add(said('One'))
  reply.end(ends.interrupted)
  reply.add(said(' two'))
  expect(textOf(await follow(reply))).toBe('One')
})

test('makes no event of a piece without text', async () => {
  const reply = new RunningReply('r', 1)
  reply.add(said(''))
  reply.end(ends.completed)
  expect((await follow(reply)).map(({ event }) => event)).toEqual(['accepted', 'completed'])
})

test.each(['completed', 'completed with calls', 'interrupted'] as const)(
  'is retold when it is %s as it was told',
  async (kind) => {
    const reply = new RunningReply('r', 1)
    for (const piece of PIECES) reply.add(said(piece))
    reply.end(ends[kind])
    const retold = await allEvents(
      new Response(following(keptReply(ends[kind].message, 1), [asked])),
    )
    expect(retold).toEqual(await follow(reply))
    expect(textOf(retold)).toBe(WHOLE)
  },
)
