import { expect, test } from 'vitest'

import { as } from '../../support/api.ts'
import { importingOne, lineOf } from '../../support/importing.ts'
import { chat, message, row } from '../samples/open-webui.ts'

const ann = await as.user()
const assistant = { role: 'assistant', model: 'llama3:8b', modelName: 'Llama 3', done: true }

test('takes in what was said, when, and by which model', async () => {
  const { conversation, messages, extra } = await importingOne(ann, [
    row(
      chat(
        [
          message('q', null),
          message('a', 'q', {
            ...assistant,
            usage: { total_tokens: 42 },
            timestamp: 1_700_000_030,
          }),
        ],
        'a',
      ),
      { meta: { tags: ['travel'] } },
    ),
  ])
  expect(conversation).toMatchObject({
    title: 'A trip',
    is_active: true,
    created_at: '2023-11-14T22:13:20.000Z',
    updated_at: '2023-11-14T22:23:20.000Z',
    tokens_used: 42,
  })
  expect(messages).toMatchObject([
    { id: 'q', role: 'user', content: 'q' },
    {
      id: 'a',
      role: 'assistant',
      model: 'llama3:8b',
      tokens_used: 42,
      created_at: '2023-11-14T22:13:50.000Z',
    },
  ])
  expect(extra).toMatchObject({
    fields: { meta: { tags: ['travel'] }, chat: { models: ['llama3:8b'] } },
    messages: { a: { modelName: 'Llama 3' } },
  })
})

test('follows the current branch, and keeps the others beside it', async () => {
  const messages = [message('q', null), message('a', 'q', assistant), message('b', 'q', assistant)]
  const made = await importingOne(ann, [row(chat(messages, 'a'), { archived: true })])
  expect(made.messages.map(lineOf)).toEqual(['user: q', 'assistant: a'])
  expect(made.extra).toMatchObject({ branches: [{ id: 'b', parent_id: 'q' }] })
  expect(made.conversation).toMatchObject({
    is_active: false,
    archived_at: '2023-11-14T22:23:20.000Z',
  })
})

test('takes in a chat by itself, and one that has only its line', async () => {
  const alone = await importingOne(ann, [
    chat([message('q', null)], 'q', { id: crypto.randomUUID(), share: 'x' }),
  ])
  expect(alone.messages.map(lineOf)).toEqual(['user: q'])
  expect(alone.conversation).toMatchObject({ created_at: '2023-11-14T22:13:20.123Z' })
  expect(alone.extra).toMatchObject({ fields: { share: 'x', models: ['llama3:8b'] } })
  const messages = [message('q', null), { ...message('a', null, assistant), id: undefined }]
  const line = await importingOne(ann, [row({ title: 'A line', messages })])
  expect(line.messages.map(lineOf)).toEqual(['user: q', 'assistant: a'])
})

test('what the model thought does not stand in its text', async () => {
  const thought = '<details type="reasoning" done="true" duration="5">\n> Hm\n</details>'
  const tools = '<details type="tool_calls" name="search">x</details>'
  const content = `${thought}\nTo ${tools}${thought} Lima`
  const { messages, extra } = await importingOne(ann, [
    row(
      chat(
        [
          message('a', null, { ...assistant, content }),
          message('cut', 'a', {
            ...assistant,
            content: 'See <details type="reasoning" open',
            done: false,
          }),
        ],
        'cut',
      ),
    ),
  ])
  expect(messages).toMatchObject([
    { content: 'To', tool_calls: [{ function: { name: 'search' } }], status: 'complete' },
    { role: 'tool', content: 'x' },
    { content: 'Lima', status: 'complete' },
    { content: 'See <details type="reasoning" open', status: 'interrupted' },
  ])
  expect(extra).toMatchObject({ reasoning: { a: [{ text: 'Hm' }], 'a.3': [{ text: 'Hm' }] } })
})

const pixel = (size = 10) => ({ type: 'image', url: `data:image/png;base64,${'A'.repeat(size)}` })

test('keeps pictures that are in the file as parts, and others beside the message', async () => {
  const { messages, extra } = await importingOne(ann, [
    row(
      chat(
        [
          message('one', null, { files: [pixel()] }),
          message('two', 'one', { content: '', files: [pixel()] }),
          message('far', 'two', {
            content: '',
            files: [{ type: 'image', url: '/api/v1/files/1' }],
          }),
          message('big', 'far', { content: '', files: [pixel(1_000_000)] }),
          message('a', 'big', { ...assistant, content: '', files: [{ name: 'sun.png' }] }),
        ],
        'a',
      ),
    ),
  ])
  const image = { type: 'image_url', image_url: { url: pixel().url } }
  expect(messages).toMatchObject([
    { content: 'one', parts: [{ type: 'text', text: 'one' }, image] },
    { content: '', parts: [image] },
    { content: '[image]', parts: null },
    { content: '', parts: [{ type: 'image_url', image_url: { file_id: expect.anything() } }] },
    { content: '[sun.png]' },
  ])
  // Its bytes are nowhere else.
  expect(JSON.stringify(extra)).not.toContain('AAAAAAAAAAAAAAAA')
})

test('shows errors and what it does not know by their names', async () => {
  const { messages, extra } = await importingOne(ann, [
    row(
      chat(
        [
          message('e', null, { ...assistant, content: '', error: { content: 'Overloaded' } }),
          message('f', 'e', { ...assistant, content: '', error: true }),
          message('o', 'f', { content: { odd: 1 } }),
          message('r', 'o', { role: 'robot' }),
          message('h', 'r', { content: '' }),
        ],
        'h',
      ),
    ),
  ])
  expect(messages.map(lineOf)).toEqual([
    'assistant: [Overloaded]',
    'assistant: [error]',
    'user: [content]',
    'system: r',
  ])
  expect(extra).toMatchObject({
    hidden: [{ id: 'h' }],
    messages: { o: { content: { odd: 1 } }, r: { role: 'robot' } },
  })
})

test('what was made of the answers of several models follows the one that it is kept with', async () => {
  const answer = (id: string, more: object = {}) =>
    message(id, 'q', { role: 'assistant', model: id, done: true, ...more })
  const merged = { status: true, content: 'Both.', timestamp: 1_700_000_009 }
  const { messages } = await importingOne(ann, [
    row(chat([message('q', null), answer('a'), answer('b', { merged })], 'b')),
  ])
  expect(messages.map(lineOf)).toEqual(['user: q', 'assistant: b', 'assistant: Both.'])
})

test('an answer names the files that it was given with beside the pages', async () => {
  const cited = (name: string, ...places: string[]) => ({
    source: { name },
    document: ['words'],
    metadata: places.map((source) => ({ source })),
  })
  const sources = [
    cited('notes.pdf', 'notes.pdf'),
    cited('notes.pdf'),
    cited('Wool', 'https://wool.test/'),
    { source: {} },
  ]
  const { messages } = await importingOne(ann, [
    row(chat([message('q', null), message('a', 'q', { ...assistant, sources })], 'a')),
  ])
  expect(messages[1]?.parts?.slice(1)).toEqual([
    { type: 'source', url: 'https://wool.test/', title: 'Wool' },
    { type: 'file', file: { filename: 'notes.pdf' } },
  ])
})
