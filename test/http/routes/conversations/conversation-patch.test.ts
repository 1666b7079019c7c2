import { expect, test } from 'vitest'

import {
  type Appended,
  type ContinueAnswer,
  type Conversation,
  type Listed,
  as,
  at,
  bodyOf,
} from '../../../support/api.ts'
import { givenConversation, userMessages } from '../../../support/given.ts'
import { network } from '../../../support/network.ts'
import { eventually, rowOf, underFaults } from '../../../support/record.ts'

test.for([
  ['title', 'New'],
  ['title', null],
  ['topic', 'news'],
  ['topic', null],
  ['language', 'pt-BR'],
  ['is_resolved', true],
  ['metadata', { a: '1', b: '' }],
] as const)(
  'changes %s to %j, in the answer, the object and the record',
  async ([field, value]) => {
    const ann = await as.user()
    const id = await givenConversation(ann, { title: 'Old', topic: 'old' })
    const before = await bodyOf<Conversation>(ann.get(at(id)))
    await new Promise((resolve) => setTimeout(resolve, 2))
    const response = await ann.patch(at(id), { [field]: value })
    expect(response.status).toBe(200)
    const answer = await bodyOf<Conversation>(response)
    const page = { messages: null, has_more: null, next_cursor: null }
    const {
      messages: _,
      has_more: __,
      next_cursor: ___,
      ...expected
    } = { ...before, ...page, [field]: value }
    expect(answer).toEqual({ ...expected, updated_at: answer.updated_at })
    expect(Date.parse(answer.updated_at)).toBeGreaterThan(Date.parse(before.updated_at))
    expect(await bodyOf(ann.get(at(id)))).toMatchObject(answer)
    const { data } = await bodyOf<Listed<Conversation>>(ann.get('/api/conversations'))
    expect(data).toEqual([answer])
  },
)

test('spells a language as it is written canonically', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const answer = await ann.patch(at(id), { language: 'ZH-hant-tw' })
  expect(await answer.json()).toMatchObject({ language: 'zh-Hant-TW' })
})

test('merges metadata, and null removes a key', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann, { metadata: { kept: '1', changed: '1', gone: '1' } })
  const answer = await ann.patch(at(id), {
    metadata: { changed: '2', gone: null, added: '2', absent: null },
  })
  const metadata = { kept: '1', changed: '2', added: '2' }
  expect(await answer.json()).toMatchObject({ metadata })
  expect((await bodyOf<Conversation>(ann.get(at(id)))).metadata).toEqual(metadata)
  expect(JSON.parse(String((await rowOf(id))?.['metadata']))).toEqual(metadata)
})

