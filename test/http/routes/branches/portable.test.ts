import { expect, test } from 'vitest'

import { conversation, node } from '../../../portable/samples/chatgpt.ts'
import { type Client, append, as, at, bodyOf, read } from '../../../support/api.ts'
import { givenTwoBranches, idsOf, linesOf, said } from '../../../support/branches.ts'
import { importedAs, importing } from '../../../support/importing.ts'
import { inStorage } from '../../../support/record.ts'
import { historyOf } from '../../../support/turns.ts'

const exportOf = async (client: Client, id: string, format: string) =>
  (await client.get(`${at(id)}/export?format=${format}`)).text()

/** Two branches, and a third answer beside m3; the conversation is at m2's end. */
async function givenTree() {
  const { ann, id } = await givenTwoBranches()
  await append(ann, id, [said('m3c', 'Third')], { parent_id: 'm2' })
  await ann.patch(at(id), { head_id: 'm3' })
  return { ann, id }
}

const shapeOf = async (client: Client, id: string) =>
  (await historyOf(client, id, 'all')).map((one) => [one.id, one.parent_id, one.siblings])

test.each(['ndjson', 'json'])(
  '%s holds every branch, and another account gets each in its place',
  async (format) => {
    const { ann, id } = await givenTree()
    const bob = await as.user()
    const { conversations, warnings } = await importing(bob, await exportOf(ann, id, format))
    expect(warnings).toEqual([])
    const copy = conversations[0]?.id ?? ''
    expect(await shapeOf(bob, copy)).toEqual(await shapeOf(ann, id))
    expect((await read(bob, copy)).head_id).toBe('m3')
    expect(idsOf(await historyOf(bob, copy))).toEqual(['m1', 'm2', 'm3'])
  },
)

test('chatgpt is a tree that names its nodes both ways, and comes back as it was', async () => {
  const { ann, id } = await givenTree()
  const [tree] = JSON.parse(await exportOf(ann, id, 'chatgpt')) as {
    mapping: Record<string, { parent: string | null; children: string[] }>
    current_node: string
  }[]
  expect(tree?.current_node).toBe('m3')
  const { mapping = {} } = tree ?? {}
  const up = Object.entries(mapping).flatMap(([name, { parent }]) =>
    parent ? [`${parent} ${name}`] : [],
  )
  const down = Object.entries(mapping).flatMap(([name, { children }]) =>
    children.map((child) => `${name} ${child}`),
  )
  expect(new Set(down)).toEqual(new Set(up))
  expect(down).toHaveLength(up.length)
  expect(mapping['m1']?.children).toEqual(['m2', 'm2b'])
  const bob = await as.user()
  const { conversations } = await importing(bob, [tree])
  const copy = conversations[0]?.id ?? ''
  const kin = async (client: Client, of: string) =>
    (await historyOf(client, of, 'all')).map((one) => `${one.id} ${one.parent_id}`).toSorted()
  expect(await kin(bob, copy)).toEqual(await kin(ann, id))
  expect(idsOf(await historyOf(bob, copy))).toEqual(['m1', 'm2', 'm3'])
})

test.each(['markdown', 'html'])(
  '%s shows the line that the conversation is on, and says what is not in it',
  async (format) => {
    const { ann, id } = await givenTree()
    await ann.patch(at(id), { language: 'en' })
    const text = await exportOf(ann, id, format)
    expect(text).toContain('message 3')
    expect(text).not.toMatch(/m2b|Third/)
    expect(text).toContain('3 messages of other branches are not in here')
    expect(text).toMatch(/messages=3/)
  },
)

test('openai holds that line alone, and csv every message with what it follows', async () => {
  const { ann, id } = await givenTree()
  const answered = conversation(crypto.randomUUID(), [
    node('q'),
    node('first', { role: 'assistant' }),
    node('a', { role: 'assistant', parent: 'q' }),
    node('more'),
  ])
  const { conversations } = await importing(ann, [answered])
  const [line = ''] = (await exportOf(ann, conversations[0]?.id ?? '', 'openai')).split('\n')
  expect(JSON.parse(line)).toMatchObject({ messages: [{}, { content: 'a' }, {}] })
  const [header = '', ...rows] = (await exportOf(ann, id, 'csv')).trim().split('\r\n')
  const column = header.split(',').indexOf('parent_id')
  expect(rows.map((row) => row.split(',')[column])).toEqual([
    '',
    '"m1"',
    '"m2"',
    '"m1"',
    '"m2b"',
    '"m2"',
  ])
})

