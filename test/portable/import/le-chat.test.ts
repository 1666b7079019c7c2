import { expect, test } from 'vitest'

import { as } from '../../support/api.ts'
import { importedAs, importing, importingOne, lineOf } from '../../support/importing.ts'
import { message } from '../samples/le-chat.ts'

const ann = await as.user()

test('takes in a chat in the order of its times', async () => {
  const chatId = crypto.randomUUID()
  const { conversation: made, messages } = await importingOne(ann, [
    message('a', 'assistant', 'Because.', {
      chatId,
      createdAt: '2025-01-02T03:04:07Z',
      model: 'mistral-large',
    }),
    message('q', 'user', ' Why?\n', { chatId }),
    message('x', 'narrator', 'Rain.', { chatId, createdAt: '2025-01-02T03:04:08Z' }),
  ])
  expect(made).toMatchObject({
    created_at: '2025-01-02T03:04:05.678Z',
    updated_at: '2025-01-02T03:04:08.000Z',
  })
  expect(messages).toMatchObject([
    { id: 'q', role: 'user', content: ' Why?\n', extra: { 'le-chat': { reaction: 'neutral' } } },
    { id: 'a', role: 'assistant', content: 'Because.', model: 'mistral-large' },
    { id: 'x', role: 'system', content: 'Rain.' },
  ])
})

test('takes in several chats, be they one file after another', async () => {
  const [one, two] = [crypto.randomUUID(), crypto.randomUUID()]
  const [q, a] = [
    message('q', 'user', 'q', { chatId: one }),
    message('a', 'assistant', 'a', { chatId: one }),
  ]
  const other = message('o', 'user', 'o', { chatId: two })
  const answer = await importing(ann, JSON.stringify([q, a]) + JSON.stringify([other]))
  expect(answer).toMatchObject({ source: 'le-chat', imported: 2, failed: 0 })
  expect(answer.conversations).toMatchObject([{ source_id: one }, { source_id: two }])
  const first = await importedAs(ann, answer.conversations[0]!.id)
  expect(first.messages.map(lineOf)).toEqual(['user: q', 'assistant: a'])
  expect(await importing(ann, [q, a, other])).toMatchObject({ unchanged: 2 })
  const cut = JSON.stringify([other, q, a]).slice(0, -9)
  expect(await importing(ann, cut)).toMatchObject({
    unchanged: 1,
    errors: [{ source_id: one, detail: 'The file ends in the middle of it' }],
  })
})

test('makes branches of messages that name the one before them', async () => {
  const chatId = crypto.randomUUID()
  const { messages, extra } = await importingOne(ann, {
    title: 'A trip',
    messages: [
      message('q', 'user', 'q', { chatId }),
      message('a', 'assistant', 'old', { chatId, parentId: 'q' }),
      message('b', 'assistant', 'new', {
        chatId,
        parentId: 'q',
        createdAt: '2025-01-02T03:05:00Z',
      }),
    ],
  })
  expect(messages.map(lineOf)).toEqual(['user: q', 'assistant: new'])
  expect(extra).toMatchObject({ branches: [{ content: 'old' }] })
})

test('reads chunks: text around references, thoughts, calls with their results, files', async () => {
  const chatId = crypto.randomUUID()
  const said = (
    id: string,
    role: string,
    content: string,
    contentChunks: unknown[],
    files: object[] = [],
  ) => message(id, role, content, { chatId, contentChunks, files, createdAt: undefined })
  const text = (one: string) => ({ type: 'text', text: one })
  const reference = { type: 'reference', referenceIds: [1] }
  const { messages, extra } = await importingOne(ann, [
    said('q', 'user', '', [text('q')], [{ type: 'image', name: 'map.png' }]),
    said('a', 'assistant', 'I look. It is so.', [
      { type: 'thinking', thinking: [{ type: 'text', text: 'Hm' }] },
      { type: 'think', text: 'Well' },
      text('I look.'),
      {
        type: 'tool_call',
        id: 't',
        name: 'web_search',
        publicArguments: 'x',
        publicResult: { n: 1 },
      },
      { type: 'tool_call', publicArguments: '{"a":1}', publicResult: 'seen', isDone: true },
      text('It is'),
      reference,
      text(' so.'),
      reference,
      { type: 'tool_call', id: 'u', isDone: false },
    ]),
    said('f', 'user', '', [], [{ type: 'document' }]),
    said('i', 'assistant', '', [{ type: 'image_url', imageUrl: 'https://x.test/i.png' }, {}]),
    said('k', 'assistant', 'plain', [reference]),
    said('e', 'user', '', []),
    said('g', 'user', '', [], [{}]),
    { ...message('', 'assistant', 'last', { chatId }), id: undefined },
  ])
  expect(messages.map(lineOf)).toEqual([
    'user: q',
    'assistant: I look.',
    'tool: {"n":1}',
    'assistant: ',
    'tool: seen',
    'assistant: It is so.',
    'user: [document]',
    'assistant: [image]',
    'assistant: plain',
    'user: [file]',
    'assistant: last',
  ])
  const made = messages.flatMap(({ tool_calls: all }) => all ?? [])
  expect(made.map(({ function: { name, arguments: given } }) => [name, given])).toEqual([
    ['web_search', '{"input":"x"}'],
    ['tool', '{"a":1}'],
    ['tool', '{}'],
  ])
  expect(extra).toMatchObject({
    hidden: [{ id: 'e' }],
    reasoning: { a: [{ text: 'Hm' }, { text: 'Well' }] },
    messages: { 'a.5': { content: [[reference, reference], { isDone: false }] } },
  })
})

test('a file beside a text is shown by its name, and what Le Chat draws itself by nothing', async () => {
  const chatId = crypto.randomUUID()
  const { messages } = await importingOne(ann, [
    message('q', 'user', 'q', { chatId, files: [{ type: 'image', name: 'map.png' }, {}] }),
    message('a', 'assistant', '', {
      chatId,
      contentChunks: [
        { type: 'reasoning', text: 'Hm' },
        { type: 'tool_call', id: 't', name: 'look', publicResult: 'seen' },
        { type: 'custom_element', customElement: { type: 'carousel' } },
      ],
    }),
    message('b', 'assistant', '', {
      chatId,
      contentChunks: [{ type: 'document_url', documentName: 'a.pdf' }],
    }),
  ])
  expect(messages.map(lineOf)).toEqual([
    'user: q',
    'assistant: ',
    'tool: seen',
    'assistant: [a.pdf]',
  ])
  expect(messages[0]?.parts).toMatchObject([{}, { file: { filename: 'map.png' } }])
  expect(messages[1]?.parts).toMatchObject([{ type: 'reasoning', text: 'Hm' }])
})
