import { expect, test } from 'vitest'

import { as } from '../../support/api.ts'
import { importing, importingOne } from '../../support/importing.ts'
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

const use = (id: string | null, name: string, more: object = {}) => ({
  type: 'tool_use',
  id,
  name,
  input: {},
  ...more,
})
const came = (of: string | null, content: unknown, more: object = {}) => ({
  type: 'tool_result',
  tool_use_id: of,
  content,
  ...more,
})

test('the model of a conversation is that of its answers, if they name none', async () => {
  const messages = [
    message('q', [says('Hi')]),
    message('a', [says('Hello'), use('t', 'look'), came('t', 'x'), says('So.')], assistant),
    message('b', [says('Well')], { ...assistant, model: 'claude-b' }),
  ]
  const made = await brought(messages, { model: 'claude-a' })
  expect(made.messages.map(({ model }) => model)).toEqual([
    null,
    'claude-a',
    null,
    'claude-a',
    'claude-b',
  ])
})

test('what was found is told by title, address and text, and its pages are sources', async () => {
  const pages = [
    { type: 'knowledge', title: 'Ferns', url: 'https://ferns.test/', metadata: { site: 'x' } },
    { type: 'knowledge', title: 'Moss', url: 'https://moss.test/', text: 'Moss is wet.' },
    { type: 'rich_link', link: { title: 'Lichen', url: 'https://lichen.test/' } },
    { type: 'local_resource', name: 'list.csv', file_path: '/mnt/list.csv' },
  ]
  const { messages } = await brought([
    message('a', [use(null, 'web_search'), came(null, pages), says('Found.')], assistant),
  ])
  expect(messages[1]).toMatchObject({
    role: 'tool',
    content:
      'Ferns\nhttps://ferns.test/\n\nMoss\nhttps://moss.test/\nMoss is wet.\n\nLichen\nhttps://lichen.test/\n\nlist.csv',
    tool_call_id: messages[0]?.tool_calls?.[0]?.id,
  })
  expect(messages[1]?.parts?.slice(1)).toEqual([
    { type: 'source', url: 'https://ferns.test/', title: 'Ferns' },
    { type: 'source', url: 'https://moss.test/', title: 'Moss' },
    { type: 'source', url: 'https://lichen.test/', title: 'Lichen' },
  ])
})

test('the tools that run at Anthropic are calls with results, too', async () => {
  const page = {
    type: 'web_search_result',
    title: 'Lima',
    url: 'https://lima.test/',
    page_age: '1 day',
  }
  const document = { type: 'document', title: 'Page', source: { type: 'text', data: 'Its text' } }
  const blocks = [
    { ...use('s', 'web_search'), type: 'server_tool_use', input: { query: 'Lima' } },
    { ...came('s', [page]), type: 'web_search_tool_result' },
    { ...use('e', 'web_search'), type: 'server_tool_use' },
    {
      ...came('e', { type: 'web_search_tool_result_error', error_code: 'max_uses_exceeded' }),
      type: 'web_search_tool_result',
    },
    { ...use('c', 'bash_code_execution'), type: 'server_tool_use' },
    {
      ...came('c', {
        type: 'bash_code_execution_result',
        stdout: 'a.txt\n',
        stderr: '',
        return_code: 0,
      }),
      type: 'bash_code_execution_tool_result',
    },
    { ...use('f', 'web_fetch'), type: 'server_tool_use' },
    {
      ...came('f', { type: 'web_fetch_result', url: 'https://lima.test/', content: document }),
      type: 'web_fetch_tool_result',
    },
    { ...use('m', 'mail'), type: 'mcp_tool_use' },
    { ...came('m', [{ type: 'text', text: 'One' }]), type: 'mcp_tool_result' },
  ]
  const { messages } = await brought([message('a', blocks, assistant)])
  expect(messages.flatMap(({ tool_calls: calls }) => calls ?? []).map(({ id }) => id)).toEqual(
    messages.flatMap(({ tool_call_id: id }) => id ?? []),
  )
  expect(messages.flatMap(({ role, content }) => (role === 'tool' ? [content] : []))).toEqual([
    'Lima\nhttps://lima.test/',
    'max_uses_exceeded',
    'a.txt\n',
    'https://lima.test/\nPage\nIts text',
    'One',
  ])
})

