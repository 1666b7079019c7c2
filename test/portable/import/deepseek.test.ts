import { expect, test } from 'vitest'

import { as } from '../../support/api.ts'
import { importing, importingOne, lineOf } from '../../support/importing.ts'
import { conversation, fragment, node } from '../samples/deepseek.ts'

const ann = await as.user()

test('takes in who said what and when, what was thought, and where it was found', async () => {
  const found = { url: 'https://x.test/lima', title: 'Lima', snippet: 'Warm', cite_index: 1 }
  const {
    conversation: made,
    messages,
    extra,
  } = await importingOne(
    ann,
    conversation([
      node('1', 'root', [fragment('REQUEST', ' Is it warm? ')]),
      node('2', '1', [
        { type: 'SEARCH', results: [found, { title: 'No address' }, 'x'] },
        fragment('THINK', 'In Lima.', { elapsed_secs: 3 }),
        fragment('RESPONSE', 'Yes.'),
      ]),
    ]),
  )
  expect(made).toMatchObject({
    title: 'A trip',
    created_at: '2025-02-01T02:00:00.000Z',
    updated_at: '2025-02-01T02:05:00.000Z',
  })
  expect(messages).toMatchObject([
    { id: '1', role: 'user', content: ' Is it warm? ', created_at: '2025-02-01T02:00:01.123Z' },
    {
      id: '2',
      role: 'assistant',
      content: 'Yes.',
      model: 'deepseek-reasoner',
      parts: [
        { type: 'reasoning', text: 'In Lima.' },
        { type: 'text', text: 'Yes.' },
        { type: 'source', url: found.url, title: 'Lima' },
      ],
    },
  ])
  expect(extra).toMatchObject({
    messages: {
      '2': {
        content: [{ type: 'SEARCH', results: [found, { title: 'No address' }, 'x'] }],
        reasoning: [{}],
      },
    },
  })
})

test('keeps each branch, and is at the newest', async () => {
  const { messages, extra } = await importingOne(
    ann,
    conversation([
      node('1', 'root', [fragment('REQUEST', 'q')]),
      node('2', '1', [fragment('RESPONSE', 'old')]),
      node('3', '1', [fragment('RESPONSE', 'new')]),
    ]),
  )
  expect(messages.map(lineOf)).toEqual(['user: q', 'assistant: new'])
  expect(extra).toMatchObject({ branches: [{ content: 'old' }] })
})

test('shows files by their names, and text of kinds that it does not know', async () => {
  const file = { file_id: 'f', file_name: 'map.pdf', file_size: 9 }
  const { messages, extra } = await importingOne(
    ann,
    conversation([
      node('1', 'root', [], { files: [{ id: 'g', name: 'trip.txt' }] }),
      node('2', '1', [fragment('TIP', 'Look', { style: 'bold' }), { type: 'TOOL_OPEN' }]),
      node('3', '2', [fragment('REQUEST', ''), { type: 'FILE', files: [file] }]),
      node('4', '3', [{ type: 'TOOL_OPEN' }]),
      node('5', '4', []),
      node('6', '4', [{ content: '' }, { type: 'FILE' }]),
    ]),
  )
  expect(messages.map(lineOf)).toEqual([
    'user: [trip.txt]',
    'assistant: Look',
    'user: [map.pdf]',
    'assistant: [tool_open]',
    'assistant: [content]',
  ])
  expect(extra).toMatchObject({
    hidden: [{ inserted_at: '2025-02-01T10:00:05.123000+08:00' }],
    messages: {
      '1': { files: [{ id: 'g' }] },
      '2': { content: [{ style: 'bold' }, { type: 'TOOL_OPEN' }] },
      '3': { content: [{ type: 'FILE', files: [file] }] },
    },
  })
})

