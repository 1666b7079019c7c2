import { abortAllDurableObjects } from 'cloudflare:test'
import { expect, test } from 'vitest'

import { asLines, exported, many } from '../../support/given-exports.ts'
import { userMessages } from '../../support/given.ts'
import { elsewhere, extraOf, importedAs, importing } from '../../support/importing.ts'
import { network } from '../../support/network.ts'
import { question } from '../../support/questions.ts'
import {
  d1Error,
  dutiesOf,
  eventually,
  inRecord,
  inStorage,
  recordOf,
  ringWhenDue,
  rowOf,
  underFaults,
} from '../../support/record.ts'
import { historyOf, proceed, turnOf } from '../../support/turns.ts'

test('the record has all of it a moment later', async () => {
  const { client, id, file } = await elsewhere({ messages: many(3), extra: { big: 'secret' } })
  await importing(client, file)
  await inRecord(id, 3)
  expect(await recordOf(id)).toEqual([
    { seq: 1, id: 'm1', content: 'message 1' },
    { seq: 2, id: 'm2', content: 'message 2' },
    { seq: 3, id: 'm3', content: 'message 3' },
  ])
  expect(await rowOf(id)).toMatchObject({
    title: 'A trip',
    created_at: Date.parse('2024-03-01T10:00:00.000Z'),
    updated_at: Date.parse('2024-03-01T10:00:00.000Z'),
    extra: null,
  })
})

test('is acknowledged while D1 is down, and in the record later', async () => {
  const { client, id, file } = await elsewhere({ messages: many(2) })
  await underFaults(id, {
    before: (batch) => {
      if (batch === 1) throw d1Error('Network connection lost.')
    },
  })
  expect(await importing(client, file)).toMatchObject({ imported: 1 })
  await eventually(async () => (await dutiesOf(id)).due.some(({ attempts }) => attempts === 1))
  expect(await rowOf(id)).toBeNull()
  await ringWhenDue(id)
  await inRecord(id, 2)
})

test('is whole when its object is lost right after, and the same file finds it', async () => {
  const { client, id, file } = await elsewhere({ messages: many(40), extra: { note: 1 } })
  await importing(client, file)
  await abortAllDurableObjects()
  expect(await importing(client, file)).toMatchObject({ unchanged: 1 })
  const { messages, extra } = await importedAs(client, id)
  expect(messages).toHaveLength(40)
  expect(extra).toEqual({ note: 1 })
  await inRecord(id, 40)
})

test('nothing of it is kept when one message can not be', async () => {
  const { client, theirs, id, file } = await elsewhere({ messages: many(2) })
  await importing(client, file)
  await inStorage(
    id,
    `CREATE TRIGGER broken BEFORE INSERT ON messages WHEN NEW.seq = 4
     BEGIN SELECT RAISE(ABORT, 'no'); END`,
  )
  const { messages } = exported({ messages: many(4), fields: { id: theirs.id } })
  const grown = await asLines([{ ...theirs, messages, message_count: 4, extra: { more: 1 } }])
  expect(await importing(client, grown)).toMatchObject({ imported: 0, failed: 1 })
  const before = await importedAs(client, id)
  expect(before).toMatchObject({ conversation: { message_count: 2 }, extra: null })
  expect(before.messages).toHaveLength(2)
  await inStorage(id, 'DROP TRIGGER broken')
  expect(await importing(client, grown)).toMatchObject({ imported: 1 })
  expect((await importedAs(client, id)).messages).toHaveLength(4)
})

test('goes on when its program went on', async () => {
  const { client, theirs, id, file } = await elsewhere({
    messages: [{}, { role: 'assistant', tokens_used: 5 }],
    extra: { branches: [] },
  })
  await importing(client, file)
  await client.patch(`/api/conversations/${id}`, { title: 'My own title' })
  const { messages: later } = exported({
    messages: [...theirs.messages, {}, { role: 'assistant', tokens_used: 7 }],
    fields: { id: theirs.id },
  })
  const grown = {
    ...theirs,
    extra: { branches: [1] },
    messages: later,
    message_count: 4,
    updated_at: '2024-04-01T00:00:00.000Z',
  }
  expect(await importing(client, await asLines([grown]))).toMatchObject({ imported: 1 })
  const { conversation, messages, extra } = await importedAs(client, id)
  expect(messages.map((message) => message.content)).toEqual(
    [1, 2, 3, 4].map((seq) => `message ${seq}`),
  )
  expect(conversation).toMatchObject({ title: 'My own title', message_count: 4, tokens_used: 12 })
  expect(extra).toEqual({ branches: [1] })
  await inRecord(id, 4)
})