test('a result that only says how it was shown says that', async () => {
  const shown = { type: 'rich_content', content: [{ title: 'Fern', url: 'https://fern.test/' }] }
  const picture = {
    type: 'image',
    source: { type: 'base64', media_type: 'image/png', data: 'AAAA' },
  }
  const far = { type: 'image', file_uuid: 'f' }
  const { messages } = await brought([
    message(
      'a',
      [
        came('1', [], { display_content: shown }),
        came('2', null, { display_content: { type: 'table', table: [['a', 1]] } }),
        came('3', [picture]),
        came('4', [far]),
      ],
      assistant,
    ),
  ])
  expect(messages).toMatchObject([
    { content: 'Fern\nhttps://fern.test/', parts: [{}, { type: 'source', title: 'Fern' }] },
    { content: 'a\n1', parts: null },
    { content: '', parts: [{ image_url: { url: 'data:image/png;base64,AAAA' } }] },
    { content: '[image]' },
  ])
})

test('results in a person’s turn answer the calls before it', async () => {
  const { messages } = await brought([
    message('q', [says('List')]),
    message('a', [says('I look.'), use('t1', 'bash'), use('t2', 'bash')], assistant),
    message('r', [came('t1', 'a.txt'), came(null, 'b.txt'), says('Those are all.')]),
    message('b', [{ ...use('t3', ''), name: null }], assistant),
    message('r2', [came('t3', 'c.txt')]),
    message('r3', [came(null, 'stray')]),
  ])
  expect(messages.map(({ id, role, tool_call_id: of }) => [id, role, of])).toEqual([
    ['q', 'user', null],
    ['a', 'assistant', null],
    ['r', 'tool', 't1'],
    ['r.2', 'tool', 't2'],
    ['r.3', 'user', null],
    ['b', 'assistant', null],
    ['r2', 'tool', 't3'],
    ['r3', 'tool', 'r3-call'],
  ])
})

test('a gallery of pictures is told by the titles and addresses of all', async () => {
  const images = [{ title: 'A dot', url: 'https://x.test/i.png' }, { title: 'Two dots' }]
  const content = [use('c', 'image_search'), came('c', [{ type: 'image_gallery', images }])]
  const { messages } = await brought([message('a', content, assistant)])
  expect(messages[1]?.content).toBe('A dot\nhttps://x.test/i.png\nTwo dots')
})

test('the pages that a report cites are sources of the call that writes it', async () => {
  const pages = [{ url: 'https://a.test/', title: 'A', start_index: 1, end_index: 5 }]
  const input = {
    command: 'create',
    type: 'text/markdown',
    content: '# A report',
    md_citations: pages,
  }
  const { messages } = await brought([
    message('a', [use('t', 'artifacts', { input }), came('t', 'OK'), says('Done')], assistant),
  ])
  expect(messages[0]).toMatchObject({
    tool_calls: [{ id: 't' }],
    parts: [{ type: 'source', url: 'https://a.test/', title: 'A' }],
  })
})

test('a result that is a value alone is that value; an answer that was stopped says so', async () => {
  const found = { results: [{ title: 'Note', body: 'Water the fern.' }] }
  const { messages } = await brought([
    message('q', [says('Look')]),
    message('a', [use('t', 'search'), came('t', [], { structured_content: found }), says('So.')], {
      ...assistant,
      stop_reason: 'max_tokens',
    }),
    message('q2', [says('And?')]),
    message('b', [says('Wel')], { ...assistant, stop_reason: 'user_canceled' }),
  ])
  expect(JSON.parse(messages[2]?.content ?? '')).toEqual(found)
  expect(messages[3]).toMatchObject({ content: 'So.', finish_reason: 'length', status: 'complete' })
  expect(messages[5]).toMatchObject({ content: 'Wel', status: 'interrupted' })
})
