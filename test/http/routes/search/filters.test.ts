import { runInDurableObject } from 'cloudflare:test'
import { expect, test } from 'vitest'

import { append, as, at, bodyOf } from '../../../support/api.ts'
import { givenConversation } from '../../../support/given.ts'
import { pointersOf, problemOf } from '../../../support/problems.ts'
import { eventually, inStorage } from '../../../support/record.ts'
import { foundBy, indexOf, searchFor, searchPath } from '../../../support/searching.ts'

const owner = crypto.randomUUID()
const ann = await as.user(owner)
const backend = as.service('backend', `user:${owner}`)
const DAY = 24 * 60 * 60 * 1000

const mixed = await givenConversation(backend, {
  title: 'A quokka in the title',
  topic: 'animals',
  messages: [
    { id: 'system', role: 'system', content: 'Talk like a quokka' },
    { id: 'user', role: 'user', content: 'What is a quokka?' },
    {
      id: 'assistant',
      role: 'assistant',
      parts: [
        { type: 'reasoning', text: 'They ask for the smiling wallaby' },
        { type: 'text', text: 'A quokka is small' },
      ],
      tool_calls: [
        { id: 'c1', type: 'function', function: { name: 'find', arguments: '{"q":"marsupial"}' } },
      ],
    },
    { id: 'tool', role: 'tool', tool_call_id: 'c1', content: 'quokka: Setonix brachyurus' },
  ],
})
const other = await givenConversation(ann, {
  topic: 'plants',
  messages: [{ id: 'plant', role: 'user', content: 'Does a quokka eat plants?' }],
})

const found = async (q: string, more: Record<string, string> = {}) =>
  foundBy((await searchFor(ann, q, more)).data).toSorted()

test.each([
  ['quokka', {}, ['assistant', 'plant', 'user', mixed]],
  ['quokka', { in: 'system' }, ['assistant', 'plant', 'system', 'user', mixed]],
  ['quokka', { in: 'tools' }, ['assistant', 'plant', 'tool', 'user', mixed]],
  ['quokka', { role: 'user' }, ['plant', 'user']],
  ['quokka', { role: 'assistant' }, ['assistant']],
  ['quokka', { role: 'tool' }, ['tool']],
  ['quokka', { role: 'system' }, ['system']],
  ['wallaby', {}, []],
  ['wallaby', { in: 'reasoning' }, ['assistant']],
  ['marsupial', {}, []],
  ['marsupial', { in: 'tools,reasoning' }, ['assistant']],
  ['setonix', {}, []],
  ['quokka', { topic: 'plants' }, ['plant']],
  ['quokka', { topic: 'none' }, []],
  ['quokka', { conversation_id: other }, ['plant']],
  ['quokka', { conversation_id: crypto.randomUUID() }, []],
  ['quokka', { before: '2020-01-01T00:00:00Z' }, []],
  ['quokka', { after: '2020-01-01T00:00:00+02:00', topic: 'plants' }, ['plant']],
  ['quokka', { after: '2099-01-01T00:00:00Z' }, []],
])('%s with %o', async (q, more, expected) => {
  expect(await found(q, more as Record<string, string>)).toEqual([...expected].toSorted())
})

test('says what an excerpt is from', async () => {
  const { data } = await searchFor(ann, 'quokka wallaby marsupial setonix', { in: 'tools' })
  expect(data).toEqual([])
  const where = async (q: string, more: string) =>
    (await searchFor(ann, q, { in: more })).data.map((hit) => hit.found_in)
  expect(await where('wallaby', 'reasoning')).toEqual(['reasoning'])
  expect(await where('marsupial', 'tools')).toEqual(['tool_calls'])
  expect(await where('setonix', 'tools')).toEqual(['content'])
  const [title] = (await searchFor(ann, '"in the title"')).data
  expect(title).toMatchObject({ found_in: 'title', message: null, conversation: { id: mixed } })
})

test.each([
  ['in', 'noise'],
  ['in', 'tools,'],
  ['role', 'robot'],
  ['status', 'gone'],
  ['after', 'yesterday'],
  ['before', '2026-13-01T00:00:00Z'],
  ['conversation_id', 'x'],
  ['topic', ''],
  ['limit', '51'],
  ['limit', '0'],
  ['cursor', 'x'],
  ['cursor', btoa('["c",1,2]')],
  ['cursor', btoa('["s","1",2,3,"x"]')],
  ['cursor', btoa('["s",1e999,2,3,"x"]')],
  ['cursor', btoa('["s",-1,2,3,"x"]')],
  ['scope', 'all'],
])('%s=%s is refused', async (name, value) => {
  const problem = await problemOf(ann.get(searchPath('quokka', { [name]: value })))
  expect(problem).toMatchObject({ type: '/problems/invalid-request', status: 422 })
  expect(pointersOf(problem)[0]?.startsWith(`?${name}`)).toBe(true)
})

test('without a word nothing is looked for, and it says so', async () => {
  for (const q of ['', ' ', '-quokka']) {
    const problem = await problemOf(ann.get(searchPath(q)))
    const detail = 'Send at least one word to look for'
    expect(problem).toMatchObject({ status: 422, errors: [{ pointer: '?q', detail }] })
  }
})

