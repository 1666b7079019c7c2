import { expect, test } from 'vitest'

import { as } from '../../support/api.ts'
import { importing } from '../../support/importing.ts'
import { historyOf } from '../../support/turns.ts'
import * as chatgpt from '../samples/chatgpt.ts'
import * as claude from '../samples/claude.ts'
import * as deepseek from '../samples/deepseek.ts'
import * as openWebUi from '../samples/open-webui.ts'

const ann = await as.user()

/** What each message follows, and what is said of it; a second import finds it unchanged. */
async function kinOf(file: unknown) {
  const { conversations, warnings } = await importing(ann, file)
  expect(await importing(ann, file)).toMatchObject({ unchanged: 1 })
  const all = await historyOf(ann, conversations[0]?.id ?? '', 'all')
  return { warnings, kin: all.map((one) => `${one.id} < ${one.parent_id}`) }
}

const roles = { q: 'user', a: 'assistant', q2: 'user', a2: 'assistant', b: 'assistant' }
type Id = keyof typeof roles

/** Seconds: `b` is a second answer to `q`, given after all. */
const at = (id: string): number => 1_700_000_000 + ['q', 'a', 'q2', 'a2', 'b'].indexOf(id)

const inChatGpt = (links: (id: Id) => object, ids = Object.keys(roles) as Id[]) => ({
  ...chatgpt.conversation(crypto.randomUUID(), []),
  current_node: 'a2',
  mapping: Object.fromEntries(
    ids.map((id) => {
      const { message } = chatgpt.node(id, { role: roles[id], more: { create_time: at(id) } })
      return [id, { id, message, ...links(id) }]
    }),
  ),
})

const children: Record<Id, Id[]> = { q: ['a', 'b'], a: ['q2'], q2: ['a2'], a2: [], b: [] }
const tree = ['q < null', 'a < q', 'q2 < a', 'a2 < q2', 'b < q']
const lists = 'The lists of what follows each message say it.'
const times = 'The order is that of the times.'

test('if only the lists of what follows are there, they say it', async () => {
  expect(await kinOf(inChatGpt((id) => ({ children: children[id] })))).toEqual({
    warnings: [`Conversation 0: 4 messages do not say what they follow. ${lists}`],
    kin: tree,
  })
  const half = inChatGpt((id) => ({
    children: children[id],
    parent: { a: 'q', b: 'lost' }[id as 'a'],
  }))
  expect(await kinOf(half)).toEqual({
    warnings: [`Conversation 0: 3 messages do not say what they follow. ${lists}`],
    kin: tree,
  })
  const messages = (['q', 'a'] as const).map((id) => ({
    ...openWebUi.message(id, null, { role: roles[id], childrenIds: children[id] }),
    parentId: undefined as never,
  }))
  expect(await kinOf([openWebUi.row(openWebUi.chat(messages, 'a'))])).toEqual({
    warnings: [`Conversation 0: 1 message does not say what it follows. ${lists}`],
    kin: ['q < null', 'a < q'],
  })
})

test('if nothing says what follows what, the times do, or the file', async () => {
  const file = inChatGpt(() => ({}), ['a2', 'q', 'a', 'q2'])
  expect(await kinOf(file)).toEqual({
    warnings: [`Conversation 0: 3 messages do not say what they follow. ${times}`],
    kin: ['q < null', 'a < q', 'q2 < a', 'a2 < q2'],
  })
  const messages = (['q', 'a', 'q2'] as const).map((id) =>
    openWebUi.message(id, null, { role: roles[id], timestamp: undefined }),
  )
  expect((await kinOf([openWebUi.row(openWebUi.chat(messages, null))])).kin).toEqual([
    'q < null',
    'a < q',
    'q2 < a',
  ])
})

