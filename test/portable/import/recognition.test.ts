import { expect, test } from 'vitest'

import { as } from '../../support/api.ts'
import { importing, importingOne, lineOf } from '../../support/importing.ts'
import { conversation as chatgpt, node } from '../samples/chatgpt.ts'

const ann = await as.user()
const fine = (source: string) => [{ id: source, messages: [{ role: 'user', content: 'q' }] }]
const said = [{ role: 'user', content: 'q' }]

test.each([
  ['a tree of something else', { mapping: { a: { message: { body: 'q' } } } }],
  ['a tree of routes', { mapping: { '/a': '/b' }, inserted: 1 }],
  ['chat messages that nobody sent', { uuid: 'x', chat_messages: said }],
  ['a chat whose messages nobody said', { chat: { messages: [{ body: 'q' }] } }],
  ['a history of something else', { id: 'x', history: { messages: { a: { body: 'q' } } } }],
  ['chat messages of people', { uuid: 'x', chat_messages: [{ sender: 'ann', text: 'q' }] }],
  ['messages that are none', { id: 'x', messages: [{ level: 'info' }, 'q'] }],
  ['letters', { conversationId: 'x', messages: [{ from: 'ann', body: 'q' }] }],
  [
    'what people say to each other',
    { conversationId: 'x', messages: [{ sender: 'ann', text: 'q' }] },
  ],
  [
    'turns of people',
    {
      conversation: [
        { from: 'ann', text: 'q' },
        { from: 'bob', text: 'a' },
      ],
    },
  ],
  ['what a program notes', { messages: [{ type: 'system', message: 'q' }] }],
])('refuses %s, and names it if it can', async (_, file) => {
  const answer = await importing(ann, [file, ...fine(JSON.stringify(file))])
  expect(answer).toMatchObject({ imported: 1, failed: 1 })
  expect(answer.errors).toMatchObject([
    {
      source_id: 'id' in file || 'uuid' in file ? 'x' : null,
      detail: 'Not a conversation of a kind that is known',
    },
  ])
})

test.each([
  ['generic', { conversationId: crypto.randomUUID(), messages: said }],
  ['librechat', { conversationId: crypto.randomUUID(), messages: [] }],
  ['librechat', { conversationId: crypto.randomUUID(), messages: [{ sender: 'User', text: 'q' }] }],
  ['open-webui', { id: crypto.randomUUID(), chat: { messages: said } }],
  ['open-webui', { id: crypto.randomUUID(), history: {}, messages: said }],
  ['deepseek', { id: crypto.randomUUID(), inserted_at: '2025-01-01T00:00:00Z', mapping: {} }],
])('takes one of %s for what it is', async (source, file) => {
  expect(await importing(ann, [file])).toMatchObject({ source, imported: 1 })
})

test('takes conversations of ChatGPT that come without their tree for empty ones', async () => {
  const shell = { id: 'e', title: 'Empty', create_time: 1_700_000_000 }
  const answer = await importing(ann, [
    { ...shell, current_node: null },
    { ...shell, conversation_id: 'f', mapping: null },
    chatgpt('ok', [node('q')]),
    shell,
    { ...shell, current_node: null, messages: {} },
  ])
  expect(answer).toMatchObject({
    imported: 3,
    failed: 2,
    warnings: ['2 conversations hold no message that can be shown.'],
    errors: [{ source_id: 'e' }, { source_id: 'e' }],
  })
})

test('a conversation whose text is not found fails; one that has none does not', async () => {
  const strange = { content_type: 'poem', verses: [{ text: 'Roses' }] }
  const picture = {
    content_type: 'multimodal_text',
    parts: [{ content_type: 'image_asset_pointer', asset_pointer: 'file-service://1' }],
  }
  const hidden = { is_visually_hidden_from_conversation: true }
  const answer = await importing(ann, [
    chatgpt('poem', [node('a', { content: strange })]),
    chatgpt('picture', [node('b', { content: picture })]),
    chatgpt('hidden', [node('c', { content: strange, more: { metadata: hidden } })]),
    chatgpt('file', [node('d', { content: picture, more: { attachments: [{ text: 'a' }] } })]),
    { uuid: 'odd', chat_messages: [{ sender: 'human', body: { content: ['q'] } }] },
    { uuid: 'none', chat_messages: [{ sender: 'human', text: ' ', body: { content: 7 } }] },
  ])
  expect(answer).toMatchObject({ imported: 4, failed: 2 })
  const detail = 'It has messages, but their text is written in a way that is not known'
  expect(answer.errors).toMatchObject([
    { source_id: 'poem', detail },
    { source_id: 'odd', detail },
  ])
  const { messages } = await importingOne(
    ann,
    chatgpt('both', [node('a', { content: strange }), node('q')]),
  )
  expect(messages.map(lineOf)).toEqual(['user: [poem]', 'user: q'])
})

test('tells of each message whose text is not found beside others that are read', async () => {
  const strange = { content_type: 'poem', verses: [{ text: 'Roses' }] }
  const hidden = { is_visually_hidden_from_conversation: true }
  const why = 'it is written in a way that is not known, and all of it is in `extra`'
  const { warnings } = await importing(ann, [
    chatgpt('some', [
      node('a'),
      node('b', { content: strange }),
      node('c', { content: strange, more: { metadata: hidden } }),
    ]),
    { title: 'odd', messages: [...said, { role: 'assistant', turns: [{ content: 'Violets' }] }] },
    { title: 'fine', messages: [...said, { role: 'assistant', error: { message: 'late' } }] },
    chatgpt('two', [node('a'), ...['b', 'c'].map((id) => node(id, { message: odd(id) }))]),
  ])
  expect(warnings).toEqual([
    `Conversation 0: of message 2 the text is not shown: ${why}`,
    `Conversation 1: 1 message is not shown: ${why}`,
    `Conversation 3: 2 messages are not shown: ${why}`,
  ])
})

const odd = (id: string) => ({
  id,
  author: { role: 'assistant' },
  content: { content_type: 'text', parts: [], text: '' },
  poem: { text: 'Roses' },
})

test('who speaks in a file like one of LibreChat’s is asked, not only whether it is a user', async () => {
  const said = [
    { sender: 'customer', text: 'My parcel is late.' },
    { sender: 'agent', text: 'I will look.' },
  ]
  const { messages } = await importingOne(ann, {
    conversationId: crypto.randomUUID(),
    messages: said,
  })
  expect(messages.map(lineOf)).toEqual(['user: My parcel is late.', 'assistant: I will look.'])
})
