import { expect, test } from 'vitest'

import { type Client, type Conversation, type Listed, as, bodyOf } from '../../../support/api.ts'
import { givenConversation, userMessages } from '../../../support/given.ts'
import { list, pages } from '../../../support/lists.ts'
import { updatedAt } from '../../../support/record.ts'

async function givenMany(client: Client, count: number): Promise<string[]> {
  const ids: string[] = []
  for (let index = 0; index < count; index += 1) ids.push(await givenConversation(client))
  return ids
}

const newestFirst = (ids: string[]) => ids.toSorted().toReversed()

test('pages through everything newest first, without a gap or a double', async () => {
  const ann = await as.user()
  const ids = await givenMany(ann, 8)
  // Some share their time, as a burst of creations does: the id decides then.
  await Promise.all(ids.map((id, index) => updatedAt(id, [10, 20, 20, 20, 20, 30, 40, 40][index])))
  const expected = [...newestFirst(ids.slice(6)), ids[5], ...newestFirst(ids.slice(1, 5)), ids[0]]
  const found = await pages(ann, '?limit=3')
  expect(found.map(({ length }) => length)).toEqual([3, 3, 2])
  expect(found.flat()).toEqual(expected)
})

test('ends a list whose last page is full', async () => {
  const ann = await as.user()
  await givenMany(ann, 4)
  expect((await pages(ann, '?limit=2')).map(({ length }) => length)).toEqual([2, 2])
})

test('pages through the active and the archived together in one order', async () => {
  const ann = await as.user()
  const ids = await givenMany(ann, 7)
  await Promise.all(
    ids.map((id, index) => updatedAt(id, [1, 2, 3, 3, 3, 4, 5][index], index % 2 === 0)),
  )
  const [a, b, c, d, e, f, g] = ids as [string, string, string, string, string, string, string]
  const all = await pages(ann, '?limit=2&status=all')
  expect(all.flat()).toEqual([g, f, ...newestFirst([c, d, e]), b, a])
  expect((await pages(ann, '?limit=2')).flat()).toEqual([g, ...newestFirst([c, e]), a])
  expect((await pages(ann, '?limit=2&status=archived')).flat()).toEqual([f, d, b])
})

test('puts the conversation first that was written in last', async () => {
  const ann = await as.user()
  const [first, second] = await givenMany(ann, 2)
  await updatedAt(second!, Date.now() - 60_000)
  await ann.post(`/api/conversations/${first}/messages`, { messages: userMessages(1) })
  await ann.patch(`/api/conversations/${first}`, { topic: 'news' })
  const { data } = await list(ann)
  expect(data.map(({ id }) => id)).toEqual([first, second])
  expect(data[0]).toMatchObject({ message_count: 1, topic: 'news' })
})

test('shows what the object shows', async () => {
  const ann = await as.user()
  const created = await bodyOf<Conversation>(
    ann.post('/api/conversations', { title: 'T', language: 'en', metadata: { a: 'b' } }),
  )
  expect((await list(ann)).data).toEqual([created])
})

test('filters by resolved, topic and language, and by all of them', async () => {
  const ann = await as.user()
  const plain = await givenConversation(ann)
  const sports = await givenConversation(ann, { topic: 'sports', language: 'en' })
  const solved = await givenConversation(ann, { topic: 'sports', language: 'pt-BR' })
  await ann.patch(`/api/conversations/${solved}`, { is_resolved: true })
  const ids = async (query: string) => (await list(ann, query)).data.map(({ id }) => id).toSorted()
  expect(await ids('?resolved=true')).toEqual([solved])
  expect(await ids('?resolved=false')).toEqual([plain, sports].toSorted())
  expect(await ids('?topic=sports')).toEqual([sports, solved].toSorted())
  expect(await ids('?language=es')).toEqual([plain])
  expect(await ids('?language=pt-BR&topic=sports&resolved=true')).toEqual([solved])
  expect(await ids('?language=pt-BR&topic=sports&resolved=false')).toEqual([])
})

test("never shows another owner's", async () => {
  const name = crypto.randomUUID()
  const user = await as.user(name)
  // A session and a user of the same name are two people.
  const session = await as.session(name)
  const ofUser = await givenConversation(user)
  const ofSession = await givenConversation(session)
  await givenConversation(await as.user())
  for (const status of ['active', 'all']) {
    expect((await list(user, `?status=${status}`)).data.map(({ id }) => id)).toEqual([ofUser])
    expect((await list(session, `?status=${status}`)).data.map(({ id }) => id)).toEqual([ofSession])
  }
  expect((await list(await as.user())).data).toEqual([])
  const backend = await list(as.service('backend', `user:${name}`))
  expect(backend.data.map(({ id }) => id)).toEqual([ofUser])
})

test('lists everybody’s active ones for staff, in pages, by the day of their last use', async () => {
  const topic = crypto.randomUUID()
  const ids: string[] = []
  for (const client of [await as.user(), await as.session(), await as.user(), await as.user()]) {
    ids.push(await givenConversation(client, { topic }))
  }
  const archived = await as.user()
  await archived.delete(`/api/conversations/${await givenConversation(archived, { topic })}`)
  const day = 24 * 60 * 60_000
  // Within a day the id decides, however late in it each was used.
  const times = [3 * day, 2 * day + 1, 2 * day, day]
  await Promise.all(ids.map((id, index) => updatedAt(id, times[index])))
  const staff = as.service('staff')
  const [first, ...others] = ids as [string, string, string, string]
  const expected = [first, ...newestFirst(others.slice(0, 2)), others[2]]
  expect((await pages(staff, `?scope=all&topic=${topic}&limit=1`)).flat()).toEqual(expected)
  // A cursor that an older version made names a moment: its day is shown once more, and none is left out.
  const cursor = btoa(JSON.stringify(['c', 2 * day + 1, others[0]])).replaceAll('=', '')
  const again = await list(staff, `?scope=all&topic=${topic}&limit=3&cursor=${cursor}`)
  expect(again.data.map(({ id }) => id)).toEqual(expected.slice(1))
})

test('lists everybody’s for nobody but staff, and only the active', async () => {
  for (const client of [await as.user(), as.service('nobody'), as.service('backend', 'user:x')]) {
    expect((await client.get('/api/conversations?scope=all')).status).toBe(403)
  }
  const staff = as.service('staff')
  expect((await staff.get('/api/conversations?scope=all&status=all')).status).toBe(422)
  expect((await staff.get('/api/conversations')).status).toBe(403)
})

test.for([
  ['?limit', 'limit=0'],
  ['?limit', 'limit=101'],
  ['?limit', 'limit=ten'],
  ['?status', 'status=old'],
  ['?resolved', 'resolved=maybe'],
  ['?colour', 'colour=red'],
] as const)('refuses with a pointer to %s when it is asked for %s', async ([pointer, query]) => {
  const response = await (await as.user()).get(`/api/conversations?${query}`)
  expect(response.status).toBe(422)
  const { errors } = await bodyOf<{ errors: { pointer: string }[] }>(response)
  expect(errors.map((error) => error.pointer)).toEqual([pointer])
})

test('refuses a cursor that is not one of its own', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann, { messages: userMessages(3) })
  const { next_cursor: ofMessages } = await bodyOf<Listed<unknown>>(
    ann.get(`/api/conversations/${id}/messages?limit=1`),
  )
  expect(ofMessages).toBeTruthy()
  for (const cursor of ['', 'x', '%00', btoa('{}'), btoa('["c",-1,"x"]'), ofMessages]) {
    const response = await ann.get(`/api/conversations?cursor=${cursor}`)
    expect(response.status).toBe(422)
  }
})
