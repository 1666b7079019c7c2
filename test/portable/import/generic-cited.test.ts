import { expect, test } from 'vitest'

import { blocksOf } from '../../../src/portable/import/chat-parts.ts'
import { as } from '../../support/api.ts'
import { importingOne } from '../../support/importing.ts'
import * as typingmind from '../samples/typingmind.ts'

const ann = await as.user()
const chat = (...messages: object[]) => ({ id: crypto.randomUUID(), messages })
const page = { url: 'https://a.test/', title: 'A' }
const source = { type: 'source', ...page }

test('a text that Anthropic’s API cut at each page that it cites is one, with its pages', async () => {
  const cites = {
    type: 'text',
    text: '5 million',
    citations: [{ type: 'web_search_result_location', ...page }],
  }
  const content = [{ type: 'text', text: 'They are ' }, cites, { type: 'text', text: '.' }]
  const { messages } = await importingOne(ann, chat({ role: 'assistant', content }))
  expect(messages[0]).toMatchObject({
    content: 'They are 5 million.',
    parts: [{ type: 'text' }, source],
  })
})

test.each([
  [
    'annotations of chat completions',
    { content: 'So.', annotations: [{ type: 'url_citation', url_citation: page }] },
  ],
  [
    'annotations of responses',
    { content: [{ type: 'output_text', text: 'So.', annotations: [page] }] },
  ],
  ['lists of addresses', { content: 'So.', citations: [page.url] }],
])('reads pages that are cited: %s', async (_, said) => {
  const { messages } = await importingOne(ann, chat({ role: 'assistant', ...said }))
  expect(messages[0]).toMatchObject({
    content: 'So.',
    parts: [{ type: 'text' }, { type: 'source', url: page.url }],
  })
})

test('the tools that run at the provider are calls with results', async () => {
  const content = [
    { type: 'server_tool_use', id: 's', name: 'web_search', input: { query: 'q' } },
    {
      type: 'web_search_tool_result',
      tool_use_id: 's',
      content: [{ type: 'web_search_result', ...page }],
    },
    { type: 'text', text: 'So.' },
  ]
  const { messages } = await importingOne(ann, chat({ role: 'assistant', content }))
  expect(messages).toMatchObject([
    { tool_calls: [{ id: 's', function: { name: 'web_search', arguments: '{"query":"q"}' } }] },
    { role: 'tool', tool_call_id: 's', content: 'A\nhttps://a.test/', parts: [{}, source] },
    { content: 'So.' },
  ])
})

test.each([
  [
    'messages',
    () =>
      chat(
        { role: 'user', content: '<think>a</think>' },
        { role: 'assistant', content: '<think>\nHm\n</think>\n\nSo.' },
      ),
  ],
  [
    'TypingMind',
    () =>
      typingmind.file(
        typingmind.chat([
          { role: 'user', content: '<think>a</think>' },
          { role: 'assistant', content: '<think>Hm</think>So.' },
        ]),
      ),
  ],
  [
    'ShareGPT',
    () => [
      {
        id: crypto.randomUUID(),
        conversations: [
          { from: 'human', value: '<think>a</think>' },
          { from: 'gpt', value: '<think>Hm</think>\nSo.' },
        ],
      },
    ],
  ],
])('thoughts that a model wrote before its answer are thoughts: %s', async (_, file) => {
  const { messages } = await importingOne(ann, file())
  expect(messages).toMatchObject([
    { content: '<think>a</think>', parts: null },
    { content: 'So.', parts: [{ type: 'reasoning', text: 'Hm' }, { type: 'text' }] },
  ])
})

test('a text that is empty beside a call is nothing', async () => {
  const calls = [{ id: 'c', type: 'function', function: { name: 'look', arguments: '{}' } }]
  const { messages } = await importingOne(
    ann,
    chat(
      { role: 'user', content: 'q' },
      { role: 'assistant', content: [{ type: 'text', text: '' }], tool_calls: calls },
    ),
  )
  expect(messages).toMatchObject([{ content: 'q' }, { content: '', tool_calls: calls }])
})

test('a text that is cut into very many pieces is put together in one go', () => {
  const cited = { type: 'text', text: 'a', citations: [{ url: 'https://a.test' }] }
  const pieces = Array.from({ length: 400_000 }, (_, n) => (n % 4 > 1 ? { type: 'x' } : cited))
  const blocks = blocksOf(pieces)
  expect(blocks).toHaveLength(300_000)
  expect(blocks[0]).toMatchObject({ kind: 'text', text: 'aa' })
})
