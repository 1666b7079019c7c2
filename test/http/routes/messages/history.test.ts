import { expect, test } from 'vitest'

import {
  type Client,
  type Conversation,
  type Listed,
  type Message,
  as,
  at,
  bodyOf,
} from '../../../support/api.ts'
import { givenConversation, userMessages } from '../../../support/given.ts'

type Opened = Conversation & { messages: Message[]; has_more: boolean; next_cursor: string | null }

const numbers = (page: Pick<Listed<Message>, 'data'>) => page.data.map(({ seq }) => seq)

const upTo = (last: number, first = 1) =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index)

/** All pages of history, each as the numbers of its messages. */
async function pages(client: Client, id: string, query: string): Promise<number[][]> {
  const found: number[][] = []
  for (let path = `${at(id)}/messages?${query}`; path !== '';) {
    const page: Listed<Message> = await bodyOf<Listed<Message>>(client.get(path))
    expect(page.has_more).toBe(page.next_cursor !== null)
    found.push(numbers(page))
    path = page.next_cursor === null ? '' : `${at(id)}/messages?limit=3&cursor=${page.next_cursor}`
  }
  return found
}

test('opens with the newest page in order, and its cursor leads to the older ones', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann, { messages: userMessages(8) })
  const opened = await bodyOf<Opened>(ann.get(`${at(id)}?limit=3`))
  expect(opened).toMatchObject({
    id,
    message_count: 8,
    has_more: true,
  })
  expect(numbers({ data: opened.messages })).toEqual([6, 7, 8])
  const older = await bodyOf<Listed<Message>>(
    ann.get(`${at(id)}/messages?limit=4&cursor=${opened.next_cursor}`),
  )
  expect(numbers(older)).toEqual([5, 4, 3, 2])
  const oldest = await bodyOf<Listed<Message>>(
    ann.get(`${at(id)}/messages?limit=4&cursor=${older.next_cursor}`),
  )
  expect(oldest).toMatchObject({ has_more: false, next_cursor: null })
  expect(numbers(oldest)).toEqual([1])
})

test('opens with fifty messages, and with no cursor when that is all', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann, { messages: userMessages(51) })
  const opened = await bodyOf<Opened>(ann.get(at(id)))
  expect(numbers({ data: opened.messages })).toEqual(upTo(51, 2))
  const all = await bodyOf<Opened>(ann.get(`${at(id)}?limit=51`))
  expect(all).toMatchObject({ has_more: false, next_cursor: null })
  const empty = await bodyOf<Opened>(ann.get(at(await givenConversation(ann))))
  expect(empty).toMatchObject({ messages: [], has_more: false, next_cursor: null })
})

test('pages through the history from its start and from its end', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann, { messages: userMessages(8) })
  expect(await pages(ann, id, 'limit=3')).toEqual([
    [1, 2, 3],
    [4, 5, 6],
    [7, 8],
  ])
  expect(await pages(ann, id, 'limit=3&order=asc')).toEqual([
    [1, 2, 3],
    [4, 5, 6],
    [7, 8],
  ])
  expect(await pages(ann, id, 'limit=3&order=desc')).toEqual([
    [8, 7, 6],
    [5, 4, 3],
    [2, 1],
  ])
  expect(await pages(ann, id, 'limit=8')).toEqual([upTo(8)])
})

test('goes on in the same place when messages arrive between two pages', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann, { messages: userMessages(4) })
  const page = (query: string) =>
    bodyOf<Listed<Message>>(ann.get(`${at(id)}/messages?limit=2&${query}`))
  const [up, down] = [await page('order=asc'), await page('order=desc')]
  await ann.post(`${at(id)}/messages`, { messages: userMessages(1, 5) })
  expect(numbers(await page(`cursor=${down.next_cursor}`))).toEqual([2, 1])
  const later = await page(`cursor=${up.next_cursor}`)
  expect(numbers(later)).toEqual([3, 4])
  expect(numbers(await page(`cursor=${later.next_cursor}`))).toEqual([5])
})

