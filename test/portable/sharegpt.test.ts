import { expect, test } from 'vitest'

import { as } from '../support/api.ts'
import { importedAs, importing, lineOf } from '../support/importing.ts'
import {
  answers,
  callOf,
  calls,
  conversationOf,
  messagesOf,
  says,
  written,
} from '../support/portable.ts'

const linesOf = (text: string) =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { id: string; conversations: object[] })

test('is a line a conversation; one without an answer is left out', async () => {
  const text = await written('sharegpt', [
    [
      conversationOf({ id: 'one' }),
      messagesOf(
        { role: 'system', content: 'Be brief' },
        { content: 'Hi\n"there"' },
        calls('a'),
        answers('a', ''),
        { ...calls('b'), tool_calls: [callOf('b'), callOf('c', 'find', 'x')], content: 'I look' },
        says('Hello'),
        says(''),
      ),
    ],
    [conversationOf({ id: 'none' }), messagesOf({ content: 'Hi' }, says(''), calls('a'))],
    [conversationOf({ id: 'empty' }), []],
    [conversationOf({ id: 'two' }), messagesOf(says('Hello'))],
  ])
  expect(linesOf(text)).toEqual([
    {
      id: 'one',
      conversations: [
        { from: 'system', value: 'Be brief' },
        { from: 'human', value: 'Hi\n"there"' },
        { from: 'function_call', value: '{"name":"look","arguments":{"a":1}}' },
        { from: 'observation', value: '' },
        { from: 'gpt', value: 'I look' },
        {
          from: 'function_call',
          value: '[{"name":"look","arguments":{"a":1}},{"name":"find","arguments":"x"}]',
        },
        { from: 'gpt', value: 'Hello' },
      ],
    },
    { id: 'two', conversations: [{ from: 'gpt', value: 'Hello' }] },
  ])
})

test('waits for an answer only so long', async () => {
  const long = { content: 'x'.repeat(1024 * 1024) }
  const given = messagesOf(long, long, long, long, { content: 'last' })
  const [line] = linesOf(await written('sharegpt', [[conversationOf(), given]]))
  expect(line?.conversations).toHaveLength(5)
})

test('comes in again with the same words, and a result that says nothing', async () => {
  const ann = await as.user()
  const given = messagesOf(
    { role: 'system', content: 'Be brief' },
    { content: ' Hi\n"there" ' },
    { ...calls('a', 'b'), content: 'I look' },
    answers('a', 'A'),
    answers('b', ''),
    says('Hello'),
  )
  const id = crypto.randomUUID()
  const file = await written('sharegpt', [
    [conversationOf({ id }), given],
    [conversationOf({ id: crypto.randomUUID() }), messagesOf({ content: 'q' }, says('a'))],
  ])
  const answer = await importing(ann, file)
  expect(answer).toMatchObject({ source: 'sharegpt', imported: 2, failed: 0, complete: true })
  const { messages } = await importedAs(ann, answer.conversations[0]!.id)
  expect(messages.map(lineOf)).toEqual([
    'system: Be brief',
    'user:  Hi\n"there" ',
    'assistant: I look',
    'assistant: ',
    'tool: A',
    'tool: ',
    'assistant: Hello',
  ])
  const made = messages.flatMap(({ tool_calls: all }) => all ?? [])
  expect(made.map((call) => call.function)).toEqual([
    { name: 'look', arguments: '{"a":1}' },
    { name: 'look', arguments: '{"a":1}' },
  ])
  expect(messages.flatMap(({ tool_call_id: of }) => of ?? [])).toEqual(made.map((call) => call.id))
})

test('so do the lines of openai', async () => {
  const ann = await as.user()
  const given = messagesOf(
    { role: 'system', content: 'Be brief' },
    { content: ' Hi ' },
    { ...calls('a', 'b'), content: 'I look' },
    answers('a', 'A'),
    answers('b', ''),
    says('Hello'),
  )
  const file = await written('openai', [
    [conversationOf(), given],
    [conversationOf(), messagesOf({ content: 'q' }, says('a'))],
  ])
  const answer = await importing(ann, file)
  expect(answer).toMatchObject({ source: 'generic', imported: 2, failed: 0, complete: true })
  const { messages } = await importedAs(ann, answer.conversations[0]!.id)
  expect(messages.map(lineOf)).toEqual(given.map(({ role, content }) => `${role}: ${content}`))
  expect(messages.map(({ tool_calls: all }) => all)).toEqual(given.map((one) => one.tool_calls))
  expect(messages.map((one) => one.tool_call_id)).toEqual(given.map((one) => one.tool_call_id))
})

test('takes data sets in which the names of fields are mixed, and those that call the turns otherwise', async () => {
  const ann = await as.user()
  const turns = [
    { from: 'human', text: 'q' },
    { role: 'gpt', value: 'a' },
    { from: 'human', content: 'r' },
    { role: 'assistant', content: 'b' },
  ]
  const all = [{ conversations: turns }, { items: turns }, { conversation: turns, n: 1 }]
  const answer = await importing(ann, all)
  expect(answer).toMatchObject({ source: 'sharegpt', imported: 3, failed: 0 })
  for (const { id } of answer.conversations) {
    const { messages } = await importedAs(ann, id)
    expect(messages.map(lineOf)).toEqual(['user: q', 'assistant: a', 'user: r', 'assistant: b'])
  }
})

test('calls and results that stand in the text are what they are; a person’s stay', async () => {
  const call = '<tool_call>\n{"name": "look", "arguments": {"a": 1}}\n</tool_call>'
  const file = {
    id: crypto.randomUUID(),
    messages: [
      { from: 'human', value: call },
      { from: 'gpt', value: `I look.\n${call}` },
      { from: 'tool', value: '<tool_response>\n{"b": 2}\n</tool_response>' },
      { from: 'gpt', value: '<tool_call> is a mark' },
    ],
  }
  const ann = await as.user()
  const { conversations } = await importing(ann, [file])
  const { messages } = await importedAs(ann, conversations[0]!.id)
  expect(messages.map(lineOf)).toEqual([
    `user: ${call}`,
    'assistant: I look.',
    'tool: {"b": 2}',
    'assistant: <tool_call> is a mark',
  ])
  const [asked] = messages[1]?.tool_calls ?? []
  expect(asked?.function).toEqual({ name: 'look', arguments: '{"a":1}' })
  expect(messages[2]?.tool_call_id).toBe(asked?.id)
})
