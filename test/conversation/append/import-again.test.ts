import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'

import { conversation, node, text } from '../../portable/samples/chatgpt.ts'
import * as claude from '../../portable/samples/claude.ts'
import * as deepseek from '../../portable/samples/deepseek.ts'
import * as librechat from '../../portable/samples/librechat.ts'
import * as lobeChat from '../../portable/samples/lobechat.ts'
import * as openWebUi from '../../portable/samples/open-webui.ts'
import * as typingMind from '../../portable/samples/typingmind.ts'
import { as, at } from '../../support/api.ts'
import { userMessages } from '../../support/given.ts'
import { importedAs, importing, lineOf } from '../../support/importing.ts'
import { eventually, inRecord, recordOf } from '../../support/record.ts'
import { historyOf } from '../../support/turns.ts'

/** What files of one conversation become, one after the other. */
async function given(...files: object[]) {
  const client = await as.user()
  const answers = []
  for (const file of files) answers.push(await importing(client, file))
  const last = answers.at(-1)?.conversations[0]
  if (!last) throw new Error(`not imported: ${JSON.stringify(answers)}`)
  const { id, outcome, added, completed, changed } = last
  const all = (await historyOf(client, id, 'all')).map(lineOf)
  return { client, id, all, told: { outcome, added, completed, changed } }
}

const later = { update_time: 1_700_009_000 }
const said = (role: string, words: string) => ({ role, content: text(words) })
/** A chat of ChatGPT's. */
const chat = (id: string, nodes: ReturnType<typeof node>[], more: object = {}) => [
  conversation(id, nodes, more),
]
const newId = () => crypto.randomUUID()

const turn = () => [node(newId(), said('user', 'Q')), node(newId(), said('assistant', 'A'))]
const call = (id: string) => ({ id, type: 'tool_use', name: 'look', input: { a: 1 } })

test.each([
  ['ChatGPT’s', (id: string) => chat(id, [...turn(), node(newId(), said('user', 'And?'))], later)],
  [
    'a list of messages',
    (id: string) => ({
      id,
      messages: ['Q', 'A', 'And?'].map((content, index) => ({
        id: newId(),
        role: index === 1 ? 'assistant' : 'user',
        content,
      })),
    }),
  ],
])('messages that have other ids in each file are the same: %s', async (_, file) => {
  const id = newId()
  const { told, all } = await given(file(id), file(id), file(id))
  expect(told).toEqual({ outcome: 'unchanged', added: 0, completed: 0, changed: [] })
  expect(all).toEqual(['user: Q', 'assistant: A', 'user: And?'])
})

test('so are their calls and what came of them; what is new comes after them', async () => {
  const uuid = newId()
  const file = (day: number, ...words: string[]) => [
    claude.conversation(
      [
        claude.message(newId(), [claude.says('Q')]),
        claude.message(
          newId(),
          [call(newId()), { type: 'tool_result', content: 'seen' }, claude.says('So.')],
          { sender: 'assistant' },
        ),
        ...words.map((word) => claude.message(newId(), [claude.says(word)])),
      ],
      { uuid, updated_at: `2026-04-0${day}T00:00:00Z` },
    ),
  ]
  const { told, all } = await given(file(1), file(2, 'And?'))
  expect(told).toMatchObject({ added: 1 })
  expect(all).toEqual(['user: Q', 'assistant: ', 'tool: seen', 'assistant: So.', 'user: And?'])
})

test('the same words twice are two messages if one file has both, and so is what was written here', async () => {
  const id = newId()
  const q = node('q')
  const a = node('a', said('assistant', 'Yes'))
  const b = node('b', { ...said('assistant', 'Yes'), parent: 'q' })
  const { client, told, all } = await given(chat(id, [q, a]), chat(id, [q, a, b], later))
  expect(told).toMatchObject({ added: 1 })
  expect(all).toEqual(['user: q', 'assistant: Yes', 'assistant: Yes'])
  const [one] = (await importing(client, chat(id, [q, a]))).conversations
  await client.post(`${at(one!.id)}/messages`, { messages: userMessages(1, 9), parent_id: 'a' })
  const { content } = (await historyOf(client, one!.id)).at(-1)!
  const same = node('other', { ...said('user', content), parent: 'a' })
  expect(await importing(client, chat(id, [q, a, same], later))).toMatchObject({
    conversations: [{ added: 1 }],
  })
})

