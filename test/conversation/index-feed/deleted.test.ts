import { evictDurableObject } from 'cloudflare:test'
import { expect, test } from 'vitest'

import { type Client, append, at } from '../../support/api.ts'
import { problemOf } from '../../support/problems.ts'
import { eventually, evict, inStorage, underSettings } from '../../support/record.ts'
import {
  conversationsWith,
  foundBy,
  givenFound,
  indexOf,
  indexesDown as down,
  message,
  searchFor,
  soon,
  told,
  underIndex,
  wordsIn,
} from '../../support/searching.ts'

/** An index that reaches no conversation. */
const unreachable = conversationsWith(() => {
  throw new Error('Network connection lost.')
})

const deleted = (client: Client, id: string, messageId: string) =>
  client.delete(`${at(id)}/messages/${messageId}`)

test('a message that is deleted is not found from the answer on; the others are', async () => {
  const { ann, id, name } = await givenFound()
  await append(ann, id, [message('a kakapo too', 'n')])
  await eventually(async () => (await searchFor(ann, 'kakapo')).data.length === 3)
  await underIndex(name, unreachable)
  expect((await deleted(ann, id, 'm')).status).toBe(200)
  expect(foundBy((await searchFor(ann, 'kakapo')).data).toSorted()).toEqual([id, 'n'].toSorted())
})

test('a message that is deleted takes the title with it that was made of its words, at once', async () => {
  const { ann, id, name } = await givenFound()
  await inStorage(id, 'UPDATE conversation SET naming = 3')
  await evict(id)
  await underIndex(name, unreachable)
  expect((await deleted(ann, id, 'm')).status).toBe(200)
  expect((await searchFor(ann, 'kakapo')).data).toEqual([])
})

test('such a title is not shown with other finds either, and is found again if somebody gives it anew', async () => {
  const { ann, id, name } = await givenFound()
  await append(ann, id, [message('a kakapo too', 'n')])
  await soon(ann, 'kakapo', 3)
  await inStorage(id, 'UPDATE conversation SET naming = 3')
  await evict(id)
  await underIndex(name, unreachable)
  expect((await deleted(ann, id, 'm')).status).toBe(200)
  const shown = (await searchFor(ann, 'kakapo')).data.map(({ conversation }) => conversation.title)
  expect(shown).toEqual([null])
  expect((await ann.patch(at(id), { title: 'Kakapo' })).status).toBe(200)
  await evictDurableObject(indexOf(name))
  await soon(ann, 'kakapo', 2)
})

test('such a title is let go of though there is another one by the time that the index can be reached', async () => {
  const { ann, id, name } = await givenFound()
  await inStorage(id, 'UPDATE conversation SET naming = 3')
  await evict(id)
  await underSettings(id, down)
  expect((await deleted(ann, id, 'm')).status).toBe(503)
  expect((await ann.patch(at(id), { title: 'A parrot' })).status).toBe(200)
  await evict(id)
  await underIndex(name, unreachable)
  expect((await deleted(ann, id, 'm')).status).toBe(200)
  expect((await searchFor(ann, 'kakapo')).data).toEqual([])
  await evictDurableObject(indexOf(name))
  await soon(ann, 'parrot')
})

test('a message that is deleted has no answer until then, and has it when the index can be reached', async () => {
  const { ann, id, name } = await givenFound()
  await underSettings(id, down)
  const problem = await problemOf(deleted(ann, id, 'm'))
  expect(problem).toMatchObject({ status: 503, type: '/problems/try-again', retry_after: 5 })
  await evict(id)
  await underIndex(name, unreachable)
  expect((await deleted(ann, id, 'm')).status).toBe(200)
  expect(foundBy((await searchFor(ann, 'kakapo')).data)).toEqual([id])
})

test('a message that is deleted does not come back by an answer that was on its way', async () => {
  const { ann, id, name } = await givenFound()
  const arrived = Promise.withResolvers<void>()
  const going = Promise.withResolvers<void>()
  let answers = 0
  await underIndex(
    name,
    conversationsWith(async () => {
      arrived.resolve()
      await going.promise
      answers += 1
      // It hears of the deletion no other way than by being told.
      if (answers > 1) throw new Error('Network connection lost.')
    }),
  )
  await append(ann, id, [message('a kakapo more', 'late')])
  await told(id)
  const searching = searchFor(ann, 'kakapo')
  await arrived.promise
  expect((await deleted(ann, id, 'late')).status).toBe(200)
  going.resolve()
  expect(foundBy((await searching).data).toSorted()).toEqual([id, 'm'].toSorted())
  expect(foundBy((await searchFor(ann, 'kakapo')).data).toSorted()).toEqual([id, 'm'].toSorted())
})

test('a message that is deleted is let go of with all the rest if the index has other numbers', async () => {
  const { ann, id, name } = await givenFound()
  await indexOf(name).hide(id, 'another', [1], null)
  expect(await wordsIn(name)).toBe(0)
  await indexOf(name).hide(crypto.randomUUID(), 'another', [1], null)
  await indexOf(`user:${crypto.randomUUID()}`).hide(id, 'another', [1], null)
  // What the conversation still says is asked for anew.
  await soon(ann, 'kakapo', 2)
})
