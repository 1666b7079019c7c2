import { expect, test } from 'vitest'

import { as } from '../../support/api.ts'
import { importing, importingOne, lineOf } from '../../support/importing.ts'
import { conversation, file, response } from '../samples/grok.ts'

const ann = await as.user()

test('takes in who said what after what, what was thought, and where it was found', async () => {
  const found = { url: 'https://x.test/a', title: 'A', preview: 'p' }
  const {
    conversation: made,
    messages,
    extra,
  } = await importingOne(
    ann,
    file(
      conversation(
        [
          response('q', 'human', ' Why?\n'),
          response('a', 'ASSISTANT', 'Because.', {
            parent_response_id: 'q',
            thinking_trace: 'Hm',
            web_search_results: [found],
            steps: [{ tagged_text: {} }],
          }),
          response('b', 'grok-3', 'So.', {
            parent_response_id: 'q',
            web_search_results: [found],
            cited_web_search_results: [{ url: 'https://x.test/b' }],
          }),
        ],
        { leaf_response_id: 'a' },
      ),
    ),
  )
  expect(made).toMatchObject({
    title: 'A trip',
    created_at: '2025-01-02T03:04:05.678Z',
    updated_at: '2025-01-02T03:05:00.000Z',
  })
  expect(messages).toMatchObject([
    { id: 'q', role: 'user', content: ' Why?\n', model: null },
    {
      id: 'a',
      role: 'assistant',
      content: 'Because.',
      model: 'grok-4',
      created_at: '2025-01-02T03:04:05.678Z',
      parts: [
        { type: 'reasoning', text: 'Hm' },
        { type: 'text' },
        { type: 'source', url: 'https://x.test/a', title: 'A' },
      ],
    },
  ])
  expect(extra).toMatchObject({
    fields: { starred: true },
    messages: { a: { steps: [{ tagged_text: {} }] } },
    branches: [{ content: 'So.', parts: [{}, { type: 'source', url: 'https://x.test/b' }] }],
  })
})

test('reads older exports, whose responses name no others, and shows what has no text', async () => {
  const plain = (sender: string, message: string, more: object = {}) => ({
    response: { sender, message, ...more },
  })
  const { messages, extra } = await importingOne(ann, [
    {
      ...conversation([
        plain('human', '', { file_attachments: ['f'] }),
        plain('assistant', '', {
          generated_image_urls: ['https://x.test/i.png'],
          web_search_results: [{ url: 'https://x.test/' }],
        }),
        plain('human', ''),
        plain('assistant', '', { error: 'Failed to respond.' }),
        {},
      ]),
      note: 'n',
    },
  ])
  expect(messages.map(lineOf)).toEqual([
    'user: [file]',
    'assistant: [image]',
    'assistant: [Failed to respond.]',
  ])
  expect(messages[1]?.parts).toEqual([{ type: 'source', url: 'https://x.test/' }])
  expect(extra).toMatchObject({
    fields: { starred: true, note: 'n' },
    messages: { 'message-2': { generated_image_urls: ['https://x.test/i.png'] } },
    hidden: [{ sender: 'human' }, {}],
  })
})

test('one that holds nothing is empty; one that is cut says so', async () => {
  const whole = JSON.stringify(file(conversation([]), conversation([response('q', 'human', 'q')])))
  expect(await importing(ann, whole)).toMatchObject({ source: 'grok', imported: 2, failed: 0 })
  const cut = whole.slice(0, whole.indexOf('"projects"'))
  expect(await importing(ann, cut)).toMatchObject({ unchanged: 2, failed: 0, complete: false })
})

