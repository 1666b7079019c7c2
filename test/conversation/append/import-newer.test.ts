import { expect, test } from 'vitest'

import { at } from '../../support/api.ts'
import { type Exported, asLines, exported, many } from '../../support/given-exports.ts'
import { userMessages } from '../../support/given.ts'
import { elsewhere, importedAs, importing } from '../../support/importing.ts'
import { eventually, inStorage, rowOf } from '../../support/record.ts'
import { historyOf } from '../../support/turns.ts'

const DAY = 24 * 60 * 60 * 1000

/** A conversation of elsewhere that is imported, and newer files of it. */
async function given(more: Partial<Exported> = {}) {
  const { client, id, ...one } = await elsewhere({ messages: many(2) })
  const theirs: Exported = { ...one.theirs, ...more }
  const bring = async (fields: Partial<Exported> = {}) =>
    importing(client, await asLines([{ ...theirs, ...fields }]))
  await bring()
  return { client, id, theirs, bring, now: async () => (await importedAs(client, id)).conversation }
}

const archived = { is_active: false, archived_at: '2024-03-01T10:00:00.000Z' }
const later = { updated_at: '2024-05-01T10:00:00.000Z' }

test('takes over that it was renamed, archived, resolved and tagged, and the record shows it', async () => {
  const { id, bring, now } = await given()
  const newer = { title: 'To Rome', topic: 'rome', is_resolved: true, metadata: { a: 'b' } }
  expect(await bring({ ...newer, ...archived })).toMatchObject({
    imported: 1,
    failed: 0,
    conversations: [
      {
        outcome: 'updated',
        added: 0,
        changed: ['title', 'topic', 'is_resolved', 'metadata', 'is_active'],
      },
    ],
  })
  expect(await now()).toMatchObject({ ...newer, ...archived })
  await eventually(async () => (await rowOf(id))?.['title'] === 'To Rome')
  expect(await rowOf(id)).toMatchObject({ is_active: 0, topic: 'rome', is_resolved: 1 })
  expect(await bring({ ...newer, ...archived })).toMatchObject({
    unchanged: 1,
    conversations: [{ outcome: 'unchanged', added: 0, completed: 0, changed: [] }],
  })
  // A file that was here before is none that is newer.
  expect(await bring()).toMatchObject({ unchanged: 1 })
  expect((await now()).title).toBe('To Rome')
})

test('takes over that it was restored, and its age begins anew', async () => {
  const { id, bring, now } = await given(archived)
  const longAgo = Date.now() - 1_000 * DAY
  await inStorage(id, `UPDATE conversation SET quiet_since = ${longAgo}`)
  expect(await bring({ is_active: true, archived_at: null, ...later })).toMatchObject({
    imported: 1,
  })
  expect(await now()).toMatchObject({ is_active: true, archived_at: null, ...later })
})

test('what a person set here stays, though the file is newer', async () => {
  const { client, id, bring, now } = await given()
  await client.patch(at(id), { title: 'Mine', is_active: false })
  const ahead = new Date(Date.now() + 1_000).toISOString()
  const newer = { title: 'Theirs', topic: 'new', updated_at: ahead }
  expect(await bring(newer)).toMatchObject({ imported: 1 })
  expect(await now()).toMatchObject({ title: 'Mine', topic: 'new', is_active: false })
})

test('one that went on here is renamed by a newer file, but not archived', async () => {
  const { client, id, bring, now } = await given()
  await client.post(`${at(id)}/messages`, { messages: userMessages(1, 3) })
  expect(await bring({ title: 'Theirs', ...archived, ...later })).toMatchObject({ imported: 1 })
  expect(await now()).toMatchObject({ title: 'Theirs', is_active: true, message_count: 3 })
})

test('an older file changes nothing, and neither does one that says the same in other words', async () => {
  const { bring, now } = await given({ ...later, metadata: { a: '1', b: '2' } })
  expect(await bring({ title: 'Older', updated_at: '2024-01-01T00:00:00.000Z' })).toMatchObject({
    unchanged: 1,
  })
  expect(await bring({ title: ' A trip\n', metadata: { b: '2', a: '1' } })).toMatchObject({
    unchanged: 1,
  })
  expect(await bring({ title: null, topic: null })).toMatchObject({ unchanged: 1 })
  expect(await now()).toMatchObject({ title: 'A trip', ...later })
})

test('of one that an older version brought, a newer file adds the names that it lacks', async () => {
  const { id, bring, now } = await given({ title: null })
  await inStorage(id, 'UPDATE conversation SET brought = NULL, topic = NULL')
  const newer = { title: 'Named', topic: 'new', ...archived, ...later }
  expect(await bring(newer)).toMatchObject({ imported: 1 })
  expect(await now()).toMatchObject({ title: 'Named', topic: 'new', is_active: true })
  expect(await bring({ ...newer, title: 'Renamed' })).toMatchObject({ imported: 1 })
  expect((await now()).title).toBe('Renamed')
})

test('a message that says the same in other words is no other message', async () => {
  const call = (text: string) => ({
    id: 'c1',
    type: 'function' as const,
    function: { name: 'find', arguments: text },
  })
  const said = (content: string, tool_calls: ReturnType<typeof call>[] | null) => [
    { content: 'Find it' },
    { role: 'assistant' as const, content, tool_calls },
  ]
  const { client, theirs, file } = await elsewhere({
    messages: said('Well', [call('{"a":1,"b":[2]}'), { ...call('no JSON {'), id: 'c2' }]),
  })
  await importing(client, file)
  const again = (content: string, text: string) => {
    const calls = [call(text), { ...call('no JSON {'), id: 'c2' }]
    const messages = theirs.messages.map((one) =>
      one.role === 'assistant' ? { ...one, content, tool_calls: calls } : one,
    )
    return asLines([{ ...theirs, messages }])
  }
  expect(await importing(client, await again('Well\n', '{"b": [2], "a": 1}'))).toMatchObject({
    unchanged: 1,
  })
  expect(await importing(client, await again('Well', '{"a":2,"b":[2]}'))).toMatchObject({
    imported: 1,
  })
})

test('what was edited at the source in its place is a branch with all that follows it, and shown', async () => {
  const said = (...contents: string[]) =>
    contents.map((content, index) => ({
      id: `e${index}`,
      role: index % 2 === 0 ? ('user' as const) : ('assistant' as const),
      content,
    }))
  const { client, id, theirs } = await elsewhere({ messages: said('Q', 'Wrong', 'And?', 'So.') })
  const bring = async (...contents: string[]) => {
    const { messages } = exported({ messages: said(...contents), fields: { id: theirs.id } })
    const fields = { ...later, messages, message_count: contents.length, head_id: null }
    return importing(client, await asLines([{ ...theirs, ...fields }]))
  }
  const lineNow = async () => (await historyOf(client, id)).map(({ content }) => content)
  await bring('Q', 'Wrong', 'And?', 'So.')
  const edited = ['Q', 'Right', 'And?', 'So.']
  expect(await bring(...edited)).toMatchObject({ conversations: [{ added: 3 }] })
  expect(await lineNow()).toEqual(edited)
  expect(await bring(...edited)).toMatchObject({ unchanged: 1 })
  expect(await bring(...edited, 'Thanks')).toMatchObject({ conversations: [{ added: 1 }] })
  expect(await lineNow()).toEqual([...edited, 'Thanks'])
  const all = await historyOf(client, id, 'all')
  expect(all.map(({ content }) => content)).toEqual([
    'Q',
    'Wrong',
    'And?',
    'So.',
    'Right',
    'And?',
    'So.',
    'Thanks',
  ])
})
