import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'

import type { Conversation } from '../../src/contract/conversation.ts'
import type { List } from '../../src/contract/list.ts'
import type { Message } from '../../src/contract/message.ts'
import type { Host } from './host.ts'
import type { Measures } from './measures.ts'
import type { Talk } from './talk.ts'

/** A flush that failed again and again waits for up to about a minute before its next try. */
const QUIET_MS = 240_000

export interface Recorded {
  lastSeq: number
  messages: { seq: number; id: string; content: string; status: string }[]
}

/** Waits until no object owes anything. Returns how long that took, in ms. */
export async function quiet(host: Host, measures: Measures): Promise<number> {
  const began = Date.now()
  for (;;) {
    const owing = host.files('do').filter(isOwing).length
    const took = Date.now() - began
    if (owing === 0) return took
    if (took > QUIET_MS) {
      measures.break(`after ${QUIET_MS / 1000} s, ${owing} conversations still owe something`)
      return took
    }
    await sleep(1_000)
  }
}

function read<T>(file: string, query: (db: DatabaseSync) => T): T {
  const db = new DatabaseSync(file, { readOnly: true, timeout: 5_000 })
  try {
    return query(db)
  } finally {
    db.close()
  }
}

const hasTable = (db: DatabaseSync, name: string): boolean =>
  db.prepare(`SELECT 1 FROM sqlite_master WHERE name = ?`).get(name) !== undefined

/** Whether an object has something to do yet. That it owes the record something has no row of its own. */
const isOwing = (file: string): boolean =>
  unsent(file) !== null ||
  read(file, (db) => hasTable(db, 'due') && db.prepare('SELECT 1 FROM due').get() !== undefined)

/** In words, how an object's outbox differs from its log; null of one that is not a conversation's. */
const unsent = (file: string): string | null =>
  read(file, (db) => {
    if (!hasTable(db, 'conversation')) return null
    const head = db
      .prepare('SELECT id, last_seq, flushed_seq, version, flushed_version FROM conversation')
      .get()
    if (head === undefined) return `${file} has no conversation`
    const isSent =
      head['last_seq'] === head['flushed_seq'] && head['version'] === head['flushed_version']
    return isSent ? null : `${String(head['id'])}: its outbox is not empty`
  })

/** How far the record has each conversation. */
export function recordedSeqs(file: string): Map<string, number> {
  const rows = read(file, (db) => db.prepare('SELECT id, last_seq FROM conversations').all())
  return new Map(rows.map((row) => [String(row['id']), Number(row['last_seq'])]))
}

/** Holds what the clients were told against what is there: in the logs, the lists and the record. */
export async function verify(host: Host, talks: Talk[], measures: Measures): Promise<number> {
  const [d1 = ''] = host.files('d1')
  for (const file of host.files('do')) {
    const trouble = unsent(file)
    if (trouble !== null) measures.break(trouble)
  }
  const listed = new Map<string, number>()
  for (const talk of new Map(talks.map((one) => [one.owner, one])).values()) {
    for (const { id, message_count: count } of await everyPage<Conversation>(
      talk,
      '/api/conversations?status=all&limit=7',
    )) {
      if (listed.has(id)) measures.break(`${id}: listed twice`)
      listed.set(id, count)
    }
  }
  if (listed.size !== talks.length) {
    measures.break(`${listed.size} conversations are listed, there are ${talks.length}`)
  }
  let checked = 0
  for (const talk of talks) {
    const history = await everyPage<Message>(talk, `${talk.path}/messages?limit=200`)
    for (const fault of faultsOf(talk, history, listed.get(talk.id), recorded(d1, talk.id))) {
      measures.break(`${talk.id}: ${fault}`)
    }
    checked += history.length
  }
  return checked
}

function faultsOf(
  { ledger }: Talk,
  history: Message[],
  listed: number | undefined,
  record: Recorded,
): string[] {
  const faults: string[] = []
  const bySeq = new Map(history.map((message) => [message.seq, message]))
  for (const [index, message] of history.entries()) {
    if (message.seq !== index + 1) faults.push(`place ${index + 1} has number ${message.seq}`)
    if (!ledger.isOurs(message)) faults.push(`${message.seq} was never sent like that`)
  }
  if (new Set(history.map(({ id }) => id)).size < history.length)
    faults.push('an id is there twice')
  for (const told of ledger.messages()) {
    const there = bySeq.get(told.seq)
    if (there === undefined) faults.push(`${told.seq} was acknowledged and is not there`)
    else if (JSON.stringify(there) !== JSON.stringify(told)) {
      faults.push(`${told.seq} is not as acknowledged`)
    }
  }
  if (listed !== history.length) faults.push(`listed with ${listed} of ${history.length} messages`)
  const brief = history.map(({ seq, id, content, status }) => ({ seq, id, content, status }))
  if (record.lastSeq !== history.length) faults.push(`recorded up to ${record.lastSeq}`)
  if (JSON.stringify(record.messages) !== JSON.stringify(brief)) {
    faults.push('the record has other messages than the log')
  }
  return faults
}

const recorded = (file: string, id: string): Recorded =>
  read(file, (db) => ({
    lastSeq: Number(
      db.prepare('SELECT last_seq FROM conversations WHERE id = ?').get(id)?.['last_seq'],
    ),
    messages: db
      .prepare(
        'SELECT seq, id, content, status FROM messages WHERE conversation_id = ? ORDER BY seq',
      )
      .all(id) as unknown as Recorded['messages'],
  }))

async function everyPage<T>({ caller }: Talk, path: string): Promise<T[]> {
  const all: T[] = []
  for (let cursor: string | null = ''; cursor !== null;) {
    const at: string = cursor === '' ? path : `${path}&cursor=${cursor}`
    const { body } = await caller.ask<List<T>>('at the end', 'GET', at)
    all.push(...body.data)
    cursor = body.next_cursor
  }
  return all
}