const sent = { sender: 'assistant' }

test.each([
  [
    'Claude’s',
    (id: string, answer: string, more: string[], day: number) => [
      claude.conversation(
        [
          claude.message('q', [claude.says('Q')]),
          claude.message('a', [claude.says(answer)], sent),
          ...more.map((word) => claude.message(word, [claude.says(word)])),
        ],
        { uuid: id, updated_at: `2026-04-0${day}T00:00:00Z` },
      ),
    ],
  ],
  [
    'DeepSeek’s',
    (id: string, answer: string, more: string[], day: number) => [
      deepseek.conversation(
        [
          deepseek.node('1', 'root', [deepseek.fragment('REQUEST', 'Q')]),
          deepseek.node('2', '1', [deepseek.fragment('RESPONSE', answer)]),
          ...more.map((word) => deepseek.node('3', '2', [deepseek.fragment('REQUEST', word)])),
        ],
        { id, updated_at: `2026-04-0${day}T00:00:00Z` },
      ),
    ],
  ],
])(
  'an answer that a file ends with goes on in a newer one, though nothing says that it was cut: %s',
  async (_, file) => {
    const id = newId()
    const {
      client,
      id: here,
      told,
      all,
    } = await given(file(id, 'Bec', [], 1), file(id, 'Because.', ['And?'], 2))
    expect(told).toMatchObject({ added: 1, completed: 1 })
    expect(all).toEqual(['user: Q', 'assistant: Because.', 'user: And?'])
    await inRecord(here, 3)
    expect((await recordOf(here)).map(({ content }) => content)).toEqual(['Q', 'Because.', 'And?'])
    // The older file takes nothing back, in whichever order they come.
    expect(await importing(client, file(id, 'Bec', [], 1))).toMatchObject({ unchanged: 1 })
    const other = newId()
    const reversed = await given(file(other, 'Because.', ['And?'], 2), file(other, 'Bec', [], 1))
    expect(reversed.told).toMatchObject({ outcome: 'unchanged' })
    expect(reversed.all).toEqual(all)
  },
)

test('so does a result of which nothing had come', async () => {
  const id = newId()
  const asked = node('c', {
    role: 'assistant',
    content: { content_type: 'code', text: '1+1' },
    more: { recipient: 'python' },
  })
  const came = (words: string, status: string) =>
    node('r', {
      content: { content_type: 'execution_output', text: words },
      more: { author: { role: 'tool', name: 'python' }, status },
    })
  const { told, all } = await given(
    chat(id, [node('q'), asked, came('', 'in_progress')]),
    chat(
      id,
      [node('q'), asked, came('2', 'finished_successfully'), node('a', said('assistant', 'Two.'))],
      later,
    ),
  )
  expect(told).toMatchObject({ added: 1, completed: 1 })
  expect(all).toEqual(['user: q', 'assistant: ', 'tool: 2', 'assistant: Two.'])
})

test('a topic of LobeChat’s that was exported by itself is found again, also in a backup', async () => {
  const topicId = newId()
  const tools = [{ id: 'c', identifier: 'web', apiName: 'find', arguments: '{}' }]
  const alone = (at: string, more: object[] = []) => ({
    exportedAt: at,
    version: '2.0',
    messages: [
      { id: 'q', role: 'user', content: 'Q', topicId },
      {
        id: 'g',
        role: 'assistantGroup',
        children: [
          { id: 'a', content: 'I look.', tools: [{ ...tools[0], result: { content: 'seen' } }] },
          { id: 'b', content: 'So.' },
        ],
      },
      ...more,
    ],
  })
  const and = { id: 'r', role: 'user', content: 'And?' }
  const { told, all, client } = await given(
    alone('2025-02-02T03:04:05Z'),
    alone('2025-02-03T03:04:05Z', [and]),
    alone('2025-02-04T03:04:05Z', [and]),
  )
  expect(told).toMatchObject({ outcome: 'unchanged' })
  const whole = ['user: Q', 'assistant: I look.', 'tool: seen', 'assistant: So.', 'user: And?']
  expect(all).toEqual(whole)
  const backup = lobeChat.lists([
    lobeChat.message('q', 'user', 'Q', { topicId }),
    lobeChat.message('a', 'assistant', 'I look.', { topicId, parentId: 'q', tools }),
    lobeChat.message('t', 'tool', 'seen', { topicId, parentId: 'a', tool_call_id: 'c' }),
    lobeChat.message('b', 'assistant', 'So.', { topicId, parentId: 't' }),
    lobeChat.message('r', 'user', 'And?', { topicId, parentId: 'b' }),
  ])
  const { conversations } = await importing(client, { state: backup })
  expect(conversations).toMatchObject([{ added: 0 }])
})