test('a file that an older Hilo imported gains its branches when it comes in again', async () => {
  const ann = await as.user()
  const tree = [
    conversation(crypto.randomUUID(), [
      node('q'),
      node('first', { role: 'assistant' }),
      node('a', { role: 'assistant', parent: 'q' }),
      node('more'),
    ]),
  ]
  const { conversations } = await importing(ann, tree)
  const id = conversations[0]?.id ?? ''
  // As before there were branches: the current path, and the others beside it.
  await inStorage(id, 'DELETE FROM messages')
  await inStorage(
    id,
    `INSERT INTO messages (seq, id, role, origin, content, status, created_at) VALUES
     (1, 'q', 'user', 'import', 'q', 'complete', 1), (2, 'a', 'assistant', 'import', 'a', 'complete', 1),
     (3, 'more', 'user', 'import', 'more', 'complete', 1)`,
  )
  await inStorage(id, `UPDATE conversation SET last_seq = 3, head_seq = NULL, head_id = 'more'`)
  expect(await importing(ann, tree)).toMatchObject({ imported: 1, failed: 0 })
  expect(await shapeOf(ann, id)).toEqual([
    ['q', null, ['q']],
    ['a', 'q', ['a', 'first']],
    ['more', 'a', ['more']],
    ['first', 'q', ['a', 'first']],
  ])
  expect(idsOf((await importedAs(ann, id)).messages)).toEqual(['q', 'a', 'more'])
  expect(await importing(ann, tree)).toMatchObject({ unchanged: 1 })
})

test('a newer file in which the question was edited brings the other branch, and the head is there', async () => {
  const ann = await as.user()
  const id = crypto.randomUUID()
  const first = conversation(id, [node('q1'), node('a1', { role: 'assistant' })])
  const newer = conversation(id, [
    node('q1'),
    node('a1', { role: 'assistant' }),
    node('q1b', { parent: 'client-created-root' }),
    node('a1b', { role: 'assistant' }),
  ])
  const { conversations } = await importing(ann, [first])
  expect(await importing(ann, [newer])).toMatchObject({ imported: 1 })
  const own = conversations[0]?.id ?? ''
  expect(idsOf(await historyOf(ann, own))).toEqual(['q1b', 'a1b'])
  expect(idsOf(await linesOf(ann, own, 'a1'))).toEqual(['q1', 'a1'])
  // The older one takes nothing back.
  expect(await importing(ann, [first])).toMatchObject({ unchanged: 1 })
  expect((await read(ann, own)).head_id).toBe('a1b')
})

test('a circle and an orphan are mended as far as their text goes, and said by place', async () => {
  const ann = await as.user()
  const lost = conversation('c', [node('q'), node('a', { role: 'assistant', parent: 'nowhere' })])
  const answer = await importing(ann, [lost])
  expect(answer.warnings).toEqual([
    'Conversation 0: Message a follows nowhere, which is not in the file. It follows q instead.',
  ])
  const all = await historyOf(ann, answer.conversations[0]?.id ?? '', 'all')
  expect(all.map((one) => [one.id, one.parent_id])).toEqual([
    ['q', null],
    ['a', 'q'],
  ])
})

test('an export of all says of each conversation what is left out', async () => {
  const { ann, id } = await givenTree()
  expect(id).toBeDefined()
  await ann.patch(at(id), { language: 'es' })
  const text = await (await ann.get('/api/export?format=markdown')).text()
  expect(text).toContain('3 mensajes de otras ramas no están aquí')
  expect(await bodyOf<object>(ann.get('/api/export?format=chatgpt'))).toHaveLength(1)
})
