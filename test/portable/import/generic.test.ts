import { expect, test } from 'vitest'

import { as } from '../../support/api.ts'
import { importing, importingOne, lineOf } from '../../support/importing.ts'

const ann = await as.user()

test('takes in messages by their roles, in whichever form their fields are', async () => {
  const id = crypto.randomUUID()
  const {
    conversation: made,
    messages,
    extra,
  } = await importingOne(ann, {
    conversationId: id,
    name: 'Order 7',
    createdAt: '2025-01-02T03:04:05Z',
    update_time: 1_735_790_000,
    model: 'small',
    shop: 'Lima',
    system: 'Be brief',
    messages: [
      { role: 'developer', content: 'Be kind' },
      { role: 'human', content: ' Late!\n', timestamp: 1_735_787_046, mood: 'cross' },
      { uuid: 'a', role: 'ai', content: 'I look.', model: 'large', finish_reason: 'stop' },
      { role: 'model', parts: [{ type: 'text', text: 'Found.' }], reasoning_content: 'Hm' },
      { role: 'narrator', content: 'Rain.' },
      { role: 'user', content: '' },
    ],
  })
  expect(made).toMatchObject({
    title: 'Order 7',
    created_at: '2025-01-02T03:04:05.000Z',
    updated_at: '2025-01-02T03:53:20.000Z',
  })
  expect(messages).toMatchObject([
    { id: 'system', role: 'system', content: 'Be brief' },
    { role: 'system', content: 'Be kind' },
    { role: 'user', content: ' Late!\n', created_at: '2025-01-02T03:04:06.000Z', model: null },
    { id: 'a', role: 'assistant', content: 'I look.', model: 'large', finish_reason: 'stop' },
    { role: 'assistant', content: 'Found.', model: 'small', parts: [{ text: 'Hm' }, {}] },
    { role: 'system', content: 'Rain.' },
  ])
  expect(extra).toMatchObject({
    fields: { shop: 'Lima' },
    hidden: [{ content: '' }],
    messages: {
      'message-2': { role: 'developer' },
      'message-3': { role: 'human', mood: 'cross' },
      'message-6': { role: 'narrator' },
    },
  })
})

test('keeps calls with their results, also those that name no call', async () => {
  const call = (id: string | undefined, name: string) => ({
    ...(id && { id }),
    type: 'function',
    function: { name, arguments: '{"q":1}' },
  })
  const { messages } = await importingOne(ann, {
    id: crypto.randomUUID(),
    messages: [
      { role: 'user', content: 'q' },
      { role: 'assistant', content: null, tool_calls: [call('c1', 'look'), call('c2', 'find')] },
      { role: 'tool', tool_call_id: 'c2', content: 'two' },
      { role: 'tool', content: [{ type: 'text', text: 'one' }] },
      { role: 'assistant', content: '', function_call: { name: 'old', arguments: 'x' } },
      { role: 'function', name: 'old', content: 'three' },
      { role: 'tool', content: 'lost' },
      { role: 'assistant', tool_calls: [{ name: 'flat', arguments: { a: 1 } }, {}] },
    ],
  })
  const told = messages.map(({ role, content, tool_calls: calls, tool_call_id: of }) =>
    [role, calls?.map(({ id, function: { name } }) => `${id}=${name}`).join() ?? of, content].join(
      ' ',
    ),
  )
  expect(told).toEqual([
    'user  q',
    'assistant c1=look,c2=find ',
    'tool c2 two',
    'tool c1 one',
    'assistant message-5-call-1=old ',
    'tool message-5-call-1 three',
    'tool message-7-call lost',
    'assistant message-8-call-1=flat,message-8-call-2=tool ',
  ])
  expect(messages[4]?.tool_calls).toMatchObject([{ function: { arguments: '{"input":"x"}' } }])
})

test('reads parts as the APIs of models have them', async () => {
  const image = { type: 'image_url', image_url: { url: 'https://x.test/i.png', detail: 'low' } }
  const inside = {
    type: 'image',
    source: { type: 'base64', media_type: 'image/png', data: 'aaaa' },
  }
  const { messages, extra } = await importingOne(ann, {
    id: crypto.randomUUID(),
    messages: [
      { role: 'user', content: [{ type: 'input_text', text: 'Look' }, image, inside] },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'Hm', signature: 's' },
          { type: 'redacted_thinking', data: 'x' },
          { type: 'text', text: 'I look.', citations: [1] },
          { type: 'tool_use', id: 'c', name: 'look', input: { a: 1 } },
          { type: 'tool-call', args: {} },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'c', content: [{ type: 'text', text: 'a' }, 'b'] },
          { type: 'tool-result', toolCallId: 'd', output: { b: 1 } },
          { type: 'tool-result', toolCallId: 'f', result: 'r' },
          { type: 'text', text: 'And?' },
        ],
      },
      { role: 'tool', content: [{ type: 'tool_result', content: 'c' }], tool_call_id: 'e' },
      {
        role: 'assistant',
        content: [{ type: 'refusal', refusal: 'No.' }, { type: 'refusal', text: 'Never.' }, 7],
      },
      { role: 'user', content: [{ type: 'input_image', image_url: 'data:image/png;base64,aaaa' }] },
      { role: 'user', content: [{ type: 'input_audio', input_audio: {} }] },
      { role: 'user', content: [{ type: 'file', file: { filename: 'a.pdf' } }] },
      { role: 'user', content: [{ type: 'image_url', image_url: { url: 'blob:1' } }, {}] },
      { role: 'system', content: [{ type: 'image', source: { url: 'https://x.test/i.png' } }] },
      { role: 'user', content: { thing: 1 } },
    ],
  })
  expect(messages.map(lineOf)).toEqual([
    'user: Look',
    'assistant: I look.',
    'tool: a\nb',
    'tool: {"b":1}',
    'tool: r',
    'user: And?',
    'tool: c',
    'assistant: No.\n\nNever.',
    'user: [image]',
    'user: [audio]',
    'user: [a.pdf]',
    'user: [image]',
    'system: [image]',
    'user: [content]',
  ])
  expect(messages[0]?.parts).toEqual([
    { type: 'text', text: 'Look' },
    image,
    { type: 'image_url', image_url: { url: 'data:image/png;base64,aaaa' } },
  ])
  expect(messages[1]?.parts).toMatchObject([
    { type: 'reasoning', text: 'Hm', signature: 's' },
    { type: 'reasoning', encrypted: 'x' },
    { type: 'text' },
  ])
  expect(messages.map(({ tool_call_id: of }) => of).filter(Boolean)).toEqual(['c', 'd', 'f', 'e'])
  expect(extra).toMatchObject({
    messages: {
      'message-2': { content: [{ citations: [1] }] },
      'message-5': { content: [{ refusal: 'No.' }, {}] },
      'message-9': { content: [{ image_url: { url: 'blob:1' } }, {}] },
      'message-10': { content: [{ source: { url: 'https://x.test/i.png' } }] },
    },
  })
})

test('takes many at once, and one that holds nothing if it has a name', async () => {
  const said = (content: string) => ({ messages: [{ role: 'user', content }] })
  const all = [said('a'), said('b'), { title: 'Empty', messages: [] }, { messages: [] }]
  expect(await importing(ann, all)).toMatchObject({
    source: 'generic',
    imported: 3,
    failed: 1,
    warnings: ['1 conversation holds no message that can be shown.'],
  })
  expect(await importing(ann, all.slice(0, 2))).toMatchObject({ imported: 0, unchanged: 2 })
})
