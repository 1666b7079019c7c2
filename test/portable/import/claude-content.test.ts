import { expect, test } from 'vitest'

import { as } from '../../support/api.ts'
import { importing, importingOne, lineOf } from '../../support/importing.ts'
import { chained, conversation, message, says } from '../samples/claude.ts'

const ann = await as.user()
const assistant = { sender: 'assistant' }

/** The messages of a conversation; a second import finds it unchanged. */
async function brought(messages: Parameters<typeof chained>, more: object = {}) {
  const file = [conversation(chained(...messages), more)]
  const made = await importingOne(ann, file)
  expect(await importing(ann, file)).toMatchObject({ unchanged: 1, failed: 0 })
  return made
}

test('the words of voice notes and of blocks that are not known are said; a budget is not', async () => {
  const { messages, extra } = await brought([
    message('v', [{ type: 'voice_note', title: 'Note', text: ' Call Ann. ' }]),
    message('n', [{ type: 'hologram', text: 'I float', pixels: [1] }], assistant),
    message('d', [{ type: 'document', title: 'Lease' }]),
    message('c', [{ type: 'document', source: { type: 'text', data: 'The lease' } }]),
    message('t', [{ type: 'token_budget', remaining: 9 }], assistant),
    message('u', [says('Seen'), { type: 'token_budget', remaining: 9 }], assistant),
  ])
  expect(messages.map(lineOf)).toEqual([
    'user:  Call Ann. ',
    'assistant: I float',
    'user: [Lease]',
    'user: The lease',
    'assistant: Seen',
  ])
  expect(extra).toMatchObject({
    hidden: [{ uuid: 't' }],
    messages: { v: { content: [{ title: 'Note' }] }, u: { content: [{}, { remaining: 9 }] } },
  })
})

test('what a text says in the place of other blocks is not said', async () => {
  const unsupported = '```\nThis block is not supported on your current device yet.\n```'
  const { messages } = await brought([
    message(
      'a',
      [
        { type: 'tool_use', id: 't', name: 'draw', input: {} },
        { type: 'tool_result', tool_use_id: 't', content: 'Drawn' },
      ],
      { ...assistant, text: `${unsupported} ` },
    ),
    message('q', [], { text: unsupported }),
  ])
  expect(messages.map(({ content }) => content.trim())).toEqual(['', 'Drawn', unsupported])
})

test('pages that a text cites are its sources', async () => {
  const citations = [
    { uuid: '1', start_index: 0, details: { type: 'web_search_citation', url: 'https://a.test/' } },
    { title: 'B', url: 'https://b.test/', sources: [{ title: 'C', url: 'https://c.test/' }] },
    { title: 'No address' },
  ]
  const { messages } = await brought([message('a', [{ ...says('Wet.'), citations }], assistant)])
  expect(messages).toMatchObject([
    {
      content: 'Wet.',
      parts: [
        { type: 'text', text: 'Wet.' },
        { type: 'source', url: 'https://a.test/' },
        { type: 'source', url: 'https://b.test/', title: 'B' },
        { type: 'source', url: 'https://c.test/', title: 'C' },
      ],
    },
  ])
})

test('files and pictures beside a text are shown with it', async () => {
  const picture = {
    type: 'image',
    source: { type: 'base64', media_type: 'image/png', data: 'AAAA' },
  }
  const file = (file_name: string) => ({ file_name, file_uuid: file_name })
  const { messages } = await brought([
    message('q', [says('See'), picture], {
      attachments: [{ file_name: 'notes.md', extracted_content: 'Some' }],
      files: [file('sun.png'), file('notes.md')],
      files_v2: [file('sun.png')],
    }),
    message('a', [says('Seen')], { ...assistant, files: [file('plot.png')] }),
    message('b', [], { ...assistant, files: [file('x.png'), file('y.png')] }),
    message('p', [picture]),
  ])
  const named = (filename: string) => ({ type: 'file', file: { filename } })
  const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }
  expect(
    messages.map(({ content, parts }) => [content, parts?.slice(content === '' ? 0 : 1)]),
  ).toEqual([
    ['See\n\nnotes.md\n\nSome', [image, named('sun.png')]],
    ['Seen', [named('plot.png')]],
    ['[x.png, y.png]', undefined],
    ['', [image]],
  ])
})

test('documents that Claude wrote into its text are a title and code, and what it thought of them thoughts', async () => {
  const artifact = (given: string, body: string) =>
    `<antArtifact ${given}>\n${body}\n</antArtifact>`
  const written = [
    '<antThinking>A page is right.</antThinking>',
    'Here:\n',
    artifact('identifier="p" type="text/html" title="Page"', '<p>Hi</p>'),
    artifact('type="application/vnd.ant.code" language="md"', '```\nx\n```'),
    artifact('type="text/markdown" title="Notes"', '# One'),
    '<antArtifact>\ncut',
  ].join('\n')
  const person = artifact('type="text/html"', 'x')
  const { messages, extra } = await brought([
    message('q', [says(person)]),
    message('a', [says(written)], assistant),
  ])
  expect(messages.map(({ content }) => content)).toEqual([
    person,
    [
      'Here:\n',
      '**Page**\n\n```html\n<p>Hi</p>\n```',
      '````md\n```\nx\n```\n````',
      '**Notes**\n\n# One',
      '```\ncut\n```',
    ].join('\n'),
  ])
  expect(messages[1]?.parts?.[0]).toEqual({ type: 'reasoning', text: 'A page is right.' })
  expect(extra).toMatchObject({ messages: { a: { content: [{ text: written }] } } })
})

test('what stands on one line with a document is not drawn into its code', async () => {
  const written = 'Here: <antArtifact type="text/html">\n<b>1</b>\n</antArtifact> Done.'
  const { messages } = await brought([message('a', [says(written)], assistant)])
  expect(messages[0]?.content).toBe('Here: \n\n```html\n<b>1</b>\n```\n\n Done.')
})

test('so they are in an export that has the text alone; of some thoughts there are only the headings', async () => {
  const written =
    '<antThinking>Hm</antThinking>Here.\n<antArtifact type="text/html" title="A page">\n<b>x</b>\n</antArtifact>'
  const { messages } = await importingOne(
    ann,
    conversation([
      message('q', [], { text: 'Write <antThinking>' }),
      message('a', [], { sender: 'assistant', text: written }),
      message(
        'b',
        [{ type: 'thinking', thinking: '', summaries: [{ summary: 'On it' }] }, says('b')],
        {
          sender: 'assistant',
        },
      ),
    ]),
  )
  expect(messages).toMatchObject([
    { content: 'Write <antThinking>' },
    {
      content: 'Here.\n**A page**\n\n```html\n<b>x</b>\n```',
      parts: [{ type: 'reasoning', text: 'Hm' }, { type: 'text' }],
    },
    { content: 'b', parts: [{ type: 'reasoning', text: 'On it' }, { type: 'text' }] },
  ])
})
