import { expect, test } from 'vitest'

import { append, as, bodyOf } from '../../support/api.ts'
import { givenConversation } from '../../support/given.ts'

type Item = Record<string, unknown>

const backend = as.service('backend', `user:${crypto.randomUUID()}`)
const itemsAt = (id: string) => `/v1/conversations/${id}/items`

/** A message of Hilo's own API, as an item. */
const itemOf = async (message: object): Promise<Item[]> => {
  const id = await givenConversation(backend)
  expect((await append(backend, id, [{ id: 'm', ...message }])).status).toBe(201)
  return (await bodyOf<{ data: Item[] }>(backend.get(`${itemsAt(id)}?order=asc`))).data
}

const said = (pieces: object[]) => [{ type: 'message', role: 'user', content: pieces }]
const text = (words: string) => ({ type: 'input_text', text: words })

test.each([
  ['words', [{ type: 'text', text: 'Hi' }], said([text('Hi')])],
  ['what a program shows', [{ type: 'data', name: 'chart', data: 1 }], said([text('[chart]')])],
  [
    'a page',
    [
      { type: 'source', url: 'https://a.test', title: 'A' },
      { type: 'source', url: 'https://b.test' },
    ],
    said([
      { type: 'input_file', file_url: 'https://a.test', filename: 'A' },
      { type: 'input_file', file_url: 'https://b.test' },
    ]),
  ],
  [
    'a picture',
    [{ type: 'image_url', image_url: { url: 'https://a.test/b.png' } }],
    said([{ type: 'input_image', image_url: 'https://a.test/b.png', detail: 'auto' }]),
  ],
  [
    'a file',
    [{ type: 'file', file: { filename: 'a.txt', file_data: 'data:text/plain,a' } }],
    said([{ type: 'input_file', filename: 'a.txt', file_data: 'data:text/plain,a' }]),
  ],
])('%s that a person sent is an item that OpenAI’s clients read', async (_, parts, items) => {
  expect(await itemOf({ role: 'user', parts })).toMatchObject(items)
})

const spoken = (words: string, annotations: object[] = []) => [
  {
    type: 'message',
    role: 'assistant',
    content: [{ type: 'output_text', text: words, annotations }],
  },
]

test.each([
  [
    'a refusal',
    [{ type: 'refusal', text: 'No' }],
    [{ content: [{ type: 'refusal', refusal: 'No' }] }],
  ],
  ['what a program shows', [{ type: 'data', name: 'chart', data: 1 }], spoken('[chart]')],
  [
    'a file',
    [{ type: 'file', file: { filename: 'a.txt', file_data: 'data:,a' } }],
    spoken('[a.txt]'),
  ],
  ['a file without a name', [{ type: 'file', file: { file_data: 'data:,a' } }], spoken('[file]')],
  [
    'a picture by its address',
    [{ type: 'image_url', image_url: { url: 'https://a.test/b.png' } }],
    spoken('https://a.test/b.png'),
  ],
  [
    'a picture in full',
    [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } }],
    spoken('[image]'),
  ],
  [
    'pages that it cites',
    [
      { type: 'text', text: 'So' },
      { type: 'source', url: 'https://a.test', title: 'A' },
      { type: 'source', url: 'https://b.test' },
    ],
    spoken('So', [
      { type: 'url_citation', url: 'https://a.test', title: 'A', start_index: 2, end_index: 2 },
      { type: 'url_citation', url: 'https://b.test', title: 'https://b.test' },
    ]),
  ],
])('%s of the model is an item that OpenAI’s clients read', async (_, parts, items) => {
  expect(await itemOf({ role: 'assistant', parts })).toMatchObject(items)
})
