import { expect, test } from 'vitest'

import { as } from '../../support/api.ts'
import { importedAs, importing, importingOne, lineOf } from '../../support/importing.ts'
import { historyOf } from '../../support/turns.ts'
import { lists, message } from '../samples/lobechat.ts'

const inTopic = { topicId: 't' }
const later = { createdAt: 1_735_787_046_000 }

test('takes in each topic, what a session has beside them, and the inbox', async () => {
  const ann = await as.user()
  const messages = [
    message('a', 'assistant', 'Because.', { ...inTopic, ...later, model: 'm1' }),
    message('q', 'user', ' Why?\n', inTopic),
    message('o', 'user', 'o'),
    message('i', 'user', 'i', { sessionId: 'inbox' }),
    message('n', 'user', 'n', { sessionId: null }),
  ]
  const state = lists(messages)
  const answer = await importing(ann, { exportType: 'all', state, version: 7 })
  expect(answer).toMatchObject({ source: 'lobechat', imported: 3, failed: 0 })
  const [topic, session, inbox] = await Promise.all(
    answer.conversations.map(({ id }) => importedAs(ann, id)),
  )
  expect(topic?.conversation).toMatchObject({
    title: 'A trip',
    created_at: '2025-01-02T03:04:05.000Z',
  })
  expect(topic?.messages).toMatchObject([
    { id: 'q', role: 'user', content: ' Why?\n', created_at: '2025-01-02T03:04:05.678Z' },
    { id: 'a', role: 'assistant', content: 'Because.', model: 'm1' },
  ])
  expect(topic?.extra).toMatchObject({
    fields: { topic: { favorite: true }, session: { id: 's', config: { model: 'm' } } },
  })
  expect(session?.conversation.title).toBe('Guide')
  expect(session?.messages.map(lineOf)).toEqual(['user: o'])
  expect(inbox?.conversation.title).toBeNull()
  expect(inbox?.messages.map(lineOf)).toEqual(['user: i', 'user: n'])
  const database = `${JSON.stringify({ data: state, mode: 'pglite', schemaHash: 'x' })}\n`
  expect(await importing(ann, database)).toMatchObject({ imported: 0, unchanged: 3 })
  const later2 = await importing(ann, { state }, { query: '?from=2' })
  expect(later2.conversations).toMatchObject([{ index: 2, source_id: 'inbox' }])
})

test('reads calls, results, thoughts, and where it was found', async () => {
  const tool = {
    id: 'c',
    identifier: 'web',
    apiName: 'search',
    arguments: '{"q":1}',
    type: 'builtin',
  }
  const { messages, extra } = await importingOne(await as.user(), {
    state: lists([
      message('a', 'assistant', 'I look.', {
        reasoning: { content: 'Hm', duration: 3 },
        extra: { fromModel: 'm2', translate: { to: 'es' } },
        tools: [tool, { id: 'd', arguments: '{}' }],
      }),
      message('r', 'tool', 'seen', { tool_call_id: 'c', plugin: { identifier: 'web' } }),
      message('b', 'assistant', 'So.', {
        search: { citations: [{ url: 'https://x.test/', title: 'X' }, { title: 'none' }] },
      }),
      { ...message('', 'user', 'q'), id: undefined },
    ]),
  })
  expect(messages).toMatchObject([
    {
      id: 'a',
      model: 'm2',
      parts: [{ type: 'reasoning', text: 'Hm' }, {}],
      tool_calls: [
        { id: 'c', function: { name: 'web____search', arguments: '{"q":1}' } },
        { id: 'd', function: { name: 'tool' } },
      ],
    },
    { id: 'r', role: 'tool', tool_call_id: 'c', content: 'seen' },
    {
      id: 'b',
      parts: [
        { type: 'text', text: 'So.' },
        { type: 'source', title: 'X' },
      ],
    },
    { role: 'user', content: 'q' },
  ])
  expect(extra).toMatchObject({
    messages: { a: { extra: { translate: { to: 'es' } } }, r: { plugin: { identifier: 'web' } } },
  })
})

