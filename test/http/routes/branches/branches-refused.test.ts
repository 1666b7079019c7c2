import { expect, test } from 'vitest'

import { append, as, at, bodyOf, read } from '../../../support/api.ts'
import { givenTwoBranches, said } from '../../../support/branches.ts'
import { givenConversation } from '../../../support/given.ts'
import { pointersOf, problemOf } from '../../../support/problems.ts'

test('refused: a parent that is not in the conversation: nothing is stored', async () => {
  const { ann, id } = await givenTwoBranches()
  for (const path of ['messages', 'continue']) {
    const body = { messages: [said('m9')], parent_id: 'nowhere' }
    const problem = await problemOf(ann.post(`${at(id)}/${path}`, body))
    expect(problem.errors).toMatchObject([{ pointer: '/parent_id' }])
  }
  expect((await read(ann, id)).message_count).toBe(5)
})

test('refused: a parent in a conversation of somebody else is not in this one', async () => {
  const { ann, id } = await givenTwoBranches()
  const other = await givenConversation(await as.user(), { messages: [said('theirs')] })
  expect(other).toBeDefined()
  await problemOf(append(ann, id, [said('m9')], { parent_id: 'theirs' }))
  await problemOf(ann.patch(at(id), { head_id: 'theirs' }))
  await problemOf(ann.get(`${at(id)}/messages?branch=theirs`))
})

test('refused: a result beneath a message that is not below its call', async () => {
  const staff = as.service('backend', 'user:u-branches')
  const ann = await as.user('u-branches')
  const id = await givenConversation(ann)
  const calls = [{ id: 'c1', type: 'function', function: { name: 'look', arguments: '{}' } }]
  await append(ann, id, [said('q')])
  await append(staff, id, [{ id: 'a', role: 'assistant', tool_calls: calls }])
  const result = { id: 'r', role: 'tool', content: 'found', tool_call_id: 'c1' }
  const problem = await problemOf(append(ann, id, [result], { parent_id: 'q' }))
  expect(problem.errors).toMatchObject([{ pointer: '/messages/0/tool_call_id' }])
  // The head is where the call waits, also after the conversation went elsewhere and came back.
  await append(ann, id, [said('qb')], { parent_id: null })
  await problemOf(append(ann, id, [result]))
  await ann.patch(at(id), { head_id: 'q' })
  expect((await append(ann, id, [result])).status).toBe(201)
})

test('refused: a cursor of another branch, which would leave messages out', async () => {
  const { ann, id } = await givenTwoBranches()
  const page = (query: string) => ann.get(`${at(id)}/messages?limit=1&${query}`)
  const cursorOf = async (query: string) =>
    (await bodyOf<{ next_cursor: string }>(page(query))).next_cursor
  const [all, m3] = [await cursorOf('branch=all'), await cursorOf('branch=m3')]
  for (const query of [
    `cursor=${all}`,
    `branch=m3&cursor=${all}`,
    `branch=m2b&cursor=${m3}`,
    `branch=all&cursor=${m3}`,
  ]) {
    expect(pointersOf(await problemOf(page(query)))).toEqual(['?branch'])
  }
  expect((await page(`branch=all&cursor=${all}`)).status).toBe(200)
  expect((await page(`branch=m3&cursor=${m3}`)).status).toBe(200)
  // One from before there were branches goes on with the head's line.
  const old = btoa(JSON.stringify(['m', 'asc', 1])).replace(/=+$/, '')
  expect((await page(`cursor=${old}`)).status).toBe(200)
})

test.each(['head', 'all'])('refused: an id that has a meaning of its own: %s', async (name) => {
  const { ann, id } = await givenTwoBranches()
  expect(pointersOf(await problemOf(append(ann, id, [said(name)])))).toEqual(['/messages/0/id'])
  const asked = ann.post(`${at(id)}/continue`, { parent_id: 'm1', reply_id: name })
  expect(pointersOf(await problemOf(asked))).toEqual(['/reply_id'])
})
