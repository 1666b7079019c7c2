import { afterAll, beforeAll, expect, test, vi } from 'vitest'

import { type Listed, type Message, as, append, at, bodyOf } from '../../support/api.ts'
import { givenThread, openFrontDoor, refused, said } from '../../support/assistant-cloud.ts'
import { contents, long, picture } from '../../support/thread-contents.ts'

beforeAll(() => openFrontDoor())
afterAll(() => vi.unstubAllGlobals())

test.each(contents)('what came in goes out deep-equal: %s %#', async (format, content) => {
  const { messages, id, ann } = await givenThread()
  const { message_id } = await messages.create(id, {
    parent_id: null,
    format,
    content: content as never,
  })
  const listed = await messages.list(id, { format })
  expect(listed.messages).toEqual([
    expect.objectContaining({ id: message_id, parent_id: null, height: 0, format, content }),
  ])
  expect((await messages.list(id)).messages[0]).toMatchObject({ format, content })
  // Hilo's own export takes it elsewhere, and there it is the same.
  const exported = await (await ann.get(`${at(id)}/export?format=json`)).text()
  const elsewhere = await givenThread()
  const imported = await elsewhere.ann.request('POST', '/api/import', JSON.parse(exported))
  const [there] = (await bodyOf<{ conversations: { id: string }[] }>(imported)).conversations
  const again = await elsewhere.messages.list(there?.id ?? '', { format })
  expect(again.messages[0]).toMatchObject({ format, content })
})

test('what a client writes is what every other protocol and the model read', async () => {
  const { messages, id, ann } = await givenThread()
  const [, assistant] = contents[2]!
  const user = await messages.create(id, {
    parent_id: null,
    format: 'aui/v0',
    content: said('user', 'Hello'),
  })
  await messages.create(id, {
    parent_id: user.message_id,
    format: 'aui/v0',
    content: assistant as never,
  })
  const { data } = await bodyOf<Listed<Message>>(ann.get(`${at(id)}/messages`))
  expect(
    data.map(({ role, origin, content, tool_call_id }) => [role, origin, content, tool_call_id]),
  ).toEqual([
    ['user', 'client', 'Hello', null],
    ['assistant', 'client', `${long}\n${long}`, null],
    ['tool', 'client', '{"degrees":21,"sky":["clear",null]}', 'c1'],
  ])
  expect(
    data[1]?.tool_calls?.map((one) => [one.id, one.function.name, one.function.arguments]),
  ).toEqual([
    ['c1', 'weather', '{ "city": "Cádiz" }'],
    ['c2', 'ask', '{}'],
  ])
  expect(data[1]?.parts?.map(({ type }) => type)).toEqual([
    'reasoning',
    'text',
    'text',
    'source',
    'data',
    'data',
    'audio',
    'generative-ui',
  ])
  // Each long text is kept once, not again in what was sent.
  const kept = JSON.stringify(data[1]?.extra)
  expect(kept).not.toContain('Thinking')
})

test('what other protocols write is shown in either format, with the results of its tools', async () => {
  const user = crypto.randomUUID()
  const { messages, id } = await givenThread(user)
  const calls = [
    { id: 'c1', type: 'function', function: { name: 'weather', arguments: '{"city":"Cádiz"}' } },
    { id: 'c2', type: 'function', function: { name: 'odd', arguments: 'not json' } },
  ]
  await append(as.service('backend', `user:${user}`), id, [
    { id: 's', role: 'system', content: 'Be kind' },
    {
      id: 'u',
      role: 'user',
      parts: [
        { type: 'text', text: 'Look' },
        { type: 'image_url', image_url: { url: picture } },
        {
          type: 'file',
          file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERi0=' },
        },
      ],
    },
    {
      id: 'a',
      role: 'assistant',
      parts: [
        { type: 'reasoning', text: 'Hm' },
        { type: 'source', url: 'https://a.test', title: 'A' },
        { type: 'data', name: 'chart', data: { x: 1 } },
        { type: 'x-odd', anything: 1 },
      ],
      content: 'I see',
      tool_calls: calls,
      status: 'interrupted',
    },
    { id: 't', role: 'tool', tool_call_id: 'c1', content: '{"degrees":21}' },
    { id: 'u2', role: 'user', content: 'And?' },
  ])
  const aui = (await messages.list(id, { format: 'aui/v0' })).messages
  expect(aui.map((one) => [one.id, one.parent_id, one.format, one.external_id])).toEqual([
    ['u2', 'a', 'aui/v0', null],
    ['a', 'u', 'aui/v0', null],
    ['u', 's', 'aui/v0', null],
    ['s', null, 'aui/v0', null],
  ])
  expect(aui[1]?.content).toMatchObject({
    role: 'assistant',
    status: { type: 'incomplete', reason: 'cancelled' },
    content: [
      { type: 'reasoning', text: 'Hm' },
      { type: 'source', sourceType: 'url', url: 'https://a.test', title: 'A' },
      { type: 'data', name: 'chart', data: { x: 1 } },
      { type: 'text', text: 'I see' },
      {
        type: 'tool-call',
        toolCallId: 'c1',
        toolName: 'weather',
        args: { city: 'Cádiz' },
        result: { degrees: 21 },
      },
      { type: 'tool-call', toolCallId: 'c2', toolName: 'odd', argsText: 'not json' },
    ],
  })
  expect(aui[2]?.content['content']).toEqual([
    { type: 'text', text: 'Look' },
    { type: 'image', image: picture },
    {
      type: 'file',
      data: 'data:application/pdf;base64,JVBERi0=',
      mimeType: 'application/pdf',
      filename: 'a.pdf',
    },
  ])
  const ui = (await messages.list(id, { format: 'ai-sdk/v6' })).messages
  expect(ui[1]).toMatchObject({
    format: 'ai-sdk/v6',
    content: {
      role: 'assistant',
      parts: [
        { type: 'reasoning', text: 'Hm' },
        { type: 'source-url', sourceId: 'https://a.test', url: 'https://a.test', title: 'A' },
        { type: 'data-chart', data: { x: 1 } },
        { type: 'text', text: 'I see' },
        {
          type: 'tool-weather',
          toolCallId: 'c1',
          state: 'output-available',
          input: { city: 'Cádiz' },
          output: { degrees: 21 },
        },
        { type: 'tool-odd', toolCallId: 'c2', state: 'input-available', input: 'not json' },
      ],
    },
  })
  expect(ui[2]?.content['parts']).toEqual([
    { type: 'text', text: 'Look' },
    { type: 'file', mediaType: 'image/png', url: picture },
    {
      type: 'file',
      mediaType: 'application/pdf',
      url: 'data:application/pdf;base64,JVBERi0=',
      filename: 'a.pdf',
    },
  ])
  // Nobody else's message is rewritten, but a client may say what it thinks of it.
  const content = said('assistant', 'I see more')
  expect(await refused(messages.update(id, 'a', { content }))).toMatchObject({ status: 409 })
  expect(await messages.feedback(id, 'a', { type: 'negative', comment: ' Why? ' })).toEqual({
    feedback_id: 'feedback-a',
    type: 'negative',
    comment: 'Why?',
  })
})
