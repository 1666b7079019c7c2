import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'

import type { Parts } from '../../src/conversation/parts.ts'
import { objectOf } from './given.ts'
import { ask } from './seldom.ts'

/** What D1 does to the next batches, and with how much ado. */
export interface FaultyD1 {
  /** Called with the number of the batch (from 1) before it is sent. Throw to fail before D1 has it. */
  before?: (batch: number) => void | Promise<void>
  /** Called after D1 has committed. Throw to lose the answer. */
  after?: (batch: number) => void | Promise<void>
  /** The same for every single query, with its number and its SQL. */
  beforeQuery?: (query: number, sql: string) => void | Promise<void>
  afterQuery?: (query: number, sql: string, meta: D1Meta) => void | Promise<void>
}

export interface Counts {
  batches: number
  queries: number
  /** Those that ran by themselves. */
  single: number
  /** Of the batches. */
  rowsRead: number
  /** UTF-8 bytes of the largest parameter of all. */
  largest: number
  /** The batches themselves, so that one can arrive a second time, or late. */
  sent: D1PreparedStatement[][]
}

/** A D1 that counts what is asked of it and fails as it is told to. */
export function faultyD1(
  real: D1Database,
  faults: FaultyD1 = {},
): { db: D1Database; counts: Counts } {
  const counts: Counts = {
    batches: 0,
    queries: 0,
    single: 0,
    rowsRead: 0,
    largest: 0,
    sent: [],
  }
  const db = new Proxy(real, {
    get(target, key) {
      if (key === 'batch') {
        return async (statements: D1PreparedStatement[]) => {
          counts.batches += 1
          counts.sent.push(statements)
          const batch = counts.batches
          await faults.before?.(batch)
          const result = await target.batch(statements)
          for (const { meta } of result) counts.rowsRead += meta.rows_read
          await faults.after?.(batch)
          return result
        }
      }
      if (key === 'prepare') {
        return (query: string) => {
          counts.queries += 1
          return measured(target.prepare(query), counts, faults, query)
        }
      }
      const value: unknown = Reflect.get(target, key)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  return { db, counts }
}

function measured(
  statement: D1PreparedStatement,
  counts: Counts,
  faults: FaultyD1,
  sql: string,
): D1PreparedStatement {
  const bind = statement.bind.bind(statement)
  statement.bind = (...values: unknown[]) => {
    for (const value of values) {
      counts.largest = Math.max(counts.largest, new TextEncoder().encode(String(value)).byteLength)
    }
    return faulty(bind(...values), counts, faults, sql)
  }
  return statement
}

// Only what runs by itself: a batch takes its statements as they are.
function faulty(
  statement: D1PreparedStatement,
  counts: Counts,
  { beforeQuery, afterQuery }: FaultyD1,
  sql: string,
): D1PreparedStatement {
  for (const key of ['run', 'all', 'raw'] as const) {
    const real = statement[key].bind(statement) as () => Promise<D1Result>
    const hooked = async () => {
      counts.single += 1
      const query = counts.single
      await beforeQuery?.(query, sql)
      const result = await real()
      await afterQuery?.(query, sql, result.meta)
      return result
    }
    Object.assign(statement, { [key]: hooked })
  }
  return statement
}

/** Puts a faulty D1 under a conversation's object; until it is evicted, or given back the real one. */
export async function underFaults(id: string, faults: FaultyD1 = {}): Promise<Counts> {
  const { db, counts } = faultyD1(env.DB, faults)
  await setD1(id, db)
  return counts
}

export const withRealD1 = (id: string): Promise<void> => setD1(id, env.DB)

const setD1 = (id: string, DB: D1Database): Promise<void> =>
  runInDurableObject(objectOf(id), (instance) => {
    const object = instance as unknown as { env: Env }
    object.env = { ...object.env, DB }
  })

/** Rings the object's alarm, if one is set, however far out it is. */
export const ring = (id: string): Promise<boolean> => runDurableObjectAlarm(objectOf(id))

/** What the record holds of a conversation's messages. */
export async function recordOf(id: string) {
  const { results } = await env.DB.prepare(
    'SELECT seq, id, content FROM messages WHERE conversation_id = ? ORDER BY seq',
  )
    .bind(id)
    .all<{ seq: number; id: string; content: string }>()
  return results
}

export const rowOf = (id: string) =>
  env.DB.prepare('SELECT * FROM conversations WHERE id = ?')
    .bind(id)
    .first<Record<string, unknown>>()

/** Waits until `holds` does, a little at a time. Throws after 10 s. */
export async function eventually(holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 10_000
  while (!(await holds())) {
    if (Date.now() > end) throw new Error('it never came true')
    await scheduler.wait(20)
  }
}

/** How long after the log came to imply a duty it is due. */
const BACKSTOP_MS = 30_000

/** What an object owes: the duties that have a row, and those that follow from what the log says. */
const owed = `SELECT kind, at, attempts FROM due UNION ALL
  SELECT kind, since + ${BACKSTOP_MS}, 0 FROM (
    SELECT 'flush' AS kind, pending_since AS since FROM conversation
      WHERE flushed_seq < last_seq OR flushed_version < version
    UNION ALL SELECT 'reply', begun ->> 'startedAt' FROM conversation WHERE begun IS NOT NULL)
  WHERE kind NOT IN (SELECT kind FROM due) AND NOT EXISTS (SELECT 1 FROM erasure)
  ORDER BY kind`

export const dueIn = ({ sql }: DurableObjectStorage): Due[] => ask<Due>(sql, owed)

/** What the object owes, and when its one alarm goes off. */
export const dutiesOf = (id: string) =>
  runInDurableObject(objectOf(id), async (_, { storage }) => ({
    due: dueIn(storage),
    alarm: await storage.getAlarm(),
  }))

type Due = { kind: string; at: number; attempts: number }

/** Has an object look again at what its storage says of the conversation and its tables, which it remembers. */
export function lookAgain(instance: unknown): void {
  const { parts } = instance as { parts: Pick<Parts, 'log' | 'tables'> }
  ;(parts.log as unknown as { row: { forget: () => void } }).row.forget()
  parts.tables.forget()
}

/** Changes an object's own storage behind its back. */
export const inStorage = (id: string, statement: string, ...values: SqlStorageValue[]) =>
  runInDurableObject(objectOf(id), (instance, { storage }) => {
    const rows = ask(storage.sql, statement, ...values)
    lookAgain(instance)
    return rows
  })

/** What the object writes down of its running reply every second. */
export const writeDown = (id: string, text: string) =>
  inStorage(
    id,
    `INSERT OR REPLACE INTO reply (id, answers_seq, model, text, started_at)
     SELECT begun ->> 'id', begun ->> 'answersSeq', begun ->> 'model', ?, begun ->> 'startedAt' FROM conversation`,
    text,
  )

/** Lets the time pass until all that the object owes is due, and rings its alarm. */
export async function ringWhenDue(id: string): Promise<void> {
  await inStorage(id, 'UPDATE due SET at = 0')
  await inStorage(id, `UPDATE conversation SET pending_since = pending_since - ${BACKSTOP_MS}`)
  await inStorage(
    id,
    `UPDATE conversation SET
       begun = json_set(begun, '$.startedAt', (begun ->> 'startedAt') - ${BACKSTOP_MS})
     WHERE begun IS NOT NULL`,
  ).catch(() => {
    // The tables are those of an older version.
  })
  await ring(id)
}

/** Lets so much time pass after an erasure that no write can be under way any more, and rings the alarm. */
export async function wipeWhenDue(id: string): Promise<void> {
  await inStorage(id, 'UPDATE erasure SET requested_at = 0')
  await ringWhenDue(id)
}

/** What an object has in its storage. */
export const storedIn = (id: string) =>
  runInDurableObject(objectOf(id), async (_, { storage }) => ({
    tables: storage.sql
      .exec<{ name: string }>(
        `SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf\\_%' ESCAPE '\\'`,
      )
      .toArray()
      .map(({ name }) => name),
    alarm: await storage.getAlarm(),
  }))

/** Makes the record say that a conversation was last used at a certain time. */
export const updatedAt = (id: string, time = 0, isActive = true) =>
  env.DB.prepare(
    'UPDATE conversations SET updated_at = ?1, quiet_since = ?1, is_active = ?2 WHERE id = ?3',
  )
    .bind(time, Number(isActive), id)
    .run()

/** Changes settings for a conversation's object, until it is evicted. */
export const underSettings = (id: string, settings: Partial<Env>): Promise<void> =>
  runInDurableObject(objectOf(id), (instance) => {
    const object = instance as unknown as { env: Env }
    object.env = { ...object.env, ...settings }
  })

/** Has the object leave memory; the next one that is asked starts from its storage, with the real D1. */
export const evict = (id: string) => evictDurableObject(objectOf(id))

/** Waits until the record has so many messages of a conversation, and nothing is owed any more. */
export async function inRecord(id: string, count: number): Promise<void> {
  await eventually(async () => (await rowOf(id))?.['last_seq'] === count)
  await eventually(async () => (await dutiesOf(id)).due.length === 0)
}

/** A failure as D1 reports one. */
export const d1Error = (message: string): Error => new Error(`D1_ERROR: ${message}`)