test('what has no link follows the message before it; a person may begin twice where a beginning has none', async () => {
  const messages = [
    { ...claude.message('q', [claude.says('q')]), parent_message_uuid: claude.ROOT },
    claude.message('a', [claude.says('a')], { sender: 'assistant' }),
    { ...claude.message('q2', [claude.says('q2')]), parent_message_uuid: 'a' },
    claude.message('other', [claude.says('other')]),
  ]
  expect(await kinOf([claude.conversation(messages)])).toEqual({
    warnings: [`Conversation 0: 2 messages do not say what they follow. ${times}`],
    kin: ['q < null', 'a < q', 'q2 < a', 'other < q2'],
  })
  const twice = (['q', 'q2'] as const).map((id) => openWebUi.message(id, null))
  expect(await kinOf([openWebUi.row(openWebUi.chat(twice, 'q2'))])).toEqual({
    warnings: [],
    kin: ['q < null', 'q2 < null'],
  })
})

test('in DeepSeek’s tree, too, the lists say it, or else the times', async () => {
  const said = (id: string, type: string, children: unknown[]) => ({
    ...deepseek.node(id, '', [deepseek.fragment(type, id)]),
    parent: undefined as never,
    children: children as never[],
  })
  const inDeepSeek = (listed: (child: number) => unknown[]) =>
    deepseek.conversation([
      said('1', 'REQUEST', listed(2)),
      said('2', 'RESPONSE', listed(3)),
      said('3', 'REQUEST', listed(4)),
      said('4', 'RESPONSE', []),
    ])
  const kin = ['1 < null', '2 < 1', '3 < 2', '4 < 3']
  expect(await kinOf([inDeepSeek((child) => [`${child}`])])).toMatchObject({ kin })
  expect(await kinOf([inDeepSeek((child) => [child])])).toMatchObject({ kin })
  const { mapping, ...more } = inDeepSeek(() => [])
  const { root: _root, ...others } = mapping as Record<string, unknown>
  expect(await kinOf([{ ...more, mapping: others }])).toEqual({
    warnings: [`Conversation 0: 3 messages do not say what they follow. ${times}`],
    kin,
  })
})

test('what follows a message that is not in the file follows the one before that', async () => {
  const links = { q: {}, q2: { parent: 'a' }, a2: { parent: 'q2' }, b: { parent: 'a' } }
  const ids = ['q', 'q2', 'a2', 'b'] as Id[]
  const kin = ['q < null', 'q2 < q', 'a2 < q2', 'b < q']
  const lost = (id: string, above: string) =>
    `Conversation 0: Message ${id} follows a, which is not in the file. It follows ${above} instead.`
  const listed = inChatGpt(
    (id) => ({ ...links[id as 'q2'], children: id === 'q' ? ['a'] : [] }),
    ids,
  )
  expect(await kinOf(listed)).toEqual({ warnings: [lost('q2', 'q'), lost('b', 'q')], kin })
  // By the times alone, two that follow the same one still do.
  expect(await kinOf(inChatGpt((id) => links[id as 'q2'], ids))).toMatchObject({ kin })
})

test('those whose beginning is not in the file all begin the conversation', async () => {
  const parents = { q: 'root', a: 'q', q2: 'root', a2: 'q2' } as Record<string, string>
  const { kin } = await kinOf(inChatGpt((id) => ({ parent: parents[id] }), ['q', 'a', 'q2', 'a2']))
  expect(kin).toEqual(['q < null', 'a < q', 'q2 < null', 'a2 < q2'])
})

test('a question in the midst of ChatGPT’s tree that has no link follows the answer before it', async () => {
  const parents = { q: 'root', a: 'q', a2: 'q2' } as Record<string, string>
  const file = inChatGpt((id) => ({ parent: parents[id] ?? null }), ['q', 'a', 'q2', 'a2'])
  const mapping = { ...file.mapping, root: { id: 'root', message: null, parent: null } }
  expect(await kinOf({ ...file, mapping })).toEqual({
    warnings: [`Conversation 0: 1 message does not say what it follows. ${times}`],
    kin: ['q < null', 'a < q', 'q2 < a', 'a2 < q2'],
  })
})