test('makes links of its marks, and code of its artifacts; what a person wrote stays', async () => {
  const mark = (id: string) =>
    `<grok:render card_id="${id}" type="render_inline_citation">\n<argument name="citation_id">1</argument>\n</grok:render>`
  const artifact = (attributes: string, body: string) =>
    `<xaiArtifact artifact_id="1" ${attributes}>${body}</xaiArtifact>`
  const said = [
    `It is so.${mark('a')}${mark('b')}${mark('c')}${mark('none')}${mark('js')} Look:`,
    artifact('title="a.py" contentType="text/x-python"', '\nprint("```")\n'),
    artifact('contentType="text/markdown"', '# A'),
    artifact('title="b.yaml" contentType="text/yaml"', '```yaml\nb: 1\n```'),
    artifact('title="c.js" contentType="text/javascript"', 'c()'),
    'Bye.',
  ].join(' ')
  const { messages } = await importingOne(ann, [
    conversation([
      response('q', 'human', mark('a')),
      response('a', 'assistant', said, {
        parent_response_id: 'q',
        card_attachments_json: [
          '{"id":"a","url":"https://x.test/a"}',
          { id: 'b', url: 'https://x.test/b', title: '[B]' },
          '{"id":"c","image":{"title":"A cat","link":"https://x.test/c"}}',
          '{"id":"js","url":"javascript:1"}',
          '{',
        ],
      }),
    ]),
  ])
  expect(messages.map(({ content }) => content)).toEqual([
    mark('a'),
    'It is so. [x.test](https://x.test/a) [B](https://x.test/b) [A cat](https://x.test/c) Look: \n\n' +
      '**a.py**\n\n````python\nprint("```")\n````\n\n \n\n# A\n\n \n\n' +
      '**b.yaml**\n\n```yaml\nb: 1\n```\n\n \n\n**c.js**\n\n```javascript\nc()\n```\n\n Bye.',
  ])
  expect(messages[1]?.extra).toMatchObject({ grok: { message: said } })
})

test('an answer that names nothing follows what came before it; calls of tools are calls, or told in thoughts', async () => {
  const card = (name: string, given: string) =>
    `<xai:tool_usage_card><xai:tool_usage_card_id>1</xai:tool_usage_card_id>${name}<xai:tool_args>${given}</xai:tool_args></xai:tool_usage_card>`
  const search = card('<xai:tool_name>web_search</xai:tool_name>', '<![CDATA[{"query":"q"}]]>')
  const agent = (thought: string) => ({ agent_id: 'x', thinking_trace: thought })
  const { messages } = await importingOne(ann, [
    conversation([
      response('q', 'human', search),
      response('a', 'assistant', `${search}\nIt is so.${card('', '')}`),
      response('r', 'human', 'And?', { parent_response_id: 'a' }),
      response('b', 'assistant', 'Yes.', {
        parent_response_id: 'r',
        thinking_trace: `${search}Hm`,
        agent_thinking_traces: [agent('Ho'), agent(`${search}Hm`), {}],
      }),
    ]),
  ])
  expect(messages.map(lineOf)).toEqual([
    `user: ${search}`,
    'assistant: It is so.',
    'user: And?',
    'assistant: Yes.',
  ])
  expect(messages[1]?.tool_calls?.map((call) => call.function)).toEqual([
    { name: 'web_search', arguments: '{"query":"q"}' },
    { name: 'tool', arguments: '{}' },
  ])
  expect(messages[3]?.parts).toMatchObject([
    { type: 'reasoning', text: 'web_search {"query":"q"}\n\nHm' },
    { type: 'reasoning', text: 'Ho' },
    { type: 'text' },
  ])
})

test('files and pictures beside a text are shown by their names, and pages do not take their place', async () => {
  const { messages } = await importingOne(
    ann,
    file(
      conversation([
        response('q', 'human', 'See', { file_attachments: ['f1', 'f2'] }),
        response('a', 'ASSISTANT', 'Drawn', {
          parent_response_id: 'q',
          generated_image_urls: ['users/u/generated/i/image.jpg'],
          web_search_results: [{ url: 'https://x.test/', title: 'X' }],
        }),
      ]),
    ),
  )
  const named = (filename: string) => ({ type: 'file', file: { filename } })
  expect(messages[0]?.parts).toMatchObject([{ text: 'See' }, named('file'), named('file')])
  expect(messages[1]?.parts).toMatchObject([
    { text: 'Drawn' },
    named('image.jpg'),
    { type: 'source', title: 'X' },
  ])
})