test('a conversation of Gemini’s that has no id is found again by another title', async () => {
  const file = (title: string, ...prompts: string[]) => ({
    conversations: [
      {
        title,
        creation_time: '2025-01-02T03:04:05.678Z',
        last_modification_time: `2025-01-0${prompts.length + 2}T03:04:05.678Z`,
        conversation_turns: prompts.map((prompt) => ({ user_turn: { prompt } })),
      },
    ],
  })
  const { told } = await given(file('A trip', 'Q'), file('To Rome', 'Q', 'And?'))
  expect(told).toEqual({ outcome: 'updated', added: 1, completed: 0, changed: ['title'] })
})

test('the dots that LobeChat shows for an answer which has not begun are none', async () => {
  const topicId = newId()
  const file = (answer: string) => ({
    state: lobeChat.lists([
      lobeChat.message(`${topicId}-q`, 'user', '...', { topicId }),
      lobeChat.message(`${topicId}-a`, 'assistant', answer, { topicId, parentId: `${topicId}-q` }),
    ]),
  })
  const { all, told } = await given(file('...'), file('So.'))
  expect(told).toMatchObject({ added: 1 })
  expect(all).toEqual(['user: ...', 'assistant: So.'])
})

test('one that was followed by something, or says other words, is another branch', async () => {
  const id = newId()
  const file = (answer: string) =>
    typingMind.file({
      ...typingMind.chat([
        { role: 'user', content: 'Q' },
        { role: 'assistant', content: answer },
        { role: 'user', content: 'And?' },
      ]),
      chatID: id,
    })
  const { all } = await given(file('Because'), file('Because of that'))
  expect(all).toHaveLength(5)
})

const result = (words: string) => ({
  type: 'function_call_output',
  call_id: 'c',
  output: [{ type: 'input_text', text: words }],
})
const answered = (id: string, words: string, at: number) => [
  openWebUi.row(
    openWebUi.chat(
      [
        openWebUi.message('q', null),
        openWebUi.message('a', 'q', {
          role: 'assistant',
          done: true,
          content: 'So.',
          output: [
            openWebUi.items.call('c', 'look', {}),
            result(words),
            openWebUi.items.said('So.'),
          ],
        }),
      ],
      'a',
    ),
    { id, updated_at: at },
  ),
]

test('a result that is JSON is the same however it is set', async () => {
  const id = newId()
  const { told } = await given(
    answered(id, '{"a":[1,2],"b":"x"}', 1_700_000_600),
    answered(id, '{\n  "b": "x",\n  "a": [1, 2]\n}', 1_700_009_000),
  )
  expect(told).toMatchObject({ outcome: 'unchanged' })
  const { told: other } = await given(
    answered(id, '{"a":[1,2]}', 1_700_000_600),
    answered(id, '{"a":[2,1]}', 1_700_009_000),
  )
  expect(other).toMatchObject({ added: 2 })
})

test('times that are rounded make a file no older', async () => {
  const id = newId()
  const nodes = [node('q'), node('a', said('assistant', 'A'))]
  const newer = { title: 'To Rome', is_archived: true }
  const { told, client } = await given(
    chat(id, nodes, { update_time: 1_700_000_600.75 }),
    chat(id, nodes, { update_time: 1_700_000_600, ...newer }),
  )
  expect(told).toMatchObject({ changed: ['title', 'is_active'] })
  // The file that was here before changes nothing back, rounded or not.
  const before = chat(id, nodes, { update_time: 1_700_000_600 })
  expect(await importing(client, before)).toMatchObject({ unchanged: 1 })
})

test('a file that does not say whether a conversation is archived does not bring it back', async () => {
  const id = newId()
  const nodes = [node('q'), node('a', said('assistant', 'A'))]
  const {
    client,
    id: here,
    told,
  } = await given(
    chat(id, nodes, { is_archived: true }),
    chat(id, nodes, { is_archived: undefined, title: 'To Rome', ...later }),
  )
  expect(told).toMatchObject({ changed: ['title'] })
  const restored = chat(id, nodes, { is_archived: false, update_time: 1_700_010_000 })
  expect(await importing(client, restored)).toMatchObject({
    conversations: [{ changed: ['title', 'is_active'] }],
  })
  expect((await importedAs(client, here)).conversation.is_active).toBe(true)
})

