import { expect, test } from 'vitest'

import { append, as, at, bodyOf } from '../../support/api.ts'
import { givenConversation } from '../../support/given.ts'
import { recordOf } from '../../support/record.ts'
import { historyOf } from '../../support/turns.ts'

interface Item {
  id: string
  type: string
}

const backend = as.service('privacy', `user:${crypto.randomUUID()}`)
const call = (id: string) => ({ id, type: 'function', function: { name: 'look', arguments: '{}' } })

/** A message that is four items. */
async function given() {
  const id = await givenConversation(backend)
  const reply = {
    id: 'm',
    role: 'assistant',
    parts: [
      { type: 'reasoning', text: 'Hidden thought', encrypted: 'secret' },
      { type: 'text', text: 'Spoken words' },
    ],
    tool_calls: [call('c1'), call('c2')],
    extra: { model: { wants: 'this back' }, mine: 1 },
  }
  expect((await append(backend, id, [reply])).status).toBe(201)
  const path = `/v1/conversations/${id}/items`
  const items = async () => (await bodyOf<{ data: Item[] }>(backend.get(`${path}?order=asc`))).data
  return { id, path, items }
}

test('of a message that is several items each is deleted by itself, and the others keep their ids', async () => {
  const { id, path, items } = await given()
  const [thought, words, first, second] = await items()
  expect([thought, words, first, second].map((item) => item!.type)).toEqual([
    'reasoning',
    'message',
    'function_call',
    'function_call',
  ])
  expect((await backend.delete(`${path}/${thought!.id}`)).status).toBe(200)
  expect(await items()).toEqual([words, first, second])
  const [message] = await historyOf(backend, id)
  expect(message).toMatchObject({ content: 'Spoken words', extra: { mine: 1 } })
  expect(JSON.stringify([message, await recordOf(id)])).not.toMatch(/Hidden|secret|wants/)
  expect((await backend.delete(`${path}/${first!.id}`)).status).toBe(200)
  expect(await items()).toEqual([words, second])
  expect((await historyOf(backend, id))[0]!.tool_calls).toEqual([call('c2')])
  expect((await backend.delete(`${path}/${words!.id}`)).status).toBe(200)
  expect(await items()).toEqual([second])
  expect(JSON.stringify([await historyOf(backend, id), await recordOf(id)])).not.toContain('Spoken')
  // The last one takes the message with it.
  expect((await backend.delete(`${path}/${second!.id}`)).status).toBe(200)
  expect(await items()).toEqual([])
  expect(await historyOf(backend, id)).toMatchObject([
    { id: 'm', status: 'deleted', tool_calls: null },
  ])
  expect((await backend.delete(`${path}/${second!.id}`)).status).toBe(404)
})

test('words that go alone leave what was thought, and what the endpoint wants back', async () => {
  const { id, path, items } = await given()
  const [thought, words, ...calls] = await items()
  expect((await backend.delete(`${path}/${words!.id}`)).status).toBe(200)
  expect(await items()).toEqual([thought, ...calls])
  expect(await historyOf(backend, id)).toMatchObject([
    {
      content: '',
      parts: [{ type: 'reasoning', text: 'Hidden thought' }],
      extra: { model: { wants: 'this back' }, mine: 1 },
    },
  ])
})

test('nothing of a message is deleted on hold, and two that delete at once both are', async () => {
  const { id, path, items } = await given()
  const all = await items()
  const holder = as.service('counsel')
  expect((await holder.patch(at(id), { hold: true })).status).toBe(200)
  expect((await backend.delete(`${path}/${all[0]!.id}`)).status).toBe(409)
  expect(await items()).toEqual(all)
  expect((await holder.patch(at(id), { hold: false })).status).toBe(200)
  const gone = await Promise.all(
    all.slice(0, 2).map((item) => backend.delete(`${path}/${item.id}`)),
  )
  expect(gone.map(({ status }) => status)).toEqual([200, 200])
  expect(await items()).toEqual(all.slice(2))
})
