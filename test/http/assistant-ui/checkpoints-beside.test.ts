import { afterAll, beforeAll, expect, test, vi } from 'vitest'

import { append, at } from '../../support/api.ts'
import { givenThread, openFrontDoor, refused, said } from '../../support/assistant-cloud.ts'
import { network as model } from '../../support/network.ts'
import { eventually, inStorage, ringWhenDue } from '../../support/record.ts'

beforeAll(() => openFrontDoor())
afterAll(() => vi.unstubAllGlobals())

const format = 'aui/v0'
const part = (text: string) =>
  said('assistant', text, { status: { type: 'incomplete', reason: 'cancelled' } })
const open = (id: string, text: string) => ({
  parent_id: null,
  format,
  content: part(text),
  open_run: true as const,
  external_id: id,
})

test('while a reply runs nothing is begun, ended, noted or answered, and all of it can be afterwards', async () => {
  const { cloud, id, ann, stored, messages } = await givenThread()
  await messages.create(id, {
    parent_id: null,
    format,
    content: said('user', 'Hi'),
    external_id: 'u1',
  })
  const { open_run: _, ...ended } = open('a1', 'Done')
  const whole = { ...ended, parent_id: 'u1' }
  await messages.create(id, whole)
  await messages.create(id, open('b1', 'One'))
  const key = `k${crypto.randomUUID()}`
  await model.script(key, [{ text: 'Slowly' }, { gate: key }, { finish: 'stop' }] as never)
  const asking = ann.post(`${at(id)}/continue`, {
    messages: [{ id: 'u2', role: 'user', content: `Hello #${key}` }],
  })
  await eventually(async () => (await ann.get(`${at(id)}/stream`)).status === 200)
  const before = (await stored()).map((one) => [one.id, one.content])
  const calls = () => [
    messages.create(id, open('c1', 'New')),
    messages.create(id, { ...ended, external_id: 'b1', content: part('One two') }),
    messages.create(id, {
      parent_id: 'b1',
      format,
      content: said('user', 'Wait'),
      external_id: 'w1',
    }),
    messages.update(id, 'a1', { content: part('Done and more') }),
    messages.feedback(id, 'b1', { type: 'positive' }),
  ]
  for (const call of calls()) {
    expect(await refused(call)).toMatchObject({ status: 409, code: 'conversation_busy' })
  }
  expect((await stored()).map((one) => [one.id, one.content])).toEqual(before)
  await model.open(key)
  expect((await asking).status).toBe(200)
  for (const call of calls()) expect(await refused(call)).toBeNull()
  const now = Object.fromEntries((await stored()).map((one) => [one.id, one.content]))
  expect(now).toMatchObject({ a1: 'Done and more', b1: 'One two', w1: 'Wait' })
  await cloud.threads.runs.end(id, 'c1')
  expect((await stored()).at(-1)).toMatchObject({ id: 'c1', content: 'New' })
})

test('what is in writing is not lost if somebody else’s message has its id by then', async () => {
  const { id, ann, stored, messages } = await givenThread()
  await messages.create(id, open('a1', 'Of the client'))
  const other = { id: 'a1', role: 'user', content: 'Of another' }
  expect((await append(ann, id, [other])).status).toBe(201)
  await inStorage(id, 'UPDATE writing SET heard_at = 0')
  await ringWhenDue(id)
  const all = await stored()
  expect(all.map((one) => one.content).toSorted()).toEqual(['Of another', 'Of the client'])
  expect(new Set(all.map((one) => one.id)).size).toBe(2)
})

test('a message in writing keeps its role, and has no more scores than fit', async () => {
  const { cloud, id, messages } = await givenThread()
  const { message_id, run } = await messages.create(id, open('a1', 'One'))
  const turned = { content: said('user', 'One'), lease_id: run?.lease_id }
  expect(await refused(messages.update(id, message_id, turned))).toMatchObject({ status: 409 })
  const score = (n: number) =>
    cloud.scores.create({
      name: `s${n}`,
      data_type: 'boolean',
      value: true,
      thread_id: id,
      message_id,
    })
  const all: (number | undefined)[] = []
  for (let n = 0; n < 40 && all.at(-1) !== 422; n += 1) all.push((await refused(score(n)))?.status)
  expect(all.at(-1)).toBe(422)
  // One that is there already counts no more.
  expect(await refused(score(0))).toBeNull()
})
