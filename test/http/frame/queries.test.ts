import { expect, test } from 'vitest'

import { type Listed, type Message, as, bodyOf } from '../../support/api.ts'
import { givenConversation, userMessages } from '../../support/given.ts'
import { pointersOf, problemOf } from '../../support/problems.ts'

const ann = await as.user()
const id = await givenConversation(ann, { messages: userMessages(3) })
const list = '/api/conversations'
const history = `${list}/${id}/messages`

test.each([
  [list, 'limit=0', ['?limit']],
  [list, 'limit=101', ['?limit']],
  [list, 'limit=1.5', ['?limit']],
  [list, 'limit=all', ['?limit']],
  [list, 'limit=', ['?limit']],
  [list, 'limit=1&limit=2', ['?limit']],
  [list, 'status=gone', ['?status']],
  [list, 'status=active&status=all', ['?status']],
  [list, 'resolved=yes', ['?resolved']],
  [list, 'scope=theirs', ['?scope']],
  [list, 'topic=a&topic=b', ['?topic']],
  [list, 'cursor=a&cursor=b', ['?cursor']],
  [list, 'limit=0&status=gone', ['?limit', '?status']],
  [`${list}/${id}`, 'limit=201', ['?limit']],
  [history, 'limit=201', ['?limit']],
  [history, 'order=up', ['?order']],
  [`${list}/${id}/export`, 'format=pdf', ['?format']],
  ['/api/export', 'format=json&format=csv', ['?format']],
  ['/api/export', 'status=gone', ['?status']],
  ['/api/export', 'cursor=nonsense', ['?cursor']],
])('points at what is wrong in %s?%s', async (path, query, pointers) => {
  const problem = await problemOf(ann.get(`${path}?${query}`))
  expect(problem).toMatchObject({ type: '/problems/invalid-request', status: 422 })
  expect(pointersOf(problem)).toEqual(pointers)
})

test.each([list, `${list}/${id}`, history, `${list}/${id}/export`, '/api/export'])(
  'knows no other key in the query of %s',
  async (path) => {
    for (const query of ['offset=3', 'Limit=3', 'user_id=bob', 'limit=1&page=2', '=&x']) {
      expect(await problemOf(ann.get(`${path}?${query}`))).toMatchObject({ status: 422 })
    }
  },
)

const encode = (value: unknown) => btoa(JSON.stringify(value)).replaceAll('=', '')
const now = Date.now()

const hostile: string[] = [
  '',
  'x',
  '%',
  '%00',
  'ñ',
  'a'.repeat(5000),
  btoa('not json'),
  encode(null),
  encode({}),
  encode([]),
  encode(['x', 1, id]),
  encode(['m', 'sideways', 1]),
  encode(['m', 'asc', -1]),
  encode(['m', 'asc', 1.5]),
  encode(['m', 'asc', '1']),
  encode(['m', 'asc', 1, -2]),
  encode(['m', 'asc', 1, 2, 3]),
  encode(['m', 'asc', 1e300]),
  encode(['c', now, 'no-uuid']),
  encode(['c', `${now} OR 1=1`, id]),
  encode(['c', null, id]),
  encode(['c', -1, id]),
  encode(['c', now]),
]

test.each([
  ['of conversations', list, encode(['m', 'asc', 1])],
  ['of messages', history, encode(['c', now, id])],
])('believes no cursor that no list %s gave', async (_, path, ofAnother) => {
  for (const cursor of [...hostile, ofAnother]) {
    const problem = await problemOf(ann.get(`${path}?cursor=${encodeURIComponent(cursor)}`))
    expect({ cursor, pointers: pointersOf(problem), status: problem.status }).toEqual({
      cursor,
      pointers: ['?cursor'],
      status: 422,
    })
  }
})

test('reads nothing of others by a cursor that somebody made up', async () => {
  const bob = await as.user()
  const theirs = await givenConversation(bob)
  const cursor = encode(['c', now + 1e9, theirs])
  const page = await bodyOf<Listed<{ id: string }>>(ann.get(`${list}?cursor=${cursor}`))
  expect(page.data.map((one) => one.id)).toContain(id)
  expect(page.data.map((one) => one.id)).not.toContain(theirs)
})

test('lets a cursor lead beyond the end, where nothing is', async () => {
  const { data } = await bodyOf<Listed<Message>>(
    ann.get(`${history}?cursor=${encode(['m', 'asc', Number.MAX_SAFE_INTEGER])}`),
  )
  expect(data).toEqual([])
})

test('holds a cursor to its own order', async () => {
  const { next_cursor: cursor } = await bodyOf<Listed<Message>>(
    ann.get(`${history}?order=desc&limit=1`),
  )
  expect(cursor).not.toBeNull()
  const problem = await problemOf(ann.get(`${history}?order=asc&cursor=${cursor}`))
  expect(pointersOf(problem)).toEqual(['?order'])
  const { data } = await bodyOf<Listed<Message>>(ann.get(`${history}?order=desc&cursor=${cursor}`))
  expect(data.map(({ seq }) => seq)).toEqual([2, 1])
})