test('gives fifty when no limit is named, and two hundred at most', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann, { messages: userMessages(100) })
  await ann.post(`${at(id)}/messages`, { messages: userMessages(100, 101) })
  await ann.post(`${at(id)}/messages`, { messages: userMessages(1, 201) })
  const page = (query: string) => bodyOf<Listed<Message>>(ann.get(`${at(id)}/messages${query}`))
  expect(numbers(await page(''))).toEqual(upTo(50))
  const most = await page('?limit=200')
  expect(numbers(most)).toEqual(upTo(200))
  expect(numbers(await page(`?limit=200&cursor=${most.next_cursor}`))).toEqual([201])
})

test('ends a page early when its text would be too much for one answer', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  // Sixteen of these are exactly as much as a page carries.
  const content = 'x'.repeat(256 * 1024)
  for (let request = 0; request < 6; request += 1) {
    const messages = Array.from({ length: 3 }, () => ({ role: 'user', content }))
    expect((await ann.post(`${at(id)}/messages`, { messages })).status).toBe(201)
  }
  const first = await bodyOf<Listed<Message>>(ann.get(`${at(id)}/messages`))
  expect(numbers(first)).toEqual(upTo(16))
  const rest = await bodyOf<Listed<Message>>(
    ann.get(`${at(id)}/messages?cursor=${first.next_cursor}`),
  )
  expect(numbers(rest)).toEqual([17, 18])
  expect(rest.has_more).toBe(false)
  const opened = await bodyOf<Opened>(ann.get(at(id)))
  expect(numbers({ data: opened.messages })).toEqual(upTo(18, 3))
  expect(opened.has_more).toBe(true)
})

test.for([
  ['?limit', 'limit=0'],
  ['?limit', 'limit=201'],
  ['?order', 'order=up'],
  ['?cursor', 'cursor=nonsense'],
  ['?colour', 'colour=red'],
] as const)('refuses with a pointer to %s when it is asked for %s', async ([pointer, query]) => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const response = await ann.get(`${at(id)}/messages?${query}`)
  expect(response.status).toBe(422)
  const { errors } = await bodyOf<{ errors: { pointer: string }[] }>(response)
  expect(errors.map((error) => error.pointer)).toEqual([pointer])
})

test('refuses a cursor against its own order, and one of another list', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann, { messages: userMessages(3) })
  await givenConversation(ann)
  const page = await bodyOf<Listed<Message>>(ann.get(`${at(id)}/messages?limit=1&order=desc`))
  const turned = await ann.get(`${at(id)}/messages?order=asc&cursor=${page.next_cursor}`)
  expect(turned.status).toBe(422)
  expect(await turned.json()).toMatchObject({ errors: [{ pointer: '?order' }] })
  const list = await bodyOf<Listed<unknown>>(ann.get('/api/conversations?limit=1'))
  expect(list.next_cursor).toBeTruthy()
  expect((await ann.get(`${at(id)}/messages?cursor=${list.next_cursor}`)).status).toBe(422)
})

test('a cursor is of one conversation, however its id is written; one of an earlier version is taken', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann, { messages: userMessages(3) })
  const other = await givenConversation(ann, { messages: userMessages(3) })
  const page = await bodyOf<Listed<Message>>(ann.get(`${at(id)}/messages?limit=1&order=desc`))
  const opened = await bodyOf<Opened>(ann.get(`${at(id)}?limit=2`))
  const around = await bodyOf<{ previous_cursor: string; next_cursor: string }>(
    ann.get(`${at(id)}/messages?limit=1&around=${opened.messages[0]?.id}`),
  )
  const { previous_cursor: previous, next_cursor: next } = around
  const cursors = [page.next_cursor, opened.next_cursor, previous, next]
  for (const cursor of cursors) {
    const refused = await ann.get(`${at(other)}/messages?cursor=${cursor}`)
    expect(refused.status).toBe(422)
    expect(await refused.json()).toMatchObject({ errors: [{ pointer: '?cursor' }] })
    const messages = `${at(id.toUpperCase())}/messages?cursor=${cursor}`
    expect((await ann.get(messages)).status).toBe(200)
  }
  const earlier = btoa(JSON.stringify(['m', 'desc', 3])).replace(/=+$/, '')
  const older = await bodyOf<Listed<Message>>(ann.get(`${at(id)}/messages?cursor=${earlier}`))
  expect(numbers(older)).toEqual([2, 1])
})
