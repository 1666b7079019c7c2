import { expect, test } from 'vitest'

import { as } from '../../support/api.ts'
import { givenConversation } from '../../support/given.ts'
import { mcpOf, tell } from '../../support/mcp.ts'
import { soon } from '../../support/searching.ts'

interface Result {
  id: string
  title: string
  seq: number | null
  role: string | null
  found_in: string
}

const word = () => `w${crypto.randomUUID().slice(0, 8)}`

test('a conversation without a title is found by its words, one with a title by that, and both are read', async () => {
  const ann = await as.user()
  const [said, named] = [word(), word()]
  const untitled = await givenConversation(ann, {
    messages: [{ id: 'q', role: 'user', content: `Where is ${said}?` }],
  })
  const titled = await givenConversation(ann, { title: `About ${named}` })
  await soon(ann, said)
  await soon(ann, named)
  const client = await mcpOf(ann.headers)
  const search = async (query: string) =>
    (await tell<{ results: Result[] }>(client, 'search', { query })).data.results
  expect(await search(said)).toMatchObject([
    { id: `${untitled}/q`, title: 'Untitled conversation', seq: 1, role: 'user' },
  ])
  expect(await search(named)).toMatchObject([
    { id: titled, title: `About ${named}`, seq: null, role: null, found_in: 'title' },
  ])
  const fetched = async (id: string) =>
    (await tell<{ title: string; text: string }>(client, 'fetch', { id })).data
  expect(await fetched(`${untitled}/q`)).toMatchObject({ title: 'Untitled conversation' })
  expect((await fetched(untitled)).text).toContain(said)
  expect((await fetched(titled)).title).toBe(`About ${named}`)
})

test.each([
  ['search', { query: 'x', cursor: 'nonsense' }],
  ['search', { query: 'x', after: '2026-11-25T00:00:00Z', before: '2020-01-01T00:00:00Z' }],
  ['list_conversations', { cursor: 'nonsense' }],
  ['fetch', { id: 'nonsense' }],
  ['fetch', { id: `${crypto.randomUUID()}/m` }],
  ['read_conversation', { conversation_id: 'nonsense' }],
  ['read_conversation', { conversation_id: crypto.randomUUID() }],
])('%s says in words what is wrong with %j, or finds nothing', async (name, input) => {
  const client = await mcpOf((await as.user()).headers)
  const { isError, text, data } = await tell<{ results?: [] }>(client, name, input)
  expect(isError || data.results?.length === 0).toBe(true)
  expect(text).not.toBe('')
})
