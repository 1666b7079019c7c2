import { runInDurableObject } from 'cloudflare:test'
import { expect, onTestFinished, test } from 'vitest'

import { makeTables, migrate, steps } from '../../../src/conversation/log/schema.ts'
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

test('makes at once for a new object what the steps make one after the other', async () => {
  const made = (make: (storage: DurableObjectStorage) => void) =>
    inObject(crypto.randomUUID(), (storage) => {
      make(storage)
      return schemaOf(storage)
    })
  const { schema_steps: _steps, ...atOnce } = await made(({ sql }) => makeTables(sql))
  const inSteps = await made(({ sql }) => {
    for (const step of steps) sql.exec(step)
  })
  expect(atOnce).toEqual(inSteps)
  expect(Object.keys(atOnce)).toContain('messages_branching')
})

test('makes what an object lacks of the tables that only some write in, when it wakes', async () => {
  const { ann, id } = await givenThree()
  const picture = { type: 'image', file_id: 'file_abc' }
  const named = [{ id: 'p', role: 'user', content: null, parts: [picture] }]
  expect((await ann.post(`${at(id)}/messages`, { messages: named })).status).toBe(201)
  const before: unknown = await (await ann.get(at(id))).json()
  const whole = await inObject(id, (storage) => {
    const schema = schemaOf(storage)
    const rest = Object.keys(schema).filter(
      (name) => !['schema_steps', 'conversation', 'messages'].includes(name),
    )
    for (const name of rest.toReversed()) {
      const [, kind] = /^CREATE (\w+)/.exec(schema[name] ?? '') ?? []
      storage.sql.exec(`DROP ${kind} IF EXISTS ${name}`)
    }
    expect(Object.keys(schemaOf(storage))).toHaveLength(3)
    return schema
  })
  await evict(id)
  expect(await (await ann.get(at(id))).json()).toEqual(before)
  expect(await inObject(id, schemaOf)).toEqual(whole)
  expect(await inStorage(id, 'SELECT * FROM files')).toEqual([{ file_id: 'file_abc', seq: 4 }])
  expect((await ann.post(`${at(id)}/messages`, { messages: userMessages(1, 5) })).status).toBe(201)
})