test('finds the calls of results in the list that a database has of them', async () => {
  const call = (id: string) => ({ id, identifier: 'web', apiName: 'search', arguments: '{}' })
  const data = {
    ...lists([
      message('a', 'assistant', '', { tools: [call('c'), call('d')] }),
      message('r', 'tool', 'two', later),
    ]),
    messagePlugins: [{ id: 'r', toolCallId: 'd', state: {} }],
  }
  const { messages } = await importingOne(await as.user(), { data, mode: 'postgres' })
  expect(messages[1]).toMatchObject({ role: 'tool', tool_call_id: 'd', content: 'two' })
})

test('takes in a topic that was exported by itself, with turns that hold their calls', async () => {
  const bare = (id: string, role: string, content: string, more: object = {}) => ({
    id,
    role,
    content,
    createdAt: '2025-01-02T03:04:05.678Z',
    ...more,
  })
  const tools = [
    { id: 'c', identifier: 'web', apiName: 'search', arguments: '{}', result: { content: 'seen' } },
    { id: 'd', identifier: 'web', apiName: 'open', arguments: '{}' },
  ]
  const { conversation, messages } = await importingOne(await as.user(), {
    exportedAt: '2025-02-02T03:04:05.678Z',
    version: '2.0',
    title: 'Alone',
    messages: [
      bare('q', 'user', 'q'),
      bare('g', 'assistantGroup', '', {
        children: [
          { id: 'a', content: 'I look.', tools },
          { id: 'b', content: 'So.' },
        ],
      }),
    ],
  })
  expect(conversation.title).toBe('Alone')
  expect(messages.map(lineOf)).toEqual([
    'user: q',
    'assistant: I look.',
    'tool: seen',
    'assistant: So.',
  ])
})

test('a thread stands beside the others, and so does another answer to one question', async () => {
  const client = await as.user()
  let minute = 0
  const said = (id: string, role: string, more: object = {}) => {
    minute += 1
    return message(id, role, id, { createdAt: 1_735_700_000_000 + minute * 60_000, ...more })
  }
  const state = lists([
    said('q1', 'user'),
    said('a1', 'assistant', { parentId: 'q1' }),
    said('a1b', 'assistant', { parentId: 'q1' }),
    said('th1', 'user', { threadId: 't', parentId: 'a1b' }),
    said('th2', 'assistant', { threadId: 't', parentId: 'th1' }),
    said('q2', 'user', { parentId: 'a1b' }),
    said('r', 'assistant', { parentId: 'q2' }),
    said('tool', 'tool', { parentId: 'r', tool_call_id: 'c' }),
    said('end', 'assistant', { parentId: 'q2' }),
  ])
  const { conversations } = await importing(client, { state })
  const all = await historyOf(client, conversations[0]?.id ?? '', 'all')
  expect(all.map((one) => `${one.id} < ${one.parent_id}`)).toEqual([
    'q1 < null',
    'a1 < q1',
    'a1b < q1',
    'th1 < a1b',
    'th2 < th1',
    'q2 < a1b',
    'r < q2',
    'tool < r',
    'end < tool',
  ])
  const line = await historyOf(client, conversations[0]?.id ?? '')
  expect(line.map(({ id }) => id)).toEqual(['q1', 'a1b', 'q2', 'r', 'tool', 'end'])
})

test('goes on from the answer that a question names, if a later one failed; without a list of sessions too', async () => {
  let minute = 0
  const said = (id: string, role: string, parentId: string | null, more: object = {}) => {
    minute += 1
    return message(id, role, id, { createdAt: minute * 60_000, parentId, ...more })
  }
  const { sessions: _, ...lists2 } = lists([
    said('q1', 'user', null),
    said('a1', 'assistant', 'q1'),
    said('t1', 'tool', 'a1', { tool_call_id: 'c' }),
    said('b1', 'assistant', 't1'),
    said('again', 'assistant', 'q1', { content: '', error: { type: 'late' } }),
    said('q2', 'user', 'b1'),
    said('a2', 'assistant', 'q2'),
    said('b2', 'assistant', 'a2'),
    said('q3', 'user', 'a2'),
    said('lost', 'user', 'nowhere'),
  ])
  const data = { ...lists2, agents: [] }
  const { messages } = await importingOne(await as.user(), { data, mode: 'postgres' })
  expect(messages.map(({ id }) => id)).toEqual([
    'q1',
    'a1',
    't1',
    'b1',
    'q2',
    'a2',
    'b2',
    'q3',
    'lost',
  ])
})
