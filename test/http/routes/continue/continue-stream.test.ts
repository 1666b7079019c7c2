import { expect, test } from 'vitest'

import { as, read } from '../../../support/api.ts'
import { type ServerEvent, allEvents, eventsOf, textOf } from '../../../support/events.ts'
import { givenConversation } from '../../../support/given.ts'
import { network } from '../../../support/network.ts'
import { shorten } from '../../../support/time.ts'
import { answered, givenRunningReply, historyOf, proceed, turnOf } from '../../../support/turns.ts'

const offsets = (events: ServerEvent[]): number[] =>
  events.map(({ id }) => Number(id.slice(id.lastIndexOf(':') + 1)))

test('says first what it has kept, then streams, and gives each event its place in the reply', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const { replyId, finish } = await givenRunningReply(ann, id, 'stream-places')
  const events = await finish()
  expect(events.map(({ event }) => event)).toEqual(['accepted', 'delta', 'delta', 'completed'])
  expect(events.map((event) => event.id)).toEqual(
    [0, 3, 7, 7].map((offset) => `${replyId}:${offset}`),
  )
  const [question, reply] = await historyOf(ann, id)
  expect(events[0]?.data).toEqual({ messages: [question], reply_id: replyId })
  expect(question).toMatchObject({ id: 'q', seq: 1, role: 'user', origin: 'client' })
  expect(events.at(-1)?.data).toEqual({ message: reply })
  expect(reply).toMatchObject({ id: replyId, seq: 2, role: 'assistant', origin: 'model' })
})

test('is not buffered or cached on its way', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const response = await ann.stream(id, turnOf('stream-headers'))
  expect(response.headers.get('content-type')).toBe('text/event-stream')
  expect(response.headers.get('x-accel-buffering')).toBe('no')
  expect(response.headers.get('cache-control')).toBe('no-store, no-transform')
  expect(response.headers.get('x-request-id')).not.toBeNull()
  await allEvents(response)
})

test('counts places in UTF-16 units; an emoji that came in two halves is told whole', async () => {
  await network.script('stream-emoji', [
    { text: 'é\uD83D' },
    { gate: 'stream-emoji' },
    { text: '\uDE00!' },
    { finish: 'stop' },
  ])
  const ann = await as.user()
  const id = await givenConversation(ann)
  const response = await ann.stream(id, turnOf('stream-emoji'))
  const events: ServerEvent[] = []
  // The second half is let go only once the first has arrived by itself.
  for await (const event of eventsThenOpen(response, 'stream-emoji')) events.push(event)
  expect(offsets(events)).toEqual([0, 1, 4, 4])
  expect(textOf(events)).toBe('é😀!')
  expect((await historyOf(ann, id))[1]?.content).toBe('é😀!')
})

test('adds up to the message, however many pieces it comes in', async () => {
  const pieces = Array.from({ length: 60 }, (_, index) => `piece ${index}\n\ndata: ☕ `)
  await network.script('stream-many', [...pieces.map((text) => ({ text })), { finish: 'stop' }])
  const ann = await as.user()
  const id = await givenConversation(ann)
  const events = await allEvents(await ann.stream(id, turnOf('stream-many')))
  expect(textOf(events)).toBe(pieces.join(''))
  expect((await historyOf(ann, id))[1]?.content).toBe(pieces.join(''))
  expect(offsets(events).at(-1)).toBe(pieces.join('').length)
})

test('is one JSON answer for who does not ask for events', async () => {
  await network.script('stream-json', [{ text: 'Hi' }, { finish: 'stop', tokens: 11 }])
  const ann = await as.user()
  const id = await givenConversation(ann)
  const response = await proceed(ann, id, turnOf('stream-json'))
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toBe('application/json')
  const [question, reply] = await historyOf(ann, id)
  expect(await response.json()).toEqual({
    message: reply,
    accepted: [question],
    conversation: expect.objectContaining({ id, message_count: 2, tokens_used: 11 }),
  })
  expect(reply).toMatchObject({
    content: 'Hi',
    status: 'complete',
    finish_reason: 'stop',
    model: 'test-model-2026',
    tokens_used: 11,
  })
})

test('takes the more wanted of the two forms', async () => {
  const ann = await as.user()
  const typeFor = async (accept: string) => {
    const path = `/api/conversations/${await givenConversation(ann)}/continue`
    const response = await ann.request('POST', path, turnOf('stream-form'), { accept })
    await response.text()
    return response.headers.get('content-type')
  }
  expect(await typeFor('application/json;q=0.5, text/event-stream')).toBe('text/event-stream')
  expect(await typeFor('application/json, text/event-stream;q=0.5')).toBe('application/json')
  expect(await typeFor('*/*')).toBe('application/json')
})

test('adds the tokens of every reply to those of the conversation', async () => {
  await network.script('stream-tokens', [{ text: 'Hi' }, { finish: 'stop', tokens: 11 }])
  const ann = await as.user()
  const id = await givenConversation(ann)
  await answered(ann, id, turnOf('stream-tokens', 'q1'))
  const { conversation } = await answered(ann, id, turnOf('stream-tokens', 'q2'))
  expect(conversation.tokens_used).toBe(22)
  expect((await read(ann, id)).tokens_used).toBe(22)
})

test('shows that it lives while the model has nothing to say', async () => {
  shorten(10_000)
  await network.script('stream-alive', [
    { gate: 'stream-alive' },
    { text: 'One' },
    { finish: 'stop' },
  ])
  const ann = await as.user()
  const id = await givenConversation(ann)
  const { body } = await ann.stream(id, turnOf('stream-alive'))
  let text = ''
  for await (const piece of body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += piece
    if (piece === ':\n\n') await network.open('stream-alive')
  }
  expect(text).toMatch(/^id: \S+\nevent: accepted\ndata: .+\n\n(:\n\n)+id: \S+\nevent: delta\n/)
  expect(text).toMatch(/\nevent: completed\ndata: .+\n\n$/)
})

async function* eventsThenOpen(response: Response, gate: string) {
  for await (const event of eventsOf(response)) {
    yield event
    if (event.event === 'delta') await network.open(gate)
  }
}
