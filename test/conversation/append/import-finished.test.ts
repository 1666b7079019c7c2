import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'

import type { PortableMessage } from '../../../src/contract/portable.ts'
import { at } from '../../support/api.ts'
import { asLines, exported } from '../../support/given-exports.ts'
import { userMessages } from '../../support/given.ts'
import { elsewhere, importedAs, importing } from '../../support/importing.ts'
import { eventually, inRecord, inStorage, recordOf, rowOf } from '../../support/record.ts'
import { listen } from '../../support/said.ts'
import { historyOf } from '../../support/turns.ts'

type Said = Partial<PortableMessage>

const question: Said = { content: 'Why?' }
const answer = (content: string, more: Said = {}): Said => ({
  role: 'assistant',
  content,
  tokens_used: content.length,
  ...more,
})
const cut = (content: string, more: Said = {}) =>
  answer(content, { status: 'interrupted', ...more })

/** A conversation that is imported as one file has it, and then as others do. */
async function given(...messages: Said[]) {
  const { client, theirs, id, file } = await elsewhere({ messages })
  await importing(client, file)
  const bring = async (...later: Said[]) =>
    importing(client, await asLines([exported({ messages: later, fields: { id: theirs.id } })]))
  const said = async () =>
    (await historyOf(client, id, 'all')).map((one) => [one.id, one.status, one.content])
  return { client, id, file, bring, said }
}

const inD1 = (query: string, ...values: unknown[]) =>
  env.DB.prepare(query)
    .bind(...values)
    .run()

const contents = async (id: string) => (await recordOf(id)).map(({ content }) => content)

test('the whole answer takes the place of the one that an earlier file had cut, in the record too', async () => {
  const { client, id, bring, said } = await given(question, cut('Bec'))
  await inRecord(id, 2)
  const newer = [question, answer('Because.', { model: 'm' }), { content: 'And?' }, answer('So.')]
  expect(await bring(...newer)).toMatchObject({
    imported: 1,
    failed: 0,
    conversations: [{ outcome: 'updated', added: 2, completed: 1, changed: [] }],
  })
  expect(await said()).toEqual([
    ['m1', 'complete', 'Why?'],
    ['m2', 'complete', 'Because.'],
    ['m3', 'complete', 'And?'],
    ['m4', 'complete', 'So.'],
  ])
  const { conversation, messages } = await importedAs(client, id)
  expect(conversation).toMatchObject({ message_count: 4, tokens_used: 11 })
  expect(messages[1]).toMatchObject({ model: 'm', seq: 2 })
  await inRecord(id, 4)
  expect(await contents(id)).toEqual(['Why?', 'Because.', 'And?', 'So.'])
  expect(await rowOf(id)).toMatchObject({ tokens_used: 11, last_seq: 4 })
  expect(await bring(...newer)).toMatchObject({ unchanged: 1 })
})

test('so it is with several, and nothing else; the file that had them cut takes nothing back', async () => {
  const { id, file, bring, said } = await given(
    question,
    cut(''),
    cut('Tw'),
    { content: 'Three' },
    cut('Four'),
  )
  await inRecord(id, 5)
  const newer = [question, answer('One'), cut('Two'), { content: 'Three' }, answer('Four')]
  expect(await bring(...newer)).toMatchObject({ imported: 1 })
  const whole = [
    ['m1', 'complete', 'Why?'],
    ['m2', 'complete', 'One'],
    ['m3', 'interrupted', 'Two'],
    ['m4', 'complete', 'Three'],
    ['m5', 'complete', 'Four'],
  ]
  expect(await said()).toEqual(whole)
  await eventually(async () => (await contents(id))[2] === 'Two')
  expect(await contents(id)).toEqual(['Why?', 'One', 'Two', 'Three', 'Four'])
  const { results } = await inD1('SELECT status FROM messages WHERE conversation_id = ?', id)
  expect(results.map((row) => row['status'])).toEqual(whole.map(([, status]) => status))
  expect(await importing((await elsewhere()).client, file)).toMatchObject({ imported: 1 })
  expect(
    await bring(question, cut(''), cut('Tw'), { content: 'Three' }, cut('Four')),
  ).toMatchObject({ unchanged: 1 })
  expect(await said()).toEqual(whole)
})

test.each([
  ['and has all messages', 'UPDATE conversations SET version = 1 WHERE id = ?'],
  ['and lacks messages', 'UPDATE conversations SET version = 1, last_seq = 2 WHERE id = ?'],
])('a record that is set back %s is told of it again', async (_, back) => {
  const { client, id, bring } = await given(question, cut('Bec'))
  await inRecord(id, 2)
  await bring(question, answer('Because.'), { content: 'And?' })
  await inRecord(id, 3)
  listen()
  await inD1(
    `UPDATE messages SET content = 'Bec', status = 'interrupted'
    WHERE conversation_id = ? AND seq = 2`,
    id,
  )
  await inD1(back, id)
  expect(await contents(id)).toEqual(['Why?', 'Bec', 'And?'])
  await client.patch(at(id), { title: 'New' })
  expect(await contents(id)).toEqual(['Why?', 'Because.', 'And?'])
  expect(await rowOf(id)).toMatchObject({ title: 'New', last_seq: 3 })
})

