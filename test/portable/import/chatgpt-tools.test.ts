import { expect, test } from 'vitest'

import { as } from '../../support/api.ts'
import { importing, importingOne } from '../../support/importing.ts'
import { conversation, node, text } from '../samples/chatgpt.ts'

const ann = await as.user()
const one = (...nodes: ReturnType<typeof node>[]) => [conversation(crypto.randomUUID(), nodes)]

test('an answer goes to the call that it names, when an export of Hilo’s says so', async () => {
  const calling = (id: string, callId: string) =>
    node(id, {
      role: 'assistant',
      content: { content_type: 'code', language: 'unknown', text: '{}' },
      more: { recipient: 'weather', metadata: { tool_call_id: callId } },
    })
  const { messages } = await importingOne(
    ann,
    one(
      node('q'),
      calling('a~1', 'c1'),
      calling('a~2', 'c2'),
      node('r1', { role: 'tool', more: { metadata: { tool_call_id: 'c1' } } }),
    ),
  )
  expect(messages).toMatchObject([
    { id: 'q' },
    { tool_calls: [{ id: 'c1' }] },
    { tool_calls: [{ id: 'c2' }] },
    { role: 'tool', tool_call_id: 'c1', content: 'r1' },
  ])
})

test('a call of a tool and what it brought are what they are', async () => {
  const code = { content_type: 'code', language: 'unknown', text: 'print(1)' }
  const { messages, extra } = await importingOne(
    ann,
    one(
      node('q'),
      node('call', { role: 'assistant', content: code, more: { recipient: 'python' } }),
      node('out', {
        role: 'tool',
        content: { content_type: 'execution_output', text: '1' },
        more: { author: { role: 'tool', name: 'python', metadata: {} } },
      }),
      node('quote', {
        role: 'tool',
        content: {
          content_type: 'tether_quote',
          title: 'Lima',
          url: 'https://lima.test',
          text: 'x',
        },
      }),
      node('search', {
        role: 'assistant',
        content: text('{"q":"Lima"}'),
        more: { recipient: 'web', end_turn: false },
      }),
    ),
  )
  expect(messages).toMatchObject([
    { id: 'q' },
    {
      role: 'assistant',
      content: '',
      tool_calls: [{ id: 'call', function: { name: 'python', arguments: '{"input":"print(1)"}' } }],
    },
    { role: 'tool', tool_call_id: 'call', content: '1' },
    { role: 'tool', tool_call_id: 'call', content: 'Lima\nhttps://lima.test\nx' },
    { tool_calls: [{ id: 'search', function: { name: 'web', arguments: '{"q":"Lima"}' } }] },
  ])
  expect(extra).toMatchObject({
    messages: { call: { content: code, recipient: 'python' }, out: { author: { name: 'python' } } },
  })
})

test('a search of which only the pages are told brought these, and says the same as one that tells nothing', async () => {
  const entries = [
    { type: 'search_result', url: 'https://lima.test/', title: 'Lima', snippet: 'Warm.' },
    { type: 'search_result', url: 'https://rain.test/', title: 'Rain', snippet: '' },
  ]
  const id = crypto.randomUUID()
  const search = (metadata: object) => [
    conversation(id, [
      node('q'),
      node('call', { role: 'assistant', content: text('{}'), more: { recipient: 'web.run' } }),
      node('out', {
        role: 'tool',
        content: text(''),
        more: { metadata, author: { role: 'tool', name: 'web.run', metadata: {} } },
      }),
      node('a', { role: 'assistant' }),
    ]),
  ]
  await importing(ann, search({}))
  const file = search({ search_result_groups: [{ type: 'search_result_group', entries }] })
  expect(await importing(ann, file)).toMatchObject({ unchanged: 1, failed: 0 })
  const { messages } = await importingOne(await as.user(), file)
  expect(messages[2]).toMatchObject({
    tool_call_id: 'call',
    content: 'Lima\nhttps://lima.test/\nWarm.\n\nRain\nhttps://rain.test/\n',
    parts: [
      { type: 'text' },
      { type: 'source', url: 'https://lima.test/', title: 'Lima' },
      { type: 'source', url: 'https://rain.test/', title: 'Rain' },
    ],
  })
})
