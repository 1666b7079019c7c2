import { expect, test } from 'vitest'

import {
  answers,
  callOf,
  calls,
  conversationOf,
  messagesOf,
  says,
  written,
} from '../support/portable.ts'

interface Node {
  id: string
  parent: string | null
  children: string[]
  message: null | {
    id: string
    author: { role: string; name: string | null }
    create_time: number
    content: { content_type: string; parts?: unknown[]; text?: string }
    status: string
    recipient: string
    end_turn: boolean | null
    metadata: Record<string, unknown>
  }
}
interface Tree {
  id: string
  title: string
  create_time: number
  update_time: number
  is_archived: boolean
  current_node: string
  mapping: Record<string, Node>
}

const treesOf = async (...given: Parameters<typeof written>[1]) =>
  JSON.parse(await written('chatgpt', given)) as Tree[]

/** The nodes from the current one up to the root, the way other programs read a tree. */
function pathOf({ mapping, current_node: current }: Tree): Node[] {
  const path: Node[] = []
  for (let id: string | null = current; id !== null;) {
    const node: Node | undefined = mapping[id]
    if (!node) throw new Error(`no node ${id}`)
    path.unshift(node)
    id = node.parent
  }
  return path
}

test('is a list of trees, each one path that leads from its root to its current node', async () => {
  const messages = messagesOf({ content: 'Q 👩‍👩‍👧' }, says('A', { model: 'm-1' }))
  const trees = await treesOf(
    [conversationOf(), messages],
    [conversationOf({ title: null, is_active: false }), []],
  )
  const [tree, empty] = trees as [Tree, Tree]
  expect(tree).toMatchObject({
    id: '0198c0de-0000-7000-8000-000000000001',
    conversation_id: '0198c0de-0000-7000-8000-000000000001',
    title: 'A trip',
    create_time: 1767323045.678,
    update_time: 1767484740,
    is_archived: false,
    current_node: 'm2',
  })
  const [root, question, answer] = pathOf(tree)
  expect(root).toEqual({ id: '~root', message: null, parent: null, children: ['m1'] })
  expect(question).toMatchObject({
    parent: '~root',
    children: ['m2'],
    message: {
      id: 'm1',
      author: { role: 'user', name: null },
      create_time: 1767323045.678,
      content: { content_type: 'text', parts: ['Q 👩‍👩‍👧'] },
      status: 'finished_successfully',
      end_turn: null,
      recipient: 'all',
    },
  })
  expect(answer).toMatchObject({
    children: [],
    message: { author: { role: 'assistant' }, end_turn: true, metadata: { model_slug: 'm-1' } },
  })
  expect(Object.keys(tree.mapping)).toHaveLength(3)
  expect(empty).toMatchObject({ title: '', is_archived: true, current_node: '~root' })
  expect(pathOf(empty)).toEqual([{ id: '~root', message: null, parent: null, children: [] }])
})

test('has a node a tool call, to the tool, and its result from the tool', async () => {
  const messages = messagesOf(
    { ...calls('a', 'b'), content: 'Let me look' },
    answers('b', 'B'),
    { ...calls('a'), tool_calls: [callOf('a', 'weigh', '{}')] },
    answers('a', 'A'),
    answers('b', 'late'),
  )
  const [tree] = await treesOf([conversationOf(), messages])
  const nodes = pathOf(tree!).slice(1)
  expect(nodes.map(({ id }) => id)).toEqual(['m1', 'm1~1', 'm1~2', 'm2', 'm3', 'm4', 'm5'])
  expect(nodes.map(({ message }) => message?.recipient)).toEqual([
    'all',
    'look',
    'look',
    'all',
    'weigh',
    'all',
    'all',
  ])
  expect(nodes.map(({ message }) => message?.author.name)).toEqual([
    null,
    null,
    null,
    'look',
    null,
    'weigh',
    null,
  ])
  expect(nodes[1]?.message?.content).toMatchObject({ content_type: 'code', text: '{"a":1}' })
  expect(nodes[0]?.message?.end_turn).toBe(false)
  expect(nodes.map(({ message }) => message?.metadata)).toEqual([
    {},
    { tool_call_id: 'a' },
    { tool_call_id: 'b' },
    { tool_call_id: 'b' },
    { tool_call_id: 'a' },
    { tool_call_id: 'a' },
    { tool_call_id: 'b' },
  ])
})

test('has images and files beside the text, and says what was cut', async () => {
  const parts = [
    { type: 'text' as const, text: 'Look' },
    { type: 'image_url' as const, image_url: { url: 'https://x.test/i.png' } },
    { type: 'file' as const, file: { file_id: 'f1', filename: 'a.pdf' } },
    { type: 'file' as const, file: {} },
  ]
  const messages = messagesOf({ content: 'Look', parts }, says('Half', { status: 'interrupted' }))
  const [tree] = await treesOf([conversationOf(), messages])
  const [, look, half] = pathOf(tree!)
  expect(look?.message).toMatchObject({
    content: {
      content_type: 'multimodal_text',
      parts: [
        'Look',
        { content_type: 'image_asset_pointer', asset_pointer: 'https://x.test/i.png' },
      ],
    },
    metadata: {
      attachments: [
        { id: 'f1', name: 'a.pdf' },
        { id: null, name: null },
      ],
    },
  })
  expect(half?.message?.status).toBe('finished_partial_completion')
})

test('loses no message whose id means something else to a program', async () => {
  const messages = messagesOf(
    { id: '__proto__', content: 'A' },
    { id: 'constructor', content: 'B' },
  )
  const [tree] = await treesOf([conversationOf(), messages])
  expect(pathOf(tree!).map(({ message }) => message?.content.parts)).toEqual([
    undefined,
    ['A'],
    ['B'],
  ])
  expect(Object.assign({}, tree!.mapping)).toEqual(tree!.mapping)
})
