import { expect, test } from 'vitest'

import { as } from '../../support/api.ts'
import { importingOne } from '../../support/importing.ts'

const ann = await as.user()
const chat = (...messages: object[]) => ({ id: crypto.randomUUID(), messages })
const png = 'data:image/png;base64,aaaa'
const pdf = 'data:application/pdf;base64,aaaa'
const image = { type: 'image_url', image_url: { url: png } }
const file = (filename: string) => ({ type: 'file', file: { filename, file_data: pdf } })

test.each([
  ['input_image', { type: 'input_image', image_url: png }, image],
  [
    'image of Anthropic',
    { type: 'image', source: { media_type: 'image/png', type: 'base64', data: 'aaaa' } },
    image,
  ],
  ['image of the AI SDK', { type: 'image', image: png }, image],
  [
    'file that is a picture',
    { type: 'file', mediaType: 'image/png', url: png, filename: 'a.png' },
    image,
  ],
  ['file', { type: 'file', file: { filename: 'a.pdf', file_data: pdf } }, file('a.pdf')],
  ['input_file', { type: 'input_file', filename: 'a.pdf', file_data: pdf }, file('a.pdf')],
  [
    'file of the AI SDK',
    { type: 'file', mimeType: 'application/pdf', data: 'aaaa', name: 'a.pdf' },
    file('a.pdf'),
  ],
  [
    'document',
    {
      type: 'document',
      title: 'a.pdf',
      source: { type: 'base64', media_type: 'application/pdf', data: 'aaaa' },
    },
    file('a.pdf'),
  ],
  [
    'sound',
    { type: 'input_audio', input_audio: { data: 'aaaa', format: 'mp3' } },
    { type: 'file', file: { file_data: 'data:audio/mp3;base64,aaaa' } },
  ],
  [
    'inline data',
    { inlineData: { mimeType: 'application/pdf', data: 'aaaa' } },
    { type: 'file', file: { file_data: pdf } },
  ],
  [
    'name',
    { type: 'input_file', filename: 'a.pdf', file_id: 'file-1' },
    { type: 'file', file: { filename: 'a.pdf' } },
  ],
])('beside a text it shows what is attached: %s', async (_, part, shown) => {
  const { messages } = await importingOne(
    ann,
    chat(
      { role: 'user', content: [{ type: 'text', text: 'See' }, part] },
      { role: 'assistant', content: [{ type: 'text', text: 'Seen' }, part] },
    ),
  )
  expect(messages.map(({ content }) => content)).toEqual(['See', 'Seen'])
  for (const { parts } of messages) expect(parts?.[1]).toMatchObject(shown)
})

test('a call of a tool that takes any text has its name and that', async () => {
  const call = { id: 'c1', type: 'custom', custom: { name: 'run', input: 'print(1)' } }
  const { messages } = await importingOne(
    ann,
    chat({ role: 'user', content: 'q' }, { role: 'assistant', tool_calls: [call] }),
  )
  expect(messages[1]?.tool_calls).toEqual([
    { id: 'c1', type: 'function', function: { name: 'run', arguments: '{"input":"print(1)"}' } },
  ])
})

test('without a text a file is shown by its name, and is there', async () => {
  const part = { type: 'input_file', filename: 'a.pdf', file_data: pdf }
  const { messages } = await importingOne(
    ann,
    chat(
      { role: 'user', content: [part] },
      { role: 'user', content: [{ type: 'input_file', filename: 'b' }] },
    ),
  )
  expect(messages.map(({ content }) => content)).toEqual(['[a.pdf]', '[b]'])
  expect(messages[0]?.parts).toMatchObject([file('a.pdf')])
  expect(messages[1]?.parts).toBeNull()
})
