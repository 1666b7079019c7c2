import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'

import { type Client, append, as, at, bodyOf, read, sendWith } from '../../../support/api.ts'
import { asLines, exported } from '../../../support/given-exports.ts'
import { givenConversation, userMessages } from '../../../support/given.ts'
import { type ImportAnswer } from '../../../support/importing.ts'
import { asBefore } from '../../../support/older.ts'
import { problemOf } from '../../../support/problems.ts'
import {
  eventually,
  evict,
  inRecord,
  inStorage,
  rowOf,
  underSettings,
} from '../../../support/record.ts'
import { historyOf, proceed, turnOf } from '../../../support/turns.ts'
import { aVisitor, logIn } from '../../../support/visitors.ts'

const ONE = { MAX_MB_PER_OWNER: '1' }

const usageOf = (owner: string) =>
  env.DB.prepare('SELECT blocks FROM owner_usage WHERE owner = ?').bind(owner).first('blocks')

const large = (id: string, kilobytes: number) => ({
  id,
  role: 'user',
  content: 'ñ'.repeat(kilobytes * 512),
})

async function aUser() {
  const id = crypto.randomUUID()
  return { id, owner: `user:${id}`, client: await as.user(id) }
}

/** A conversation of 1.2 MB, and its owner. */
async function givenFull() {
  const user = await aUser()
  const id = await givenConversation(user.client)
  for (let n = 0; n < 5; n += 1) await append(user.client, id, [large(`m${n}`, 240)])
  await inRecord(id, 5)
  await underSettings(id, ONE)
  return { ...user, id: id }
}

const createUnder = (client: Client, settings: Partial<Env>, body: object = {}) =>
  sendWith(settings, '/api/conversations', {
    method: 'POST',
    headers: { ...client.headers, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })

test('the record counts what each owner has, in blocks of 16 KiB', async () => {
  const { owner, client } = await aUser()
  const id = await givenConversation(client)
  expect(await usageOf(owner)).toBe(1)
  await append(client, id, userMessages(3))
  await inRecord(id, 3)
  expect(await usageOf(owner)).toBe(1)
  await append(client, id, [large('l', 100)])
  await inRecord(id, 4)
  expect(await usageOf(owner)).toBe(1 + Math.floor((100 * 1024) / 16_384))
  await givenConversation(client)
  expect(await usageOf(owner)).toBe(8)
  await client.post(`${at(id)}/erase`)
  expect(await usageOf(owner)).toBe(1)
  await client.post('/api/erase', {})
  // Nothing is left of who has nothing.
  expect(await usageOf(owner)).toBeNull()
})

test('what a session has becomes the user’s', async () => {
  const visitor = await aVisitor()
  const id = await givenConversation(visitor.client, { messages: [large('l', 40)] })
  await inRecord(id, 1)
  expect(await usageOf(`session:${visitor.id}`)).toBe(3)
  const user = crypto.randomUUID()
  await logIn(visitor.token, user)
  await eventually(async () => (await usageOf(`user:${user}`)) === 3)
  expect(await usageOf(`session:${visitor.id}`)).toBeNull()
})

test('an owner who has as much as they may is told so, and nothing is stored', async () => {
  const { client, id } = await givenFull()
  const problem = await problemOf(append(client, id, [large('more', 1)]))
  expect(problem).toMatchObject({ type: '/problems/over-quota', status: 413 })
  expect(problem.detail).toMatch(/take up 1\.\d MB of 1 MB\. Nothing of this request was stored/)
  expect((await proceed(client, id, turnOf('over-quota'))).status).toBe(413)
  expect((await createUnder(client, ONE)).status).toBe(413)
  expect(await read(client, id)).toMatchObject({ message_count: 5 })
  // What is there stays readable, and what stands already is no new message.
  expect(await historyOf(client, id)).toHaveLength(5)
  expect((await append(client, id, [large('m0', 240)])).status).toBe(200)
  expect((await createUnder(client, ONE, { id })).status).toBe(200)
  // It holds after a restart too, and does not hold for anybody else.
  await evict(id)
  await underSettings(id, ONE)
  expect((await append(client, id, [large('more', 1)])).status).toBe(413)
  expect((await createUnder(await as.user(), ONE)).status).toBe(201)
})

test('an owner who erases something can go on', async () => {
  const { client, id } = await givenFull()
  const other = await givenConversation(client)
  await append(client, other, userMessages(1))
  await inRecord(other, 1)
  await underSettings(other, ONE)
  expect((await append(client, other, userMessages(1, 2))).status).toBe(413)
  await client.post(`${at(id)}/erase`)
  await eventually(async () => {
    await append(client, other, userMessages(1, 2))
    return (await read(client, other)).message_count === 2
  })
  expect(await historyOf(client, other)).toHaveLength(2)
})

test('an import stops when the owner has as much as they may, and says which did not come in', async () => {
  const { client, owner } = await aUser()
  const one = () =>
    exported({ messages: [{ content: 'x'.repeat(200_000) }, { content: 'y'.repeat(200_000) }] })
  const file = await asLines([one(), one(), one(), one(), one()])
  const importing = async () => {
    const response = await sendWith(ONE, '/api/import', {
      method: 'POST',
      headers: { ...client.headers, 'content-type': 'application/x-ndjson' },
      body: file,
    })
    return bodyOf<ImportAnswer>(response)
  }
  const answer = await importing()
  expect([answer.imported, answer.failed]).toEqual([3, 2])
  expect(answer.errors[0]?.detail).toMatch(/take up 1\.\d MB of 1 MB/)
  await eventually(async () => Number(await usageOf(owner)) >= 64)
  const again = await importing()
  expect(again.imported).toBe(0)
})

test('a setting that is empty sets no bound', async () => {
  const { client, id } = await givenFull()
  await underSettings(id, { MAX_MB_PER_OWNER: '' })
  expect((await append(client, id, [large('more', 1)])).status).toBe(201)
})

test('an object of an older version knows its size once it wakes', async () => {
  const { client } = await aUser()
  const id = await givenConversation(client, { messages: [large('l', 100)] })
  await inRecord(id, 1)
  const [before] = await inStorage(id, 'SELECT bytes FROM conversation')
  await asBefore(id, 'bytes')
  await evict(id)
  await read(client, id)
  expect(await inStorage(id, 'SELECT bytes FROM conversation')).toEqual([before])
  expect(Number((await rowOf(id))?.['bytes'])).toBeGreaterThan(100 * 1024)
})
