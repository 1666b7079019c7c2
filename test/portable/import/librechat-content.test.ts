import { expect, test } from 'vitest'

import { as } from '../../support/api.ts'
import { importing, importingOne } from '../../support/importing.ts'
import { answer, conversation, message } from '../samples/librechat.ts'

const ann = await as.user()

/** The messages of a conversation; a second import finds it unchanged. */
async function brought(...messages: ReturnType<typeof message>[]) {
  const file = conversation({ messages })
  const made = await importingOne(ann, file)
  expect(await importing(ann, file)).toMatchObject({ unchanged: 1 })
  return made.messages
}

test('marks of what was found are links, whether signs or what stands for them in JSON', async () => {
  const written = String.raw`It is dry.\ue202turn0search1 \ue203So it is.\ue204 \ue200\ue202turn0news0\ue202turn1ref0\ue201 Ends \ue202turn0image7\ue202turn0file0.`
  const signs = written.replaceAll(/\\ue(20\d)/g, (_, digits: string) =>
    String.fromCodePoint(Number.parseInt(`e${digits}`, 16)),
  )
  const page = (name: string) => ({ title: name, link: `https://${name}.test/` })
  const attachments = [
    { type: 'file_search' },
    {
      type: 'web_search',
      web_search: { organic: [page('no'), page('dry')], topStories: [page('news')] },
    },
    { type: 'web_search', web_search: { turn: 1, references: [page('ref')] } },
  ]
  for (const text of [written, signs]) {
    const messages = await brought(
      message('q', { text }),
      answer('a', {
        parentMessageId: 'q',
        text: '',
        attachments,
        content: [
          {
            type: 'tool_call',
            tool_call: {
              id: 'c',
              name: 'web_search',
              output: text.slice(0, text.indexOf('search1') + 7),
            },
          },
          { type: 'text', text },
        ],
      }),
    )
    expect(messages.map(({ content }) => content).slice(2)).toEqual([
      'It is dry.',
      'It is dry. ([dry](https://dry.test/)) So it is. ([news](https://news.test/), [ref](https://ref.test/)) Ends.',
    ])
    expect(messages[0]?.content).toBe(text)
    expect(messages[3]?.parts?.slice(1)).toEqual([
      { type: 'source', url: 'https://dry.test/', title: 'dry' },
      { type: 'source', url: 'https://news.test/', title: 'news' },
      { type: 'source', url: 'https://ref.test/', title: 'ref' },
    ])
    expect(messages[3]?.extra).toMatchObject({ librechat: { content: [{ text }] } })
  }
})

test('thoughts before an answer are thoughts, and what a person wrote is not', async () => {
  const text = ':::thinking\nHm\n:::\n\nYes.'
  const messages = await brought(
    message('q', { text }),
    answer('a', { parentMessageId: 'q', text }),
  )
  expect(messages).toMatchObject([
    { content: text, parts: null },
    { content: 'Yes.', parts: [{ type: 'reasoning', text: 'Hm' }, { type: 'text' }] },
  ])
})

test('files and pictures beside a text are shown with it', async () => {
  const url = 'data:image/png;base64,AAAA'
  const messages = await brought(
    message('q', { files: [{ filename: 'map.pdf' }, { file_id: 'x' }] }),
    answer('a', {
      parentMessageId: 'q',
      content: [
        { type: 'text', text: 'Seen' },
        { type: 'image_url', image_url: { url } },
        { type: 'image_file', image_file: { filename: 'sea.png' } },
      ],
      attachments: [{ filename: 'sea.png' }, { filename: 'plot.csv' }, { type: 'web_search' }],
    }),
    answer('b', {
      parentMessageId: 'a',
      text: '',
      content: [{ type: 'image_file', image_file: { filename: 'sun.png' } }],
    }),
    answer('c', {
      parentMessageId: 'b',
      text: '',
      content: [{ type: 'image_url', image_url: { url: '/images/1.png' } }],
    }),
  )
  const file = (filename: string) => ({ type: 'file', file: { filename } })
  expect(messages.map(({ content, parts }) => [content, ...(parts ?? []).slice(1)])).toEqual([
    ['q', file('map.pdf'), file('file')],
    ['Seen', { type: 'image_url', image_url: { url } }, file('sea.png'), file('plot.csv')],
    ['[sun.png]'],
    ['[image]'],
  ])
})

test('an answer has the model that its conversation names, results are whatever came, and documents are read', async () => {
  const document = [
    'Here:',
    ':::artifact{identifier="p" type="text/html" title="Page"}',
    '```html',
    '<b>x</b>',
    '```',
    ':::',
    ':::artifact{identifier="n"}',
    'Plain',
    ':::',
    'Done.',
  ].join('\n')
  const call = { id: 'c', name: 'draw', args: '{}', output: { url: 'u' } }
  const { messages } = await importingOne(
    ann,
    conversation({
      options: { model: 'gpt-x' },
      messages: [
        message('q', { text: document }),
        answer('a', { parentMessageId: 'q', text: document, model: null }),
        answer('b', {
          parentMessageId: 'a',
          text: '',
          content: [
            { type: 'tool_call', tool_call: call },
            { type: 'text', text: 'So.' },
          ],
        }),
      ],
    }),
  )
  expect(messages).toMatchObject([
    { content: document, model: null },
    {
      content: 'Here:\n**Page**\n\n```html\n<b>x</b>\n```\nPlain\nDone.',
      model: 'gpt-x',
      extra: { librechat: { content: [{ text: document }] } },
    },
    { model: 'gpt-5', tool_calls: [{ id: 'c' }] },
    { role: 'tool', content: '{"url":"u"}' },
    { content: 'So.' },
  ])
})

test('what an assistant of OpenAI’s calls is called by its kind', async () => {
  const call = (id: string, type: string, more: object) => ({
    type: 'tool_call',
    tool_call: { id, type, progress: 1, ...more },
  })
  const code = { input: 'print(1)', outputs: [{ type: 'logs', logs: '1' }] }
  const own = { name: 'get', arguments: '{"a":1}', output: 'got' }
  const messages = await brought(
    message('q'),
    answer('a', {
      parentMessageId: 'q',
      text: '',
      content: [
        call('c', 'code_interpreter', { code_interpreter: code }),
        call('r', 'retrieval', {}),
        call('f', 'function', { function: own }),
        { type: 'text', text: { value: 'One.' } },
      ],
    }),
  )
  const calls = messages.flatMap((one) => one.tool_calls ?? [])
  expect(calls.map((one) => [one.function.name, one.function.arguments])).toEqual([
    ['code_interpreter', '{"code":"print(1)"}'],
    ['retrieval', '{}'],
    ['get', '{"a":1}'],
  ])
  expect(messages.filter(({ role }) => role === 'tool').map(({ content }) => content)).toEqual([
    '1',
    'got',
  ])
  expect(messages.at(-1)?.content).toBe('One.')
})

test('a recording is shown by what it is', async () => {
  const content = [{ type: 'input_audio', input_audio: { data: 'AAAA' } }]
  const [asked] = await brought(message('q', { text: '', content }))
  expect(asked?.content).toBe('[audio]')
})
