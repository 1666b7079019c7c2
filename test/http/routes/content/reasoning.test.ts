import { expect, test } from 'vitest'

import { as, at, bodyOf, type Conversation } from '../../../support/api.ts'
import { type ServerEvent, allEvents, eventsOf, textOf } from '../../../support/events.ts'
import type { Step } from '../../../support/fake-network.ts'
import { givenConversation } from '../../../support/given.ts'
import { network } from '../../../support/network.ts'
import { delta, done } from '../../../support/reasoning.ts'
import { inRecord } from '../../../support/record.ts'
import { answered, historyOf, proceed, turnOf } from '../../../support/turns.ts'

const ways: [how: string, steps: Step[]][] = [
  [
    'reasoning_content',
    [delta({ reasoning_content: 'Let me ' }), delta({ reasoning_content: 'see' })],
  ],
  ['reasoning', [delta({ reasoning: 'Let me ' }), delta({ reasoning: 'see' })]],
  ['both, which count once', [delta({ reasoning: 'Let me see', reasoning_content: 'Let me see' })]],
  [
    'reasoning_details',
    [
      delta({ reasoning_details: [{ type: 'reasoning.text', index: 0, text: 'Let me ' }] }),
      delta({ reasoning_details: [{ type: 'reasoning.text', index: 0, text: 'see' }] }),
    ],
  ],
  [
    'parts of the content',
    [delta({ content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'Let me see' }] }] })],
  ],
]

test.each(ways)(
  'reasoning that comes as %s is a part, and no part of what was said',
  async (how, steps) => {
    const key = `thinks-${ways.findIndex(([one]) => one === how)}`
    await network.script(key, [...steps, { text: 'Hello' }, done])
    const ann = await as.user()
    const id = await givenConversation(ann)
    const events = await allEvents(await ann.stream(id, turnOf(key)))
    expect(textOf(events)).toBe('Hello')
    const thoughts = events.filter(({ event }) => event === 'reasoning')
    expect(thoughts.map(({ data }) => data['content']).join('')).toBe('Let me see')
    const [, reply] = await historyOf(ann, id)
    expect(reply).toMatchObject({
      content: 'Hello',
      parts: [
        { type: 'reasoning', text: 'Let me see' },
        { type: 'text', text: 'Hello' },
      ],
      extra: null,
    })
    await inRecord(id, 2)
    expect(events.at(-1)?.data['message']).toEqual(reply)
  },
)

test('content that comes as a list of parts is its text', async () => {
  await network.script('content-parts', [
    delta({ content: [{ type: 'text', text: 'Hello' }] }),
    delta({ content: ' there' }),
    done,
  ])
  const ann = await as.user()
  const id = await givenConversation(ann)
  const { message } = await answered(ann, id, turnOf('content-parts'))
  expect(message).toMatchObject({ content: 'Hello there', parts: null })
})

test('a refusal is what people see, and known for what it is', async () => {
  await network.script('refuses', [delta({ refusal: 'I will not.' }), done])
  const ann = await as.user()
  const id = await givenConversation(ann)
  const { message } = await answered(ann, id, turnOf('refuses'))
  expect(message).toMatchObject({
    content: 'I will not.',
    parts: [{ type: 'refusal', text: 'I will not.' }],
  })
})

test('a stream goes on where it was left, in the reasoning as in the text', async () => {
  await network.script('thinks-joined', [
    delta({ reasoning_content: 'Hm ' }),
    { gate: 'thinks-joined' },
    delta({ reasoning_content: 'yes' }),
    { text: 'Sure' },
    done,
  ])
  const ann = await as.user()
  const id = await givenConversation(ann)
  const first = eventsOf(await ann.stream(id, turnOf('thinks-joined')))
  await first.next()
  const thought = (await first.next()).value as ServerEvent
  expect(thought).toMatchObject({ event: 'reasoning', data: { content: 'Hm ' } })
  expect(thought.id).toMatch(/:0\.3$/)
  const joining = await ann.request('GET', `${at(id)}/stream`, undefined, {
    'last-event-id': thought.id ?? '',
  })
  await network.open('thinks-joined')
  const rest = await allEvents(joining)
  expect(rest.map(({ event, data }) => [event, data['content']]).slice(0, 2)).toEqual([
    ['reasoning', 'yes'],
    ['delta', 'Sure'],
  ])
  // And the whole of it once it has ended.
  const replyId = String(thought.id).split(':')[0]
  const again = await ann.request('GET', `${at(id)}/stream`, undefined, {
    'last-event-id': `${replyId}:0`,
  })
  expect((await allEvents(again)).map(({ event }) => event)).toEqual([
    'reasoning',
    'delta',
    'completed',
  ])
})

