import { describe, expect, test } from 'vitest'

import { as } from '../../../support/api.ts'
import { allEvents, textOf } from '../../../support/events.ts'
import type { Step } from '../../../support/fake-network.ts'
import { givenConversation } from '../../../support/given.ts'
import { network } from '../../../support/network.ts'
import { problemOf } from '../../../support/problems.ts'
import { eventually, underSettings } from '../../../support/record.ts'
import { shorten } from '../../../support/time.ts'
import { answered, historyOf, proceed, turnOf } from '../../../support/turns.ts'

const CONTENT_BYTES = 256 * 1024

/** A conversation in which the model does as it is told when it is asked about `key`. */
async function given(key: string, ...steps: Step[]) {
  await network.script(key, steps)
  const ann = await as.user()
  return { ann, id: await givenConversation(ann), turn: turnOf(key) }
}

const chunk = (delta: object, finish_reason: string | null = null) => ({
  chunk: {
    id: 'c',
    object: 'chat.completion.chunk',
    choices: [{ index: 0, delta, finish_reason }],
  },
})

test('a reply is complete once the model has said why it finished, though the connection breaks then', async () => {
  const choices = [{ index: 0, delta: {}, finish_reason: 'stop' }]
  const chunk = { id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices }
  const steps: Step[] = [{ text: 'All of it' }, { chunk }, { wait: 20 }, { break: true }]
  const { ann, id, turn } = await given('end-after-all', ...steps)
  const { message } = await answered(ann, id, turn)
  expect(message).toMatchObject({ content: 'All of it', status: 'complete', finish_reason: 'stop' })
})

describe('a reply of which the model did not say why it finished', () => {
  const cuts: [string, ...Step[]][] = [
    ['the end of the stream', { cut: true }],
    ['a closing marker alone', { raw: 'data: [DONE]\n\n' }],
    ['a broken connection', { wait: 20 }, { break: true }],
    ['a chunk that is no JSON', { raw: 'data: {"id": \n\n' }],
    ['an error amid the stream', { raw: 'data: {"error":{"message":"secret words"}}\n\n' }],
  ]

  test.each(cuts)('is kept as interrupted when text came before %s', async (name, ...steps) => {
    const key = `end-with-${name.replaceAll(' ', '-')}`
    const { ann, id, turn } = await given(key, { text: 'Half of' }, ...steps)
    const events = await allEvents(await ann.stream(id, turn))
    expect(events.map(({ event }) => event)).toEqual(['accepted', 'delta', 'interrupted'])
    const isCut = name.startsWith('the end') || name.startsWith('a closing')
    expect(events.at(-1)?.data['reason']).toBe(isCut ? 'upstream-cut' : 'upstream-error')
    const [, reply] = await historyOf(ann, id)
    expect(events.at(-1)?.data['message']).toEqual(reply)
    expect(reply).toMatchObject({ content: 'Half of', status: 'interrupted', finish_reason: null })
  })

  test.each(cuts)('is no message when nothing came before %s', async (name, ...steps) => {
    const key = `end-without-${name.replaceAll(' ', '-')}`
    const { ann, id, turn } = await given(key, ...steps)
    const problem = { type: '/problems/model-failed', status: 502, stored: ['q'] }
    const events = await allEvents(await ann.stream(id, turn))
    expect(events.map(({ event }) => event)).toEqual(['accepted', 'failed'])
    expect(events.at(-1)?.data).toMatchObject({ problem })
    expect(await problemOf(proceed(ann, id, turn))).toMatchObject(problem)
    expect((await historyOf(ann, id)).map((message) => message.id)).toEqual(['q'])
  })

  test('has no tool calls: those may be half a call', async () => {
    const call = { index: 0, id: 'call_1', function: { name: 'look', arguments: '{"at":' } }
    const { ann, id, turn } = await given(
      'end-calls',
      { text: 'Let me' },
      chunk({ tool_calls: [call] }),
    )
    const { message } = await answered(ann, id, turn)
    expect(message).toMatchObject({ status: 'interrupted', tool_calls: null, content: 'Let me' })
  })
})

test.each(['length', 'content_filter', 'stop'])(
  'a reply without text that finished for %s is complete',
  async (reason) => {
    const { ann, id, turn } = await given(`end-${reason}`, { finish: reason, tokens: 3 })
    const { message } = await answered(ann, id, turn)
    expect(message).toMatchObject({
      content: '',
      status: 'complete',
      finish_reason: reason,
      tokens_used: 3,
    })
    expect(await historyOf(ann, id)).toHaveLength(2)
  },
)

