import { expect, test } from 'vitest'

import { Sources } from '../../src/model/sources.ts'
import { readChunks } from '../support/answers.ts'

const first = { url: 'https://a.test/1', title: 'One' }
const second = { url: 'https://b.test/2', title: 'Two' }
const parts = [first, second].map((page) => ({ type: 'source', ...page }))
const cited = (page: object) => ({
  type: 'url_citation',
  url_citation: { ...page, start_index: 0 },
})

/** What is found in chunks, each with its part of a message. */
function found(...chunks: [chunk: object, message?: object][]) {
  const sources = new Sources()
  for (const [chunk, message = {}] of chunks) sources.add(chunk as never, [message as never])
  return sources.all
}

test.each<[string, [chunk: object, message?: object][]]>([
  [
    'annotations of the text',
    [
      [{}, { annotations: [cited(first)] }],
      [{}, { annotations: [cited(second)] }],
    ],
  ],
  ['annotations without a level', [[{}, { annotations: [first, second] }]]],
  [
    'addresses, then what was found',
    [[{ citations: [first.url, second.url], search_results: [first, second] }]],
  ],
  [
    'the same with every piece',
    [
      [{ citations: [first.url] }],
      [{ citations: [first.url, second.url] }],
      [{ citations: [first.url, second.url], search_results: [second, first] }],
    ],
  ],
  [
    'pages with links',
    [[{ web_search: [first, second].map(({ url, title }) => ({ link: url, title })) }]],
  ],
  ['pages one level down', [[{ search_info: { search_results: [first, second] } }]]],
  ['citations beside a message', [[{}, { context: { citations: [first, second] } }]]],
])('%s are where an answer comes from', (_, chunks) => {
  expect(found(...chunks)).toEqual(parts)
})

test('what is no page, or for no reader, is none', () => {
  const none = [
    'a.test',
    'javascript:alert(1)',
    7,
    null,
    [first],
    {},
    { url: 7 },
    { url: `https://a.test/${'x'.repeat(2_000)}` },
    cited({ title: 'Nowhere' }),
  ]
  expect(
    found([{ citations: none }], [{ citations: 'https://a.test' }, { annotations: {} }]),
  ).toEqual([])
  const titles = [
    { url: 'https://a.test', title: `${'x'.repeat(299)}\uD83D\uDE00` },
    { url: 'https://b.test', title: 7 },
  ]
  expect(found([{ citations: titles }])).toEqual([
    { type: 'source', url: 'https://a.test', title: `${'x'.repeat(299)}\uFFFD` },
    { type: 'source', url: 'https://b.test' },
  ])
  const many = Array.from({ length: 200 }, (_, at) => `https://a.test/${at}`)
  expect(found([{ citations: many }]).map(({ url }) => url)).toEqual(many.slice(0, 60))
})

test('an answer of another protocol is told from one that is cut', async () => {
  const foreign = readChunks({ model: 'm', message: { content: 'So' }, done: false }, null)
  await expect(foreign).rejects.toThrow('no chat completion')
  expect((await readChunks(null)).ending.finishReason).toBe(null)
  expect((await readChunks({ object: 'x' }, { choices: [] })).ending.finishReason).toBe(null)
})

test('the form before there were chats is read', async () => {
  const pieces = [
    { index: 0, text: 'So' },
    { index: 0, text: '', finish_reason: 'stop' },
  ]
  const { text, ending } = await readChunks(...pieces.map((one) => ({ choices: [one] })))
  expect([text, ending.finishReason]).toEqual(['So', 'stop'])
})
