import { expect, test } from 'vitest'

import { as } from '../../support/api.ts'
import { importing, importingOne, lineOf } from '../../support/importing.ts'
import { conversation, node, text } from '../samples/chatgpt.ts'

const ann = await as.user()

/** A conversation of these nodes; a second import finds it unchanged. */
async function brought(nodes: ReturnType<typeof node>[], more: object = {}) {
  const file = [conversation(crypto.randomUUID(), nodes, more)]
  const made = await importingOne(ann, file)
  expect(await importing(ann, file)).toMatchObject({ unchanged: 1 })
  return made
}

const calling = (id: string, recipient: string) =>
  node(id, { role: 'assistant', content: text('{}'), more: { recipient } })
const came = (id: string, name: string | null, written = id, metadata: object = {}) =>
  node(id, {
    role: 'tool',
    content: text(written),
    more: { author: { role: 'tool', name, metadata: {} }, metadata },
  })

const report = (id: string | undefined, ...parts: string[]) => ({
  id,
  author: { role: 'assistant' },
  content: { content_type: 'text', parts },
  metadata: { content_references: [{ type: 'url', title: 'Ferns', url: 'https://ferns.test/' }] },
})
const sdk = (value: unknown) => ({ chatgpt_sdk: { widget_state: value } })

test('answers that name no model have that of the conversation', async () => {
  const named = { metadata: { model_slug: 'o4' } }
  const nodes = [
    node('q'),
    node('a', { role: 'assistant' }),
    node('b', { role: 'assistant', more: named }),
  ]
  const { messages } = await brought(nodes, { default_model_slug: 'gpt-6' })
  expect(messages.map(({ model }) => model)).toEqual([null, 'gpt-6', 'o4'])
  const auto = await brought(nodes, { default_model_slug: 'auto' })
  expect(auto.messages.map(({ model }) => model)).toEqual([null, null, 'o4'])
})

test('what ChatGPT hides was not said; calls, results and instructions stay', async () => {
  const more = { metadata: { is_visually_hidden_from_conversation: true } }
  const { messages, extra } = await brought([
    node('s', { role: 'system', more }),
    node('q'),
    node('h1', { role: 'assistant', more }),
    node('h2', { more }),
    node('c', { role: 'assistant', content: text('{}'), more: { ...more, recipient: 'python' } }),
    came('r', 'python', 'Two', more.metadata),
    node('a', { role: 'assistant' }),
  ])
  expect(messages.map(lineOf)).toEqual([
    'system: s',
    'user: q',
    'assistant: ',
    'tool: Two',
    'assistant: a',
  ])
  expect(extra).toMatchObject({ hidden: [{ id: 'h1' }, { id: 'h2' }] })
})

test('a result answers a call of its tool, or has a call id of its own', async () => {
  const { messages } = await brought([
    calling('c1', 'python'),
    calling('c2', 'browser.search'),
    calling('c3', 'python'),
    came('r1', 'python'),
    came('r2', 'browser.open'),
    came('r3', 'python'),
    came('r4', 'browser'),
    came('r5', 'file_search'),
    calling('c4', 'web.run'),
    came('r6', 'other'),
    came('r7', 'python'),
    calling('c5', 'late'),
    calling('c6', 'web'),
    came('r8', 'web'),
    calling('c7', 'web'),
    came('r9', 'late', ''),
    node('q'),
    came('r10', null),
    came('r11', null, ''),
  ])
  const answers = messages.flatMap(({ id, tool_call_id: of }) => (of === null ? [] : [[id, of]]))
  expect(answers).toEqual([
    ['r1', 'c1'],
    ['r2', 'c2'],
    ['r3', 'c3'],
    ['r4', 'c2'],
    ['r5', 'r5'],
    ['r6', 'c4'],
    ['r7', 'r7'],
    ['r8', 'c6'],
    ['r9', 'c5'],
    ['r10', 'c7'],
    ['r11', 'c7'],
  ])
})

test('an export keeps the name of a tool that spoke by itself', async () => {
  const { id } = await brought([node('q'), came('r', 'file_search'), came('n', null)])
  const answer = await ann.get(`/api/conversations/${id}/export?format=chatgpt`)
  const [{ mapping }] = (await answer.json()) as [
    { mapping: Record<string, { message: { author: { name: string | null } } }> },
  ]
  expect(['r', 'n'].map((one) => mapping[one]?.message.author.name)).toEqual(['file_search', null])
})

test('a deep research is its report, wherever ChatGPT keeps that', async () => {
  const whole = { status: 'completed', report_message: report('rep', '# Ferns\n\n| a |\n|---|') }
  const shown = `The latest state of the widget is: ${JSON.stringify(whole)}`
  const places: [string, object][] = [
    ['', sdk(JSON.stringify(whole))],
    ['', { chatgpt_sdk: { tool_response_metadata: { venus_widget_state: whole } } }],
    [shown, {}],
  ]
  for (const [written, metadata] of places) {
    const { messages, extra } = await brought([
      node('q'),
      calling('c', 'api_tool.call_tool'),
      came('t', 'api_tool.call_tool', written, metadata),
      came('again', 'api_tool.call_tool', '', sdk(whole)),
      node('a', { role: 'assistant', content: text('') }),
    ])
    expect(messages).toMatchObject([
      { id: 'q' },
      { id: 'c' },
      { id: 't', role: 'tool', content: 'completed', tool_call_id: 'c' },
      {
        id: 'rep',
        role: 'assistant',
        content: '# Ferns\n\n| a |\n|---|',
        model: 'gpt-5',
        parts: [{ type: 'text' }, { type: 'source', url: 'https://ferns.test/' }],
      },
      { id: 'again', content: 'completed' },
    ])
    expect(extra).toMatchObject({ hidden: [{ id: 'a' }] })
  }
})

test('a report that is a message anyway is not shown twice, and one that is not there is not', async () => {
  const made = await brought([
    came('t1', null, '', sdk({ report_message: report('a', 'Twice') })),
    node('a', { role: 'assistant' }),
    came('t2', null, 'Kept', sdk({ report_message: report(undefined, 'Nameless') })),
    came('t3', null, '', sdk({ status: 'running', report_message: report('r', '') })),
    came('t4', null, 'Broken', sdk('{')),
  ])
  expect(made.messages.map(lineOf)).toEqual([
    'tool: ',
    'assistant: a',
    'tool: Kept',
    'assistant: Nameless',
    'tool: running',
    'tool: Broken',
  ])
})

test('thoughts may stand in the parts of a message, as any words do', async () => {
  const thinking = (id: string, type: string) =>
    node(id, { role: 'assistant', content: { content_type: type, parts: [id] } })
  const { messages } = await brought([
    node('q'),
    thinking('Hm', 'thoughts'),
    thinking('Thought for 3 s', 'reasoning_recap'),
    node('a', { role: 'assistant' }),
  ])
  expect(messages[1]?.parts).toMatchObject([
    { type: 'reasoning', text: 'Hm' },
    { type: 'reasoning', text: 'Thought for 3 s' },
    { type: 'text', text: 'a' },
  ])
})
