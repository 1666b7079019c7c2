import { expect, test } from 'vitest'

import type { Totals } from '../../src/portable/format.ts'
import { toMessage } from '../../src/storage/messages.ts'
import { randomHistory } from '../support/histories.ts'
import { type Line, lineOf, linesOf } from '../support/openai-lines.ts'
import {
  answers,
  callOf,
  calls,
  conversationOf,
  messagesOf,
  says,
  written,
} from '../support/portable.ts'

const told = (messages: Line['messages']) =>
  messages.map(({ role, content, tool_calls: called, tool_call_id: id }) =>
    [role, called?.map((call) => call.id).join('+') ?? id ?? content].join(' '),
  )

test('is a line a conversation, with the roles and the parts of the API', async () => {
  const parts = [
    { type: 'text' as const, text: 'Look' },
    { type: 'image_url' as const, image_url: { url: 'https://x.test/i.png' } },
  ]
  const one = messagesOf(
    { role: 'system', content: 'Be brief' },
    { content: 'Look', parts },
    says('Ok'),
  )
  const two = messagesOf({ content: 'Hi\n"there"' }, says('Hello'))
  const text = await written('openai', [
    [conversationOf(), one],
    [conversationOf(), []],
    [conversationOf(), two],
  ])
  expect(linesOf(text)).toEqual([
    {
      messages: [
        { role: 'system', content: 'Be brief' },
        { role: 'user', content: parts },
        { role: 'assistant', content: 'Ok' },
      ],
    },
    {
      messages: [
        { role: 'user', content: 'Hi\n"there"' },
        { role: 'assistant', content: 'Hello' },
      ],
    },
  ])
})

test('puts the results right behind their calls, in the order of the calls', async () => {
  const messages = await lineOf(
    { content: 'Q' },
    calls('a', 'b'),
    answers('b', 'B'),
    answers('b', 'twice'),
    { content: 'Hurry' },
    answers('a', 'A'),
    says('Done'),
  )
  expect(told(messages)).toEqual([
    'user Q',
    'assistant a+b',
    'tool a',
    'tool b',
    'user Hurry',
    'assistant Done',
  ])
  expect(messages[1]?.tool_calls).toEqual([callOf('a'), callOf('b')])
  expect(messages[2]).toEqual({ role: 'tool', tool_call_id: 'a', content: 'A' })
  expect(messages[3]).toEqual({ role: 'tool', tool_call_id: 'b', content: 'B' })
})

test('leaves calls out that lack a result, and results that lack a call', async () => {
  const messages = await lineOf(
    answers('z', 'Z'),
    { content: 'Q' },
    { ...calls('a', 'b'), content: 'Let me look' },
    answers('a', 'A'),
    answers('a', 'twice'),
    answers('x', 'X'),
    { content: 'And?' },
    calls('c'),
    calls('d'),
    answers('d', 'D'),
    answers('c', 'late'),
    says('Done'),
    calls('e'),
  )
  expect(told(messages)).toEqual([
    'user Q',
    'assistant Let me look',
    'user And?',
    'assistant d',
    'tool d',
    'assistant Done',
  ])
})

test('leaves an empty reply out, and has nothing learn from one that was cut', async () => {
  const messages = await lineOf({ content: 'Q' }, says(''), says('Half', { status: 'interrupted' }))
  expect(messages).toEqual([
    { role: 'user', content: 'Q' },
    { role: 'assistant', content: 'Half', weight: 0 },
  ])
})

test('waits for a result no longer than a hundred messages', async () => {
  const chatter = Array.from({ length: 100 }, (_, index) => ({ content: `u${index}` }))
  const late = await lineOf(calls('a'), ...chatter, answers('a', 'A'), says('Done'))
  expect(told(late)).toEqual([...chatter.map(({ content }) => `user ${content}`), 'assistant Done'])
  const inTime = await lineOf(calls('a'), ...chatter.slice(1), answers('a', 'A'), says('Done'))
  expect(told(inTime).slice(0, 3)).toEqual(['assistant a', 'tool a', 'user u1'])
  expect(inTime).toHaveLength(102)
})

test('leaves a conversation out that no assistant speaks in, and counts it', async () => {
  const long = Array.from({ length: 5 }, (_, index) => ({
    content: `${index}`.repeat(1024 * 1024),
  }))
  const totals: Totals = { conversations: 0, messages: 0 }
  const text = await written(
    'openai',
    [
      [conversationOf(), messagesOf({ role: 'system', content: 'S' }, { content: 'Q' })],
      [conversationOf(), messagesOf({ content: 'Q' }, says('A'))],
      [conversationOf(), messagesOf({ content: 'Q' }, calls('a'), says(''))],
      [conversationOf(), []],
      [conversationOf(), messagesOf(...long, says('Late'), { content: 'Thanks' })],
      [conversationOf(), messagesOf(...long.slice(1, 4), says('B'))],
    ],
    {},
    totals,
  )
  expect(linesOf(text).map(({ messages }) => messages.at(-1)?.content)).toEqual(['A', 'B'])
  expect(totals).toMatchObject({ conversations: 6, left_out: 4 })
  const others: Totals = { conversations: 0, messages: 0 }
  await written('markdown', [[conversationOf(), []]], {}, others)
  expect(others).toEqual({ conversations: 1, messages: 0 })
})

test('is valid whatever the history', async () => {
  for (let seed = 1; seed <= 300; seed += 1) {
    const history = randomHistory(seed).map((row) => toMessage(row, null))
    const [line] = linesOf(await written('openai', [[conversationOf(), history]]))
    // Ids that wait for a result, in order; a message that none of them expects stands out.
    let open: string[] = []
    const wrong = (line?.messages ?? []).filter(
      ({ role, tool_calls: called, tool_call_id: id }) => {
        const isExpected = role === 'tool' ? id === open.shift() : open.length === 0
        if (called) open = called.map((call) => call.id)
        return !isExpected
      },
    )
    expect([wrong, open]).toEqual([[], []])
    const isAnswered = history.some(({ role, content }) => role === 'assistant' && content !== '')
    expect(line !== undefined || !isAnswered).toBe(true)
    if (!line) continue
    expect(line.messages.some(({ role }) => role === 'assistant')).toBe(true)
    const users = history.filter(({ role }) => role === 'user').length
    expect(line.messages.filter(({ role }) => role === 'user')).toHaveLength(users)
  }
})
