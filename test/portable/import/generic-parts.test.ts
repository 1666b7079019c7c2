import { expect, test } from 'vitest'

import { as } from '../../support/api.ts'
import { importingOne, lineOf } from '../../support/importing.ts'

const ann = await as.user()

test('finds what was said in whichever field a program has for it', async () => {
  const { messages } = await importingOne(ann, {
    id: crypto.randomUUID(),
    messages: [
      { role: 'user', content: 'q' },
      { role: 'assistant', content: null, audio: { id: 'x', transcript: 'spoken' } },
      { role: 'user', content: [], text: 'in text' },
      { role: 'assistant', message: 'in message', thinking: 'Hm' },
      { role: 'user', content: { content_type: 'text', parts: ['in', { text: 'parts' }] } },
      { role: 'assistant', content: { type: 'text', text: 'as one part' }, reasoning: 'Ho' },
      {
        role: 'user',
        content: [
          { type: 'text', text: { value: 'a' } },
          { type: 'text', content: 'b' },
          { type: 'text', value: 'c' },
        ],
      },
    ],
  })
  expect(messages.map(lineOf)).toEqual([
    'user: q',
    'assistant: spoken',
    'user: in text',
    'assistant: in message',
    'user: in\nparts',
    'assistant: as one part',
    'user: a\nb\nc',
  ])
  expect(messages[3]?.parts).toMatchObject([{ type: 'reasoning', text: 'Hm' }, { type: 'text' }])
  expect(messages[5]).toMatchObject({ parts: [{ text: 'Ho' }, {}], extra: null })
})

test('reads messages of the AI SDK and of the API of Gemini: parts, calls, results, pages', async () => {
  const look = { toolCallId: 't', toolName: 'look', args: { a: 1 } }
  const { messages } = await importingOne(ann, {
    id: crypto.randomUUID(),
    messages: [
      { role: 'user', content: 'q', parts: [{ type: 'text', text: 'q' }] },
      {
        role: 'assistant',
        content: 'Seen.',
        parts: [
          { type: 'step-start' },
          { type: 'reasoning', text: 'Hm' },
          { type: 'tool-find', toolCallId: 'f', input: { b: 2 }, output: { c: 3 } },
          { type: 'tool-invocation', toolInvocation: { ...look, result: 'r' } },
          { type: 'dynamic-tool', toolName: 'wait', toolCallId: 'w', errorText: 'late' },
          { type: 'text', text: 'Seen.' },
          { type: 'source-url', url: 'https://s.test/', title: 'S' },
        ],
      },
      {
        role: 'tool',
        content: [
          { type: 'tool-result', toolCallId: 'x', output: { type: 'text', value: 'one' } },
          { type: 'tool-result', toolCallId: 'y', output: { type: 'json', value: 2 } },
        ],
      },
      {
        role: 'user',
        parts: [{ text: 'w' }, { inlineData: { mimeType: 'image/png', data: 'aaaa' } }],
      },
      {
        role: 'model',
        parts: [{ text: 'Ho', thought: true }, { functionCall: { name: 'get', args: { a: 1 } } }],
      },
      { role: 'function', parts: [{ functionResponse: { name: 'get', response: { r: 1 } } }] },
    ],
  })
  const told = messages.map(({ role, content, tool_calls: calls, tool_call_id: of }) =>
    [
      role,
      ...(calls ?? []).map(({ function: { name, arguments: given } }) => name + given),
      of,
      content,
    ]
      .filter(Boolean)
      .join(' '),
  )
  expect(told).toEqual([
    'user q',
    'assistant find{"b":2}',
    'tool f {"c":3}',
    'assistant look{"a":1}',
    'tool t r',
    'assistant wait{}',
    'tool w late',
    'assistant Seen.',
    'tool x one',
    'tool y {"type":"json","value":2}',
    'user w',
    'assistant get{"a":1}',
    'tool message-5-call-1 {"r":1}',
  ])
  expect(messages[7]?.parts).toMatchObject([{}, { type: 'source', title: 'S' }])
  expect(messages[10]?.parts).toMatchObject([{}, { type: 'image_url' }])
  expect(messages[11]?.parts).toMatchObject([{ type: 'reasoning', text: 'Ho' }])
})

test('a list of messages is one conversation, also if the text of some is in another field', async () => {
  const { messages } = await importingOne(await as.user(), [
    { role: 'system', text: 'Be brief' },
    { role: 'user', content: 'q' },
    { role: 'assistant', audio: { transcript: 'spoken' } },
    { role: 'user', message: 'And?' },
  ])
  expect(messages.map(lineOf)).toEqual([
    'system: Be brief',
    'user: q',
    'assistant: spoken',
    'user: And?',
  ])
})

test('words of documents and of what was found are said; other parts are shown by their kinds', async () => {
  const { messages } = await importingOne(await as.user(), {
    messages: [
      { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'The lease.' } },
      {
        type: 'search_result',
        source: 'https://a.test',
        content: [{ type: 'text', text: 'Found.' }],
      },
      { type: 'video_url', video_url: { url: 'https://v.test/' } },
      { type: 'input_file', file_id: 'f' },
    ].map((part) => ({ role: 'user', content: [part] })),
  })
  expect(messages.map(lineOf)).toEqual([
    'user: The lease.',
    'user: Found.',
    'user: [video]',
    'user: [file]',
  ])
})