test('a refusal of the model is what it said', async () => {
  const { ann, id, turn } = await given('end-refusal', chunk({ refusal: 'I can not' }), {
    finish: 'stop',
  })
  expect((await answered(ann, id, turn)).message.content).toBe('I can not')
})

describe('a reply that is longer than a message may be', () => {
  test('is cut at a character, and the model is told to stop', async () => {
    const text = `a${'😀'.repeat(CONTENT_BYTES / 4)}`
    const { ann, id, turn } = await given('end-long', { text }, { hang: true })
    const events = await allEvents(await ann.stream(id, turn))
    const [, reply] = await historyOf(ann, id)
    // One byte over: the last character goes as a whole.
    expect(reply?.content).toBe(text.slice(0, -2))
    expect(textOf(events)).toBe(reply?.content)
    expect(events.at(-1)).toMatchObject({ event: 'interrupted', data: { reason: 'too-long' } })
    expect(reply?.status).toBe('interrupted')
    await eventually(async () => (await network.seen('end-long'))[0]?.isClosed === true)
  })

  test('is complete when it just fits', async () => {
    const half = 'ñ'.repeat(CONTENT_BYTES / 4)
    const { ann, id, turn } = await given(
      'end-fits',
      { text: half },
      { text: half },
      { finish: 'stop' },
    )
    const { message } = await answered(ann, id, turn)
    expect(message).toMatchObject({ status: 'complete', finish_reason: 'stop' })
    expect(message.content).toBe(half + half)
  })
})

test('tool calls that are too long to keep are left out, and the reply is not complete', async () => {
  const call = { index: 0, id: 'call_1', function: { name: 'f', arguments: '1'.repeat(700_000) } }
  const { ann, id, turn } = await given(
    'end-calls-long',
    { text: 'Let me' },
    chunk({ tool_calls: [call] }),
    { finish: 'tool_calls' },
  )
  const events = await allEvents(await ann.stream(id, turn))
  expect(events.at(-1)).toMatchObject({
    event: 'interrupted',
    data: { reason: 'too-long', message: { content: 'Let me', tool_calls: null } },
  })
})

test('what no storage keeps is replaced in a reply, for those who read it live too', async () => {
  const { ann, id, turn } = await given(
    'end-odd',
    { text: 'a\uD83Db\0c\uDE00d\uD83D' },
    { text: '\uDE00e\uD83D' },
    { finish: 'stop' },
  )
  const events = await allEvents(await ann.stream(id, turn))
  // As JSON, which has escapes for what a test's report could not hold.
  const kept = JSON.stringify('a\uFFFDb\uFFFDc\uFFFDd😀e\uFFFD')
  expect(JSON.stringify(textOf(events))).toBe(kept)
  const [, message] = await historyOf(ann, id)
  expect(JSON.stringify(message?.content)).toBe(kept)
  expect(events.at(-1)).toMatchObject({ event: 'completed', data: { message } })
})

describe('a model that goes silent', () => {
  test('fails the reply before its first word', async () => {
    shorten(41_000)
    const { ann, id, turn } = await given('end-silent', { hang: true })
    await underSettings(id, { MODEL_FIRST_TOKEN_TIMEOUT_S: '41' })
    const problem = await problemOf(proceed(ann, id, turn))
    expect(problem).toMatchObject({ type: '/problems/model-timeout', status: 504, stored: ['q'] })
    expect(await historyOf(ann, id)).toHaveLength(1)
    await eventually(async () => (await network.seen('end-silent'))[0]?.isClosed === true)
  })

  test('interrupts the reply after it', async () => {
    shorten(42_000)
    const { ann, id, turn } = await given('end-stuck', { text: 'Half of' }, { hang: true })
    await underSettings(id, { MODEL_NEXT_TOKEN_TIMEOUT_S: '42' })
    const events = await allEvents(await ann.stream(id, turn))
    expect(events.at(-1)).toMatchObject({
      event: 'interrupted',
      data: { reason: 'upstream-timeout', message: { content: 'Half of', status: 'interrupted' } },
    })
    await eventually(async () => (await network.seen('end-stuck'))[0]?.isClosed === true)
  })
})
