import { runInDurableObject } from 'cloudflare:test'
import { expect, onTestFinished, test } from 'vitest'

import { makeTables, migrate, steps } from '../../../src/conversation/log/schema.ts'
import { Tables, type SeldomTable, seldomTables } from '../../../src/conversation/log/tables.ts'
import { Transactions } from '../../../src/conversation/log/transactions.ts'
import { as, at } from '../../support/api.ts'
import { givenConversation, objectOf, userMessages } from '../../support/given.ts'
import { evict, inRecord, inStorage } from '../../support/record.ts'

const ADDED = [
  `ALTER TABLE messages ADD COLUMN mood TEXT NOT NULL DEFAULT 'calm'`,
  `CREATE TABLE notes (id TEXT PRIMARY KEY); INSERT INTO notes VALUES ('made');`,
]

/** Deploys a version whose log has further steps, until the test ends. */
function deploy(...added: string[]): void {
  const mutable = steps as string[]
  const before = mutable.length
  mutable.push(...added)
  onTestFinished(() => {
    mutable.length = before
  })
}

const inObject = <T>(id: string, work: (storage: DurableObjectStorage) => T) =>
  runInDurableObject(objectOf(id), (_, { storage }) => work(storage))

const seldom = Object.keys(seldomTables) as SeldomTable[]

const tablesOf = (storage: DurableObjectStorage) =>
  new Tables(storage.sql, new Transactions(storage, 'any'))

async function givenThree() {
  const ann = await as.user()
  const id = await givenConversation(ann, { title: 'T', messages: userMessages(3) })
  return { ann, id, before: await (await ann.get(at(id))).json() }
}

test('brings an object of an older version up to date when it wakes, its data intact', async () => {
  const { ann, id, before } = await givenThree()
  deploy(...ADDED)
  await evict(id)
  expect(await (await ann.get(at(id))).json()).toEqual(before)
  const moods = await inStorage(id, 'SELECT seq, mood FROM messages ORDER BY seq')
  expect(moods).toEqual([1, 2, 3].map((seq) => ({ seq, mood: 'calm' })))
  expect(await inStorage(id, 'SELECT done FROM schema_steps')).toEqual([{ done: steps.length }])
  expect((await ann.post(`${at(id)}/messages`, { messages: userMessages(1, 4) })).status).toBe(201)
  await inRecord(id, 4)
})

test('runs each step once, however often the object wakes', async () => {
  const { id } = await givenThree()
  deploy(...ADDED)
  for (let time = 1; time <= 3; time += 1) {
    await evict(id)
    expect(await inStorage(id, 'SELECT id FROM notes')).toEqual([{ id: 'made' }])
  }
})

test('makes a new object with all of the steps', async () => {
  deploy(...ADDED)
  const { id } = await givenThree()
  expect(await inStorage(id, 'SELECT DISTINCT mood FROM messages')).toEqual([{ mood: 'calm' }])
  expect(await inStorage(id, 'SELECT done FROM schema_steps')).toEqual([{ done: steps.length }])
})

test('takes all of the steps back when one of them fails', async () => {
  const { ann, id, before } = await givenThree()
  const failing = [...steps, ADDED[1]!, 'ALTER TABLE missing ADD COLUMN mood TEXT']
  await inObject(id, (storage) => {
    expect(() => migrate(storage, failing)).toThrow(/no such table/)
  })
  expect(await inStorage(id, 'SELECT done FROM schema_steps')).toEqual([{ done: steps.length }])
  const notes = await inStorage(id, `SELECT name FROM sqlite_master WHERE name = 'notes'`)
  expect(notes).toEqual([])
  expect(await (await ann.get(at(id))).json()).toEqual(before)
})

test('leaves an object alone that a newer version made', async () => {
  const { ann, id, before } = await givenThree()
  await inObject(id, (storage) => migrate(storage, [...steps, ...ADDED]))
  await evict(id)
  expect(await (await ann.get(at(id))).json()).toEqual(before)
  const done = await inStorage(id, 'SELECT done FROM schema_steps')
  expect(done).toEqual([{ done: steps.length + ADDED.length }])
})