test('what somebody here has answered stays as they saw it; the whole answer is a branch', async () => {
  const { client, id, bring, said } = await given(question, cut('Bec'))
  await client.post(`${at(id)}/messages`, { messages: userMessages(1, 9) })
  expect(await bring(question, answer('Because.'))).toMatchObject({ imported: 1 })
  expect((await said()).map(([one]) => one)).toEqual(['m1', 'm2', 'm9', 'm2.2'])
  // The same words, though whole, change nothing here.
  expect(await bring(question, answer('Bec'))).toMatchObject({ unchanged: 1 })
})

test('other words, and other calls, are another branch', async () => {
  const call = (id: string) => ({
    id,
    type: 'function' as const,
    function: { name: 'find', arguments: '{}' },
  })
  const { bring, said } = await given(question, cut('Bec', { tool_calls: [call('a')] }))
  await bring(question, answer('Therefore.', { tool_calls: [call('a')] }))
  await bring(question, answer('Because.', { tool_calls: [call('b')] }))
  expect((await said()).map(([one]) => one)).toEqual(['m1', 'm2', 'm2.2', 'm2.3'])
  await bring(question, answer('Because.', { tool_calls: [call('a')] }))
  expect((await said())[1]).toEqual(['m2', 'complete', 'Because.'])
})

const asking = (...all: [name: string, given: string][]): Said => ({
  tool_calls: all.map(([name, given], index) => ({
    id: `c${index}`,
    type: 'function',
    function: { name, arguments: given },
  })),
})

test.each<[string, string, string]>([
  ['of a text', '{"input":"print(1"}', '{"input":"print(1)"}'],
  ['of JSON', '{"input":"{\\"a\\":[1"}', '{"a":[1,2]}'],
  ['of which nothing was there', '{"input":""}', '{"a":[1,2]}'],
  ['which had not begun', '{}', '{"a":[1,2]}'],
])('a call that was cut in its arguments, %s, is the one that is whole', async (_, part, whole) => {
  const first: [string, string] = ['find', '{}']
  const begun = cut('', asking(first, ['run', part]))
  const { bring, said } = await given(question, begun)
  const others = [
    asking(first, ['walk', whole]),
    asking(['find', '{"b":1}'], ['run', whole]),
    asking(['run', whole]),
  ]
  for (const other of others) await bring(question, answer('', other))
  expect((await said()).map(([one]) => one)).toEqual(['m1', 'm2', 'm2.2', 'm2.3', 'm2.4'])
  const ended = answer('', asking(first, ['run', whole], ['find', '{"c":1}']))
  expect(await bring(question, ended)).toMatchObject({
    conversations: [{ added: 0, completed: 1 }],
  })
  expect(await bring(question, begun)).toMatchObject({ unchanged: 1 })
})

test('a call that was cut twice is there as far as the longer file has it', async () => {
  const begun = cut('', asking(['run', '{"input":"print("}']))
  const longer = cut('', asking(['run', '{"input":"print(1"}']))
  const { bring, said } = await given(question, begun)
  expect(await bring(question, longer)).toMatchObject({ conversations: [{ completed: 1 }] })
  expect(await bring(question, begun)).toMatchObject({ unchanged: 1 })
  const whole = answer('', asking(['run', '{"input":"print(1)"}']))
  expect(await bring(question, whole)).toMatchObject({ conversations: [{ completed: 1 }] })
  expect((await said()).map(([one]) => one)).toEqual(['m1', 'm2'])
})

test('a call is the same only if its arguments go on, and if it was cut', async () => {
  const { bring, said } = await given(question, cut('', asking(['run', '{"input":"print(1"}'])))
  await bring(question, answer('', asking(['run', '{"input":"print(2)"}'])))
  await bring(question, answer('', asking(['run', '{"other":"print(1)"}'])))
  expect((await said()).map(([one]) => one)).toEqual(['m1', 'm2', 'm2.2', 'm2.3'])
  const ended = await given(question, answer('', asking(['run', '{"input":"print(1"}'])))
  await ended.bring(question, answer('', asking(['run', '{"input":"print(1)"}'])))
  expect((await ended.said()).map(([one]) => one)).toEqual(['m1', 'm2', 'm2.2'])
})

test('a message that is whole in the record is overwritten by nothing, whatever the log would send', async () => {
  const { client, id } = await given(question, answer('Because.'), cut('And s'))
  await inRecord(id, 3)
  const changed = `UPDATE messages SET content = 'Other words',
    changed_in = (SELECT version FROM conversation) WHERE seq = ?`
  for (const seq of [2, 3]) {
    await inStorage(id, 'UPDATE conversation SET version = version + 1, pending_since = 1')
    await inStorage(id, changed, seq)
  }
  await client.patch(at(id), { title: 'New' })
  await eventually(async () => (await rowOf(id))?.['title'] === 'New')
  expect(await contents(id)).toEqual(['Why?', 'Because.', 'Other words'])
})