test('a reply that only thought and then failed is no reply', async () => {
  await network.script('thinks-only', [delta({ reasoning_content: 'Hm' }), { cut: true }])
  const ann = await as.user()
  const id = await givenConversation(ann)
  expect((await proceed(ann, id, turnOf('thinks-only'))).status).toBe(502)
  expect(await historyOf(ann, id)).toHaveLength(1)
})

test('thoughts that no mark begins are told apart once the reply is whole, and only then', async () => {
  const texts = [{ text: 'I think.\n</thi' }, { text: 'nk>\n\nSaid' }]
  await network.script('thinks-unopened', [...texts, done])
  await network.script('thinks-unopened-cut', [...texts, { cut: true }])
  const ann = await as.user()
  const id = await givenConversation(ann)
  const { message } = await answered(ann, id, turnOf('thinks-unopened'))
  expect(message).toMatchObject({
    content: 'Said',
    parts: [
      { type: 'reasoning', text: 'I think.' },
      { type: 'text', text: 'Said' },
    ],
  })
  const cut = await answered(ann, id, turnOf('thinks-unopened-cut', 'q2'))
  expect(cut.message.content).toBe('I think.\n</think>\n\nSaid')
})

test('thoughts are in no later prompt, no summary and no title', async () => {
  const key = 'thinks-memory'
  await network.script(key, [
    delta({ reasoning_content: 'SECRET THOUGHT' }),
    { text: 'Said' },
    done,
  ])
  await network.script(`${key}.summary`, [{ text: 'Sum' }, done])
  await network.script('thinks-next', [{ text: 'Next' }, done])
  const ann = await as.user()
  const id = await givenConversation(ann, { language: 'en' })
  await answered(ann, id, turnOf(key))
  await answered(ann, id, turnOf('thinks-next', 'q2'))
  await bodyOf<Conversation>(ann.post(`${at(id)}/summarize`))
  const seen = await Promise.all(
    ['thinks-next', `${key}.summary`, `${key}.title`].map((one) => network.seen(one)),
  )
  expect(JSON.stringify(seen)).not.toContain('SECRET THOUGHT')
  expect(JSON.stringify(seen)).toContain('Said')
})

test('of endless thoughts the beginning is kept, and the reply is whole', async () => {
  const long = 'x'.repeat(60_000)
  await network.script('thinks-long', [
    ...[1, 2, 3, 4].map(() => delta({ reasoning_content: long })),
    { text: 'Done' },
    done,
  ])
  const ann = await as.user()
  const id = await givenConversation(ann)
  const { message } = await answered(ann, id, turnOf('thinks-long'))
  expect(message).toMatchObject({ status: 'complete', content: 'Done' })
  expect(JSON.stringify(message.parts).length).toBeLessThan(140_000)
})

test('an event id that is ahead of the reasoning is refused, and says how much there is', async () => {
  await network.script('thinks-ahead', [
    delta({ reasoning_content: 'Hm' }),
    { gate: 'thinks-ahead' },
    done,
  ])
  const ann = await as.user()
  const id = await givenConversation(ann)
  const events = eventsOf(await ann.stream(id, turnOf('thinks-ahead')))
  await events.next()
  const { value } = (await events.next()) as { value: ServerEvent }
  const ahead = `${String(value.id).split(':')[0]}:0.9`
  const answer = await ann.request('GET', `${at(id)}/stream`, undefined, { 'last-event-id': ahead })
  expect(await answer.json()).toMatchObject({
    status: 422,
    errors: [{ detail: 'The reply has 0 units of text and 2 of reasoning so far' }],
  })
  await network.open('thinks-ahead')
})

test('thoughts and text that written out are more than a message keep the text', async () => {
  await network.script('thinks-wide', [
    delta({ reasoning_content: '\u0001'.repeat(120_000) }),
    { text: '\u0001'.repeat(120_000) },
    done,
  ])
  const ann = await as.user()
  const id = await givenConversation(ann)
  const { message } = await answered(ann, id, turnOf('thinks-wide'))
  expect(message).toMatchObject({ status: 'complete', parts: null })
  expect(message.content).toHaveLength(120_000)
})