test('takes what is new beside the messages, though no message is', async () => {
  const { client, theirs, id, file } = await elsewhere({ extra: { branches: [1] } })
  await importing(client, file)
  const richer = { ...theirs, extra: { branches: [1, 2] } }
  expect(await importing(client, await asLines([richer]))).toMatchObject({ imported: 1 })
  expect(await extraOf(id)).toEqual({ branches: [1, 2] })
  expect(await importing(client, await asLines([richer]))).toMatchObject({ unchanged: 1 })
})

test('goes on beside what was said here, and what it says otherwise under the same id is another branch', async () => {
  const { client, theirs, id, file } = await elsewhere({ messages: many(2) })
  await importing(client, file)
  await client.post(`/api/conversations/${id}/messages`, { messages: userMessages(1, 3) })
  expect(await importing(client, file)).toMatchObject({ unchanged: 1 })
  const [first, second] = theirs.messages
  const messages = [first, { ...second, content: 'Other' }, { ...second, id: 'more' }]
  const differently = {
    ...theirs,
    message_count: 3,
    messages: messages.map((one) => ({ ...one, parent_id: undefined })),
  }
  const newer = await asLines([differently as never])
  expect(await importing(client, newer)).toMatchObject({ imported: 1, failed: 0, errors: [] })
  // What was written here is where the conversation is; nothing of it is changed.
  expect((await importedAs(client, id)).messages.map((one) => one.id)).toEqual(['m1', 'm2', 'm3'])
  const all = await historyOf(client, id, 'all')
  expect(all.map((one) => [one.id, one.parent_id, one.content])).toEqual([
    ['m1', null, 'message 1'],
    ['m2', 'm1', 'message 2'],
    ['m3', 'm2', 'message 3'],
    ['m2.2', 'm1', 'Other'],
    ['more', 'm2.2', 'message 2'],
  ])
  expect(await importing(client, newer)).toMatchObject({ unchanged: 1 })
  expect(await importing(client, file)).toMatchObject({ unchanged: 1 })
})

test('adds nothing while a reply is written', async () => {
  const { client, theirs, id, file } = await elsewhere()
  await importing(client, file)
  await network.script('import-busy', [
    { gate: 'import-busy' },
    { text: 'Yes' },
    { finish: 'stop' },
  ])
  const reply = proceed(client, id, turnOf('import-busy', 'm2'))
  await eventually(async () => (await network.seen('import-busy')).length === 1)
  const asked = { ...theirs.messages[0], id: 'm2', content: question('import-busy').content }
  const grown = { ...theirs, messages: [theirs.messages[0], asked, { ...asked, id: 'm3' }] }
  const answer = await importing(client, await asLines([{ ...grown, message_count: 3 } as never]))
  expect(answer.errors[0]?.detail).toBe(
    'A reply is running. Import the file again once it has ended.',
  )
  await network.open('import-busy')
  expect((await reply).status).toBe(200)
})

test('says when it can be brought again while what it was is being erased', async () => {
  const { client, id, file } = await elsewhere()
  await importing(client, file)
  await client.post(`/api/conversations/${id}/erase`)
  const { errors } = await importing(client, file)
  expect(errors[0]?.detail).toBe(
    'What was imported before is just being erased. Import the file again in two minutes.',
  )
})

test('a caller without access learns nothing by importing into the place of a conversation', async () => {
  const { client, id, file } = await elsewhere()
  await importing(client, file)
  await inStorage(id, `UPDATE conversation SET user_id = 'somebody else'`)
  const { errors, failed } = await importing(client, file)
  expect({ failed, detail: errors[0]?.detail }).toEqual({
    failed: 1,
    detail: 'It could not be kept',
  })
})

test('what is beside the messages may be larger than a row', async () => {
  const extra = { text: `${'🧭'.repeat(700_000)}é` }
  const { client, id, file } = await elsewhere({ extra })
  await importing(client, file)
  expect(await extraOf(id)).toEqual(extra)
})