test('reads older exports, whose messages are one text', async () => {
  const said = (id: string, parent: string, message: object) => ({ id, parent, message })
  const older = {
    conversation_id: crypto.randomUUID(),
    create_time: '2024-01-15T10:30:00Z',
    mapping: {
      root: { children: ['a'] },
      a: said('a', 'root', { author: { role: 'user' }, content: 'q', create_time: 1_705_314_600 }),
      b: said('b', 'a', {
        role: 'assistant',
        content: 'a',
        reasoning_content: 'Hm',
        search_results: [{ url: 'https://x.test/' }],
      }),
    },
  }
  const { messages } = await importingOne(ann, [older])
  expect(messages).toMatchObject([
    { role: 'user', content: 'q', created_at: '2024-01-15T10:30:00.000Z', extra: null },
    { content: 'a', parts: [{ text: 'Hm' }, { text: 'a' }, { url: 'https://x.test/' }] },
  ])
  expect(await importing(ann, older)).toMatchObject({ source: 'deepseek', unchanged: 1 })
})

test('marks of citations are links to the pages that were found', async () => {
  const page = (n: number, more: object = {}) => ({
    url: `https://x.test/${n}`,
    title: `P${n}`,
    ...more,
  })
  const results = [page(1, { cite_index: 2 }), page(2), page(3, { cite_index: 1 })]
  const said = 'Warm[citation:1][citation:2], dry [citation:3] and green[citation:9].'
  const { messages } = await importingOne(
    ann,
    conversation([
      node('1', 'root', [fragment('REQUEST', 'What is [citation:1]?')]),
      node('2', '1', [{ type: 'SEARCH', results }, fragment('RESPONSE', said)]),
    ]),
  )
  expect(messages.map(({ content }) => content)).toEqual([
    'What is [citation:1]?',
    'Warm ([P3](https://x.test/3), [P1](https://x.test/1)), dry ([P3](https://x.test/3)) and green.',
  ])
  expect(JSON.stringify(messages[1]?.extra)).toContain('[citation:9]')
})

test('a file beside a text is shown by its name, and an answer that is empty by nothing', async () => {
  const files = [{ file_name: 'map.pdf' }, { id: 'g' }]
  const { messages, extra } = await importingOne(
    ann,
    conversation([
      node('1', 'root', [fragment('REQUEST', 'q')], { files }),
      node('2', '1', [fragment('RESPONSE', '')]),
    ]),
  )
  expect(messages).toMatchObject([
    { content: 'q', parts: [{ type: 'text' }, { type: 'file', file: { filename: 'map.pdf' } }] },
  ])
  expect(extra).toMatchObject({ hidden: [{ fragments: [{ type: 'RESPONSE' }] }] })
})

test('newer marks count the pages that were found from 0', async () => {
  const pages = ['A', 'B'].map((title) => ({ url: `https://${title}.test/`, title }))
  const { messages } = await importingOne(ann, [
    conversation([
      node('1', 'root', [fragment('REQUEST', 'q [reference:0]')]),
      node('2', '1', [
        fragment('SEARCH', '', { results: pages }),
        fragment('RESPONSE', 'So[reference:1], and so [citation:1].'),
      ]),
    ]),
  ])
  expect(messages.map(({ content }) => content)).toEqual([
    'q [reference:0]',
    'So ([B](https://B.test/)), and so ([A](https://A.test/)).',
  ])
})

test('older messages that do not say who wrote them answer one another', async () => {
  const plain = (id: string, parent: string, content: string, more: object = {}) => ({
    id,
    parent,
    message: { content, model: 'm', inserted_at: `2025-01-01T00:00:0${id}Z`, ...more },
  })
  const { messages } = await importingOne(ann, [
    {
      ...conversation([]),
      mapping: {
        root: { id: 'root', parent: null, message: null },
        1: plain('1', 'root', 'q'),
        2: plain('2', '1', 'a'),
        3: plain('3', '2', 'r'),
        4: plain('4', '3', 'b', { reasoning_content: 'Hm' }),
        5: plain('5', '4', 'c', { search_results: [{ url: 'https://x.test/' }] }),
      },
    },
  ])
  expect(messages.map(({ role, content }) => `${role}: ${content}`)).toEqual([
    'user: q',
    'assistant: a',
    'user: r',
    'assistant: b',
    'assistant: c',
  ])
})