const schemaOf = ({ sql }: DurableObjectStorage): Record<string, string> => {
  const all = sql.exec<{ name: string; sql: string }>(
    `SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE '\\_cf%' ESCAPE '\\'`,
  )
  const said = [...all].map(({ name, sql: made }) => [
    name,
    made.replaceAll(/\s+/g, ' ').replaceAll(/ ?([(),]) ?/g, '$1'),
  ])
  return Object.fromEntries(said) as Record<string, string>
}

const inSteps = ({ sql }: DurableObjectStorage): void => {
  for (const step of steps) sql.exec(step)
}

const schemaAfter = (make: (storage: DurableObjectStorage) => void) =>
  inObject(crypto.randomUUID(), (storage) => {
    make(storage)
    return schemaOf(storage)
  })

test('makes at once for a new object, and later when it is needed, what the steps make one after the other', async () => {
  const { schema_steps: _steps, ...made } = await schemaAfter((storage) => {
    makeTables(storage.sql)
    const tables = tablesOf(storage)
    for (const name of seldom) tables.made(name)
  })
  // It is empty, and only older versions know it.
  const { tickets: _tickets, ...stepped } = await schemaAfter(inSteps)
  expect(made).toEqual(stepped)
  expect(Object.keys(made)).toContain('messages_branching')
})

test('a conversation that only holds messages has no tables for anything else', async () => {
  const { id } = await givenThree()
  await inRecord(id, 3)
  // It can be searched.
  expect(await namesIn(id)).toEqual(['conversation', 'indexes', 'messages', 'schema_steps'])
  const empty = await givenConversation(await as.user())
  expect(await namesIn(empty)).toEqual(['conversation', 'messages', 'schema_steps'])
})

const namesIn = (id: string) => inObject(id, (storage) => Object.keys(schemaOf(storage)).toSorted())
const indexesIn = async (id: string) =>
  (await namesIn(id)).filter((name) => name.startsWith('messages_'))

test('messages of kinds that few have are found by indexes, made with the first of each', async () => {
  const sub = crypto.randomUUID()
  const [ann, backend] = [await as.user(sub), as.service('backend', `user:${sub}`)]
  const id = await givenConversation(ann, { messages: userMessages(3) })
  expect(await indexesIn(id)).toEqual([])
  const rule = [{ id: 'rule', role: 'system', content: 'Be brief.' }]
  expect((await backend.post(`${at(id)}/messages`, { messages: rule })).status).toBe(201)
  expect(await indexesIn(id)).toEqual(['messages_system'])
  const beside = { messages: userMessages(1, 5), parent_id: 'm2' }
  expect((await ann.post(`${at(id)}/messages`, beside)).status).toBe(201)
  expect(await indexesIn(id)).toEqual(['messages_branching', 'messages_system'])
  expect((await ann.delete(`${at(id)}/messages/m1`)).status).toBe(200)
  expect(await indexesIn(id)).toEqual(every)
})

const every = ['messages_branching', 'messages_changed', 'messages_system']

test('no index is made for many messages at once: a conversation that grows long has all of them before', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann, { messages: userMessages(49) })
  expect(await indexesIn(id)).toEqual([])
  expect((await ann.post(`${at(id)}/messages`, { messages: userMessages(1, 50) })).status).toBe(201)
  expect(await indexesIn(id)).toEqual(every)
})

test('a table that was made in what was undone is made once more', async () => {
  const { id } = await givenThree()
  await inObject(id, (storage) => {
    const transactions = new Transactions(storage, id)
    const tables = new Tables(storage.sql, transactions)
    const failing = () =>
      transactions.run(() => {
        tables.made('writing')
        expect(tables.ifThere('writing')).toBeDefined()
        throw new Error('disk I/O error')
      })
    expect(failing).toThrow('disk I/O error')
    expect(tables.ifThere('writing')).toBeUndefined()
    expect(tables.made('writing').exec('SELECT * FROM writing').toArray()).toEqual([])
  })
})
