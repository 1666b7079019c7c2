import { describe, expect, test } from 'vitest'

import { as } from '../../support/api.ts'
import { allEvents } from '../../support/events.ts'
import type { Step } from '../../support/fake-network.ts'
import { givenConversation } from '../../support/given.ts'
import { network } from '../../support/network.ts'
import { calling } from '../../support/questions.ts'
import { eventually, inStorage, underFaults } from '../../support/record.ts'
import { listen } from '../../support/said.ts'
import { answered, proceed, turnOf } from '../../support/turns.ts'

describe('the end of a reply is an event', () => {
  test('with its tokens and how long it took', async () => {
    await network.script('timed', [
      { wait: 40 },
      { text: 'One' },
      { gate: 'timed' },
      { text: ' two' },
      { finish: 'length', tokens: 321 },
    ])
    const log = listen()
    const ann = await as.user()
    const id = await givenConversation(ann)
    const answering = answered(ann, id, turnOf('timed'))
    // By the clock of the object alone: the one that the network sleeps by, and its delays, are another's.
    await eventually(
      async () => (await inStorage(id, 'SELECT text FROM reply'))[0]?.['text'] === 'One',
    )
    await scheduler.wait(60)
    await network.open('timed')
    const { message } = await answering
    const [event, ...others] = log.events('reply-finished', id)
    expect(others).toEqual([])
    expect(event).toEqual({
      event: 'reply-finished',
      conversation_id: id,
      reply_id: message.id,
      outcome: 'completed',
      reason: 'length',
      model: 'test-model-2026',
      tokens_used: 321,
      first_token_ms: expect.any(Number),
      took_ms: expect.any(Number),
      failure: null,
      version: expect.any(String),
    })
    const { first_token_ms: first, took_ms: took } = event as { [key: string]: unknown } & {
      first_token_ms: number
      took_ms: number
    }
    expect(first).toBeGreaterThanOrEqual(30)
    expect(took).toBeGreaterThanOrEqual(first + 50)
  })

  test.each<[string, Step[], object]>([
    [
      'cut',
      [{ text: 'One' }, { cut: true }],
      { outcome: 'interrupted', reason: 'upstream-cut', tokens_used: null },
    ],
    [
      'broken',
      [{ text: 'One' }, { raw: 'data: {"error":{"message":"no"}}\n\n' }],
      { outcome: 'interrupted', reason: 'upstream-error' },
    ],
    [
      'refused',
      [{ status: 400 }],
      { outcome: 'failed', reason: 'upstream-error', first_token_ms: null, model: 'test-model' },
    ],
    ['mute', [{ cut: true }], { outcome: 'failed', reason: 'upstream-cut', first_token_ms: null }],
  ])('also when it was %s', async (name, steps, expected) => {
    await network.script(`ended-${name}`, steps)
    const log = listen()
    const ann = await as.user()
    const id = await givenConversation(ann)
    await proceed(ann, id, turnOf(`ended-${name}`))
    expect(log.events('reply-finished', id)).toMatchObject([expected])
  })
})

const SECRET = 'Zanzibar'

describe('nothing of what people or models say is in a log', () => {
  test.each<[string, Step[]]>([
    ['goes well', [{ text: `I know ${SECRET}` }, { finish: 'stop' }]],
    [
      'calls a tool',
      [
        calling(0, { id: 'a', function: { name: SECRET, arguments: `{"at":"${SECRET}"}` } }),
        { finish: 'tool_calls' },
      ],
    ],
    ['is cut', [{ text: `I know ${SECRET}` }, { cut: true }]],
    ['breaks', [{ text: `I know ${SECRET}` }, { wait: 20 }, { break: true }]],
    ['talks nonsense', [{ raw: `data: {"${SECRET}": \n\n` }]],
    ['answers with an error', [{ raw: `data: {"error":{"message":"${SECRET}"}}\n\n` }]],
    ['quotes the question', [{ status: 400, body: `{"error":{"message":"${SECRET}"}}` }]],
    ['is busy and quotes it', [{ status: 429, body: SECRET, headers: { 'retry-after': '0' } }]],
  ])('when the model %s', async (name, steps) => {
    const key = `quiet-${name.replaceAll(' ', '-')}`
    await network.script(key, steps)
    const log = listen()
    const ann = await as.user()
    const id = await givenConversation(ann, { title: SECRET, metadata: { place: SECRET } })
    // D1 fails too: its errors hold what was to be written.
    await underFaults(id, {
      before: () => {
        throw new Error(`D1_ERROR: ${SECRET}`)
      },
    })
    const asked = { id: 'q', role: 'user', content: `Where is ${SECRET}? #${key}` }
    const events = await allEvents(await ann.stream(id, { messages: [asked] }))
    await eventually(async () => log.events('flush-failed', id).length > 0)
    expect(log.events('reply-finished', id)).toHaveLength(1)
    expect(log.text()).not.toContain(SECRET)
    // Nor is it in a problem: whoever asked knows what they said, and the provider's words are not for them.
    const problems = events.filter(({ event }) => event === 'failed')
    expect(JSON.stringify(problems)).not.toContain(SECRET)
  })
})
