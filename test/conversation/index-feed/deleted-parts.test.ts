import { expect, test } from 'vitest'

import { append, as, at, bodyOf } from '../../support/api.ts'
import { givenConversation } from '../../support/given.ts'
import { evict, inStorage, underSettings } from '../../support/record.ts'
import {
  conversationsWith,
  found,
  givenFound,
  indexesDown as down,
  indexesWith,
  soon,
  told,
  underIndex,
} from '../../support/searching.ts'

/** Somebody's message that is two items: what it says, and a call. */
async function givenItems() {
  const owner = crypto.randomUUID()
  const backend = as.service('privacy', `user:${owner}`)
  const ann = await as.user(owner)
  const id = await givenConversation(backend)
  const look = { id: 'c', type: 'function', function: { name: 'look', arguments: '{}' } }
  const reply = { id: 'm', role: 'assistant', content: 'a kakapo', tool_calls: [look] }
  expect((await append(backend, id, [reply])).status).toBe(201)
  await soon(ann, 'kakapo')
  const path = `/v1/conversations/${id}/items`
  const { data } = await bodyOf<{ data: { id: string }[] }>(backend.get(`${path}?order=asc`))
  const [words, call] = data.map((item) => `${path}/${item.id}`)
  return { ann, backend, id, name: `user:${owner}`, words: words!, call: call! }
}

/** An index that lets go of what was deleted only after this. */
const letsGoAfter = (id: string, work: () => Promise<unknown>) =>
  underSettings(
    id,
    indexesWith(async (method) => {
      if (method === 'hide') await work()
    }),
  )

test('what is left of a message is found, also if the index had that before it let go', async () => {
  const { ann, backend, id, call } = await givenItems()
  await letsGoAfter(id, async () => {
    await told(id)
    expect(await found(ann, 'kakapo')).toEqual(['m'])
  })
  expect((await backend.delete(call)).status).toBe(200)
  expect(await found(ann, 'kakapo')).toEqual(['m'])
})

test('a title is found that was given before the index let go of the one before it', async () => {
  const { ann, id } = await givenFound()
  await inStorage(id, 'UPDATE conversation SET naming = 3')
  await evict(id)
  await letsGoAfter(id, async () => {
    expect((await ann.patch(at(id), { title: 'A parrot' })).status).toBe(200)
    await told(id)
    expect(await found(ann, 'parrot')).toEqual([id])
  })
  expect((await ann.delete(`${at(id)}/messages/m`)).status).toBe(200)
  expect(await found(ann, 'parrot')).toEqual([id])
})

const again = { 'x-stainless-retry-count': '1' }

test.each([
  ['the last of its message', ['call', 'words']],
  ['one of several', ['call']],
] as const)(
  'an item is said to be deleted once it is not found any more, as a whole message is: %s',
  async (_, [...items]) => {
    const given = await givenItems()
    const { ann, backend, id, name } = given
    const item = given[items.pop() ?? 'call']
    for (const one of items) await backend.delete(given[one])
    await soon(ann, 'kakapo')
    await underSettings(id, down)
    expect((await backend.delete(item)).status).toBe(503)
    expect((await backend.request('DELETE', item, undefined, again)).status).toBe(503)
    await evict(id)
    await underIndex(
      name,
      conversationsWith(() => {
        throw new Error('Network connection lost.')
      }),
    )
    expect((await backend.request('DELETE', item, undefined, again)).status).toBe(200)
    expect(await found(ann, 'kakapo')).toEqual([])
  },
)