test('active and archived, as their object says it: also what has been quiet for ninety days', async () => {
  const name = crypto.randomUUID()
  const user = await as.user(name)
  const ids = await Promise.all(
    ['new', 'put-away', 'quiet'].map((what) =>
      givenConversation(user, { messages: [{ id: what, role: 'user', content: 'a numbat' }] }),
    ),
  )
  const status = async (one: string) =>
    foundBy((await searchFor(user, 'numbat', { status: one })).data).toSorted()
  expect(await status('active')).toEqual(['new', 'put-away', 'quiet'])
  await user.delete(at(ids[1] ?? ''))
  await inStorage(ids[2] ?? '', 'UPDATE conversation SET quiet_since = ?', Date.now() - 91 * DAY)
  await user.patch(at(ids[2] ?? ''), { metadata: { seen: 'yes' } })
  await eventually(async () => (await status('archived')).length === 2)
  expect(await status('archived')).toEqual(['put-away', 'quiet'])
  expect(await status('active')).toEqual(['new'])
  const shown = (await searchFor(user, 'numbat')).data.map(({ message, conversation }) => [
    message?.id,
    conversation.is_active,
  ])
  expect(Object.fromEntries(shown)).toEqual({ new: true, 'put-away': false, quiet: false })
  expect(await status('all')).toEqual(['new', 'put-away', 'quiet'])
  // Time goes on without anybody telling the index.
  await runInDurableObject(indexOf(`user:${name}`), (_, { storage }) => {
    storage.sql.exec('UPDATE conversations SET quiet_since = ?', Date.now() - 91 * DAY)
  })
  expect(await status('active')).toEqual([])
  const { data } = await searchFor(user, 'numbat')
  expect(data.map(({ conversation }) => conversation.is_active)).toEqual([false, false, false])
  await append(user, ids[1] ?? '', [{ role: 'user', content: 'back again' }])
  await eventually(async () => (await status('active')).length === 1)
  expect(await status('archived')).toEqual(['new', 'quiet'])
})

test('a new title is found, the old one is not, and none is no title', async () => {
  const user = await as.user()
  const id = await givenConversation(user, { title: 'Echidna' })
  const titled = async (q: string) => foundBy((await searchFor(user, q)).data)
  expect(await titled('echidna')).toEqual([id])
  await user.patch(at(id), { title: 'Platypus' })
  await eventually(async () => (await titled('platypus')).length === 1)
  expect(await titled('echidna')).toEqual([])
  await user.patch(at(id), { title: null })
  await eventually(async () => (await titled('platypus')).length === 0)
})

test('a message of another branch is found, says so, and is shown on a line that it is on', async () => {
  const user = await as.user()
  const id = await givenConversation(user, {
    messages: ['one', 'two', 'three'].map((name) => ({ id: name, role: 'user', content: name })),
  })
  await append(user, id, [{ id: 'beside', role: 'user', content: 'bilby' }], { parent_id: 'one' })
  await append(user, id, [{ id: 'below', role: 'user', content: 'after the bilby' }])
  await user.patch(at(id), { head_id: 'three' })
  await eventually(async () => {
    const { data } = await searchFor(user, 'bilby')
    return data.length === 2 && data.every(({ message }) => message?.is_on_path === false)
  })
  const around = async (name: string, limit: number) =>
    bodyOf<{ data: { id: string }[]; next_cursor: string | null; previous_cursor: string | null }>(
      user.get(`${at(id)}/messages?around=${name}&limit=${limit}`),
    )
  const page = await around('beside', 2)
  expect(page.data.map((one) => one.id)).toEqual(['beside', 'below'])
  expect(page.next_cursor).toBeNull()
  const older = await bodyOf<{ data: { id: string }[] }>(
    user.get(`${at(id)}/messages?cursor=${page.previous_cursor}`),
  )
  expect(older.data.map((one) => one.id)).toEqual(['one'])
  expect((await around('two', 10)).data.map((one) => one.id)).toEqual(['one', 'two', 'three'])
})

test('around a message stand as many as the limit says, from where pages lead both ways', async () => {
  const user = await as.user()
  const messages = Array.from({ length: 20 }, (_, n) => ({
    id: `m${n + 1}`,
    role: 'user',
    content: `${n}`,
  }))
  const id = await givenConversation(user, { messages })
  type Page = { data: { seq: number }[] } & Record<string, string | null>
  const page = (query: string) => bodyOf<Page>(user.get(`${at(id)}/messages?${query}`))
  const seqs = ({ data }: Page) => data.map(({ seq }) => seq)
  const middle = await page('around=m10&limit=6')
  expect(seqs(middle)).toEqual([8, 9, 10, 11, 12, 13])
  expect(middle).toMatchObject({ has_more: true })
  expect(seqs(await page(`cursor=${middle['next_cursor']}&limit=3`))).toEqual([14, 15, 16])
  expect(seqs(await page(`cursor=${middle['previous_cursor']}&limit=3`))).toEqual([7, 6, 5])
  const first = await page('around=m1&limit=4')
  expect(seqs(first)).toEqual([1, 2, 3, 4])
  expect(first['previous_cursor']).toBeNull()
  const last = await page('around=m20&limit=4')
  expect(seqs(last)).toEqual([17, 18, 19, 20])
  expect(last).toMatchObject({ has_more: false, next_cursor: null })
  expect(seqs(await page('around=m5&limit=1'))).toEqual([5])
  expect(seqs(await page('around=m5&limit=200'))).toHaveLength(20)
  for (const query of ['around=nothing', 'around=m5&order=asc', 'around=m5&branch=all']) {
    const problem = await problemOf(user.get(`${at(id)}/messages?${query}`))
    expect([query, problem.status, pointersOf(problem)]).toEqual([query, 422, ['?around']])
  }
})
