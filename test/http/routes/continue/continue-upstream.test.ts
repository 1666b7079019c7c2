import { describe, expect, test } from 'vitest'

import { as } from '../../../support/api.ts'
import { allEvents } from '../../../support/events.ts'
import type { Step } from '../../../support/fake-network.ts'
import { givenConversation } from '../../../support/given.ts'
import { network } from '../../../support/network.ts'
import { problemOf } from '../../../support/problems.ts'
import { listen } from '../../../support/said.ts'
import { answered, historyOf, proceed, turnOf } from '../../../support/turns.ts'

const SECRET = 'words that nobody else may read'
// Providers quote the prompt in their errors.
const body = JSON.stringify({
  error: { message: `you said: ${SECRET}`, code: SECRET, type: SECRET },
})
// The client waits before it repeats a call; here not for long.
const headers = { 'retry-after-ms': '1' }

const asked = (key: string) => ({
  messages: [{ id: 'q', role: 'user', content: `${SECRET} #${key}` }],
})

describe('what the model endpoint answers', () => {
  test.each<[number, string, number]>([
    [400, 'model-failed', 502],
    [401, 'model-failed', 502],
    [429, 'model-overloaded', 503],
    ...[408, 409, 425, 500, 502, 503, 504, 520, 529].map((busy): [number, string, number] => [
      busy,
      'model-overloaded',
      503,
    ]),
  ])('%i is a problem of its own, with what is stored', async (status, type, own) => {
    const key = `upstream-${status}`
    await network.script(key, [{ status, body, headers }])
    const ann = await as.user()
    const id = await givenConversation(ann)
    const problem = { type: `/problems/${type}`, status: own, stored: ['q'] }
    const response = await proceed(ann, id, turnOf(key))
    expect(response.headers.get('retry-after')).toBe(own === 503 ? '1' : null)
    expect(await problemOf(response)).toMatchObject(problem)
    const events = await allEvents(await ann.stream(id, turnOf(key)))
    expect(events.map(({ event }) => event)).toEqual(['accepted', 'failed'])
    expect(events.at(-1)?.data).toMatchObject({ problem })
    expect((await historyOf(ann, id)).map((message) => message.id)).toEqual(['q'])
  })

  test.each([
    ['seconds', { 'retry-after': '45' }, 45],
    ['a part of a second', { 'retry-after': '0.2' }, 1],
    ['milliseconds', { 'retry-after-ms': '44100', 'retry-after': '7' }, 45],
    ['a date', { 'retry-after': new Date(Date.now() + 3_000_000).toUTCString() }, 3_000],
    ['more than an hour', { 'retry-after': '86400' }, 3_600],
    ['the past', { 'retry-after': 'Wed, 21 Oct 2015 07:28:00 GMT' }, 10],
    ['nothing of use', { 'retry-after': '-1' }, 10],
  ])(
    'is passed on at once when it is busy, with the time it asks for: %s',
    async (name, asked, s) => {
      const key = `upstream-busy-${name.replaceAll(' ', '-')}`
      await network.script(key, [{ status: 529, body, headers: asked }])
      const ann = await as.user()
      const id = await givenConversation(ann)
      const response = await proceed(ann, id, turnOf(key))
      const wait = Number(response.headers.get('retry-after'))
      expect(Math.abs(wait - s)).toBeLessThanOrEqual(s === 3_000 ? 60 : 0)
      expect(await problemOf(response)).toMatchObject({ status: 503, retry_after: wait })
      expect(await network.seen(key)).toHaveLength(1)
    },
  )

  test('is not asked for again once it has begun', async () => {
    await network.script('upstream-begun', [{ text: 'Half' }, { wait: 20 }, { break: true }])
    const ann = await as.user()
    const id = await givenConversation(ann)
    await answered(ann, id, turnOf('upstream-begun'))
    expect(await network.seen('upstream-begun')).toHaveLength(1)
  })
})

const leaks: [string, Step[]][] = [
  ['an error', [{ status: 400, body, headers }]],
  ['an overload', [{ status: 429, body, headers }]],
  ['an error that is no JSON', [{ status: 500, body: `<p>${SECRET}</p>`, headers }]],
  ['an error amid the stream', [{ text: 'So' }, { raw: `data: ${body}\n\n` }]],
  ['a stream of something else', [{ raw: `data: ${SECRET}\n\n` }]],
  ['a connection that breaks', [{ text: 'So' }, { wait: 20 }, { break: true }]],
]

test.each(leaks)('%s puts no words of anybody in an answer or a log', async (name, steps) => {
  const key = `leak-${name.replaceAll(' ', '-')}`
  await network.script(key, steps)
  const ann = await as.user()
  const id = await givenConversation(ann)
  const log = listen()
  const streamed = await allEvents(await ann.stream(id, asked(key)))
  const waited = await proceed(ann, id, asked(key))
  // What was accepted, and only that, is the caller's own words.
  const { accepted: _, ...told } = await waited.json<Record<string, unknown>>()
  expect(JSON.stringify(streamed.slice(1))).not.toContain(SECRET)
  expect(JSON.stringify(told)).not.toContain(SECRET)
  expect(log.events('reply-finished', id)).not.toEqual([])
  expect(log.text()).not.toContain(SECRET)
})

test('a reply that is cut in the middle of a call keeps its text, and is not complete', async () => {
  const call = { index: 0, id: 'c', function: { name: 'write', arguments: '{"text":"Once' } }
  const delta = { content: 'I write.', tool_calls: [call] }
  const chunk = { choices: [{ delta, finish_reason: null }] }
  await network.script(
    'cut-call',
    [{ chunk }, { finish: 'length' }],
    [{ text: 'Yes' }, { finish: 'stop' }],
  )
  const ann = await as.user()
  const id = await givenConversation(ann)
  const { message } = await answered(ann, id, turnOf('cut-call'))
  expect(message).toMatchObject({ content: 'I write.', tool_calls: null, status: 'interrupted' })
  expect((await answered(ann, id, turnOf('cut-call', 'q2'))).message.status).toBe('complete')
})