test('the answer says that a conversation is at another place, and that it holds more', async () => {
  const id = newId()
  const nodes = [
    node('q'),
    node('a', said('assistant', 'A')),
    node('b', { ...said('assistant', 'B'), parent: 'q' }),
  ]
  const { told } = await given(chat(id, nodes), chat(id, nodes, { current_node: 'a', ...later }))
  expect(told).toEqual({ outcome: 'updated', added: 0, completed: 0, changed: ['head_id'] })
  const { told: starred } = await given(chat(id, nodes), chat(id, nodes, { is_starred: true }))
  expect(starred).toMatchObject({ outcome: 'updated', changed: ['extra'] })
})

test('when a file was made is nothing that it tells of a conversation', async () => {
  const one = librechat.conversation({ messages: [librechat.message('q')] })
  const { told } = await given(one, { ...one, exportAt: '13:00:00 GMT+0000' })
  expect(told).toMatchObject({ outcome: 'unchanged' })
})

test('a conversation is unchanged if only its session was used, or the conversation read', async () => {
  const topicId = newId()
  const file = (at: number) => {
    const { topics, sessions, messages } = lobeChat.lists([
      lobeChat.message(`${topicId}-q`, 'user', 'Q', { topicId }),
    ])
    const used = (one: object) => ({ ...one, updatedAt: at, accessedAt: at })
    return {
      state: {
        messages,
        sessions: sessions.map(used),
        topics: topics.map((topic) => ({ ...used(topic), id: topicId })),
      },
    }
  }
  const { told } = await given(file(1_735_787_046_000), file(1_735_787_099_000))
  expect(told).toMatchObject({ outcome: 'unchanged' })
  const row = openWebUi.row(openWebUi.chat([openWebUi.message('q', null)], 'q'))
  const { told: read } = await given(
    [{ ...row, last_read_at: 1_700_000_700 }],
    [{ ...row, last_read_at: 1_700_009_000 }],
  )
  expect(read).toMatchObject({ outcome: 'unchanged' })
})

const PICTURE = 'data:image/png;base64,iVBORw0KGgo='
const pictured = (id: string, content: string, url: string, at: number) => [
  openWebUi.row(
    openWebUi.chat(
      [
        openWebUi.message('q', null, { content, files: [{ type: 'image', url, name: 'p.png' }] }),
        openWebUi.message('a', 'q', { role: 'assistant', content: 'A cat.', done: true }),
      ],
      'a',
    ),
    { id, updated_at: at },
  ),
]

const partsInRecord = async (id: string) =>
  (await env.DB.prepare('SELECT parts FROM messages WHERE conversation_id = ?').bind(id).all())
    .results

test.each([
  ['beside a text', 'See', 'user: See'],
  ['alone', '', 'user: [p.png]'],
])(
  'a picture %s of which there was only the name comes with a file that has it',
  async (_, content, line) => {
    const id = newId()
    const [named, whole] = [
      pictured(id, content, '/api/v1/files/f/content', 1_700_000_600),
      pictured(id, content, PICTURE, 1_700_009_000),
    ]
    const { client, id: here, told, all } = await given(named, whole)
    expect(told).toMatchObject({ outcome: 'updated', added: 0, completed: 1 })
    expect(all).toEqual([line, 'assistant: A cat.'])
    const [asked] = await historyOf(client, here)
    expect(asked?.parts?.at(-1)).toMatchObject({ type: 'image_url' })
    await eventually(async () => JSON.stringify(await partsInRecord(here)).includes('image_url'))
    expect(await importing(client, whole)).toMatchObject({ unchanged: 1 })
    expect(await importing(client, named)).toMatchObject({ unchanged: 1 })
  },
)

test('a picture that somebody deleted here does not come back', async () => {
  const id = newId()
  const whole = pictured(id, 'See', PICTURE, 1_700_000_600)
  const { client, id: here } = await given(whole)
  const deleted = await client.delete(`${at(here)}/messages/q`)
  expect(deleted.status).toBe(200)
  await importing(client, pictured(id, 'See', PICTURE, 1_700_009_000))
  expect(JSON.stringify(await historyOf(client, here, 'all'))).not.toContain('image_url')
})