test('keeps nothing of a patch that would make more than sixteen keys', async () => {
  const ann = await as.user()
  const keys = (from: number, count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${from + index}`, 'v']))
  const id = await givenConversation(ann, { title: 'Old', metadata: keys(0, 16) })
  const before = await bodyOf(ann.get(at(id)))
  const refused = await ann.patch(at(id), { title: 'New', metadata: keys(16, 1) })
  expect(refused.status).toBe(422)
  expect(await refused.json()).toMatchObject({ errors: [{ pointer: '/metadata' }] })
  expect(await bodyOf(ann.get(at(id)))).toEqual(before)
  // One out, one in: still sixteen.
  const swapped = await ann.patch(at(id), { metadata: { k0: null, ...keys(16, 1) } })
  expect((await bodyOf<Conversation>(swapped)).metadata).toEqual(keys(1, 16))
})

test('writes nothing when a patch says what is so already', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann, { title: 'T', topic: 't', metadata: { a: '1', b: '2' } })
  const before = await bodyOf<Conversation>(ann.get(at(id)))
  const row = await rowOf(id)
  const counts = await underFaults(id)
  const same = {
    title: 'T',
    topic: 't',
    language: 'ES',
    is_resolved: false,
    is_active: true,
    metadata: { b: '2', a: '1', absent: null },
  }
  for (const patch of [same, {}, { metadata: {} }]) {
    const response = await ann.patch(at(id), patch)
    expect(response.status).toBe(200)
    expect(before).toMatchObject(await bodyOf<Conversation>(response))
  }
  expect(counts.batches).toBe(0)
  expect(await rowOf(id)).toEqual(row)
})

test.for([
  ['/title', { title: 'x'.repeat(256) }],
  ['/title', { title: 7 }],
  ['/language', { language: null }],
  ['/is_resolved', { is_resolved: 'yes' }],
  ['/metadata/a', { metadata: { a: 'v'.repeat(513) } }],
  ['', { user_id: 'bob' }],
] as const)('refuses with a pointer to %s', async ([pointer, patch]) => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const before = await bodyOf(ann.get(at(id)))
  const response = await ann.patch(at(id), { topic: 'new', ...patch })
  expect(response.status).toBe(422)
  const { errors } = await bodyOf<{ errors: { pointer: string }[] }>(response)
  expect(errors.map((error) => error.pointer)).toEqual([pointer])
  expect(await bodyOf(ann.get(at(id)))).toEqual(before)
})

test('archives, stays readable, and is restored', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann, { messages: userMessages(2) })
  const listed = async (status: string) => {
    const page = await bodyOf<Listed<Conversation>>(ann.get(`/api/conversations?status=${status}`))
    return page.data.map((conversation) => conversation.id)
  }
  const archived = await ann.delete(at(id))
  expect(archived.status).toBe(200)
  const conversation = await bodyOf<Conversation>(archived)
  expect(conversation).toMatchObject({ id, is_active: false, message_count: 2 })
  expect(conversation.archived_at).toBe(conversation.updated_at)
  expect(await listed('active')).toEqual([])
  expect(await listed('archived')).toEqual([id])
  expect(await bodyOf(ann.get(at(id)))).toMatchObject({
    ...conversation,
    has_more: false,
  })
  // Again changes nothing, not even when it was.
  expect(await bodyOf(ann.delete(at(id)))).toEqual(conversation)
  const restored = await ann.patch(at(id), { is_active: true })
  expect(await restored.json()).toMatchObject({ is_active: true, archived_at: null })
  expect(await listed('active')).toEqual([id])
  expect(await rowOf(id)).toMatchObject({ is_active: 1, archived_at: null })
})

test('counts quiet time anew from the restoring on', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const quietSince = async () => Number((await rowOf(id))?.['quiet_since'])
  const before = await quietSince()
  await new Promise((resolve) => setTimeout(resolve, 2))
  await ann.patch(at(id), { title: 'A new title is no reason' })
  await ann.patch(at(id), { is_active: false })
  expect(await quietSince()).toBe(before)
  await ann.patch(at(id), { is_active: true })
  expect(await quietSince()).toBeGreaterThan(before)
})

test('comes back from the archive when it is written in', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  await ann.patch(at(id), { is_active: false })
  const appended = await ann.post(`${at(id)}/messages`, { messages: userMessages(1) })
  const back = { is_active: true, archived_at: null }
  expect((await bodyOf<Appended>(appended)).conversation).toMatchObject(back)
  await eventually(async () => (await rowOf(id))?.['is_active'] === 1)
})

test('comes back from the archive when it is continued, with words or without', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann, { messages: userMessages(1) })
  for (const messages of [[], [{ role: 'user', content: 'And?' }]]) {
    await ann.delete(at(id))
    const answer = await ann.post(`${at(id)}/continue`, { messages })
    expect((await bodyOf<ContinueAnswer>(answer)).conversation).toMatchObject({
      is_active: true,
      archived_at: null,
    })
  }
})

test('stays archived when a reply ends after the archiving', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const gate = crypto.randomUUID()
  await network.script(gate, [{ text: 'Late' }, { gate }, { finish: 'stop' }])
  const answering = ann.post(`${at(id)}/continue`, {
    messages: [{ role: 'user', content: `Wait #${gate}` }],
  })
  await eventually(async () => (await network.seen(gate)).length === 1)
  const archived = await bodyOf<Conversation>(ann.delete(at(id)))
  await network.open(gate)
  const { conversation } = await bodyOf<ContinueAnswer>(answering)
  expect(conversation).toMatchObject({
    is_active: false,
    archived_at: archived.archived_at,
    message_count: 2,
  })
  await eventually(async () => (await rowOf(id))?.['last_seq'] === 2)
  expect(await rowOf(id)).toMatchObject({ is_active: 0 })
})
