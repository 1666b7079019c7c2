import { call, callJson } from './client.ts'
import { Client } from './hilo.ts'
import type { Bill } from './prices.ts'
import type { Runtime } from './runtime.ts'

export interface Tally {
  d1_read: number
  d1_written: number
  /** How long D1 worked, by its own clock. */
  d1_ms: number
  object_calls: number
  object_read: number
  object_written: number
  alarms: number
  /** Between conversations and indexes. */
  index_calls: number
  /** Of whoever counts files. */
  file_calls: number
  /** Requests to the bucket that write, and that read. */
  bucket_a: number
  bucket_b: number
  /** Rows of objects, by what wrote them. */
  written: Record<string, number>
}

/** Longer than a flush waits for company, and than a summary takes. */
export const quiet = () => new Promise((resolve) => setTimeout(resolve, 800))

/** What each operation is billed for, as Hilo's own code asks it of storages that keep count. */
export async function countAll(runtime: Runtime): Promise<Map<string, Bill>> {
  const ann = await Client.of(runtime, 'ann', 'counted')
  const tally = { url: new URL('/tally', runtime.url('counted')) }
  const ids = await Promise.all(Array.from({ length: 25 }, () => ann.conversationOf(12)))
  const some = ids.slice(0, 10)
  const bills = new Map<string, Bill>()
  const count = async (
    name: string,
    once: (id: string) => Promise<unknown>,
    { rounds = 1, objects = 1 } = {},
  ) => {
    await quiet()
    await call(tally)
    for (let round = 0; round < rounds; round += 1) {
      for (const id of some) await once(id)
      await quiet()
    }
    const used = await callJson<Tally>(tally)
    const times = rounds * some.length
    bills.set(name, {
      d1_read: used.d1_read / times,
      d1_written: used.d1_written / times,
      object_read: used.object_read / times,
      object_written: (used.object_written + used.alarms) / times,
      worker: 1,
      object: objects + (used.alarms + used.index_calls) / times,
      written: Object.entries(used.written).map(([what, rows]) => [what, rows / times]),
    })
  }
  // Titles, topics and the summary of what is there already come with the first turn.
  for (const id of ids) await ann.continue(id)
  // Ten messages, hence one summary each.
  await count('turn', ann.continue, { rounds: 5 })
  await count('turn without a summary', ann.continue, { rounds: 2 })
  await count('append of one message', (id) => ann.append(id))
  await count('append of ten messages', (id) => ann.append(id, 10))
  // Once somebody searches, what is said since goes into the index with the next search.
  await ann.search()
  await count('search', () => ann.search())
  const hundred = async (id: string) => {
    for (let n = 0; n < 10; n += 1) await ann.append(id, 10)
  }
  await count('append of a hundred messages, by ten', hundred, { objects: 10 })
  for (const [name, append, appends] of [
    ['append of ten messages, and a search', (id: string) => ann.append(id, 10), 1],
    ['append of a hundred messages, by ten, and a search', hundred, 10],
  ] as const) {
    const once = async (id: string) => {
      await append(id)
      await quiet()
      await ann.search()
    }
    // What was said before is another search's.
    await ann.search()
    await count(name, once, { objects: appends + 1 })
  }
  await count('context', ann.context)
  await count('page of 50 messages', (id) => ann.history(id))
  await count('list of 20 conversations', () => ann.list(), { objects: 0 })
  return bills
}
