import { randomBytes } from 'node:crypto'

import { userToken } from '../support/tokens.ts'
import { type Ask, call, callJson, drain } from './client.ts'
import { type Tally, quiet } from './counts.ts'
import type { Operation } from './rounds.ts'
import type { Runtime } from './runtime.ts'

const MIB = 1024 * 1024
/** MiB of a file. */
export const SIZES = [1, 8]

/** What a file takes at one step of its life. */
export interface FileBill {
  what: string
  objectRows: number
  d1Rows: number
  /** Requests to objects, alarms that were set included. */
  requests: number
  /** Requests to the bucket: those that write, and those that read. Deleting is free. */
  classA: number
  classB: number
}

/** One who uploads and reads, and a bare bucket beside them. */
export class Filing {
  readonly #runtime: Runtime
  readonly #headers: Record<string, string>
  /** Files of these sizes that are there to be read. */
  readonly #ids = new Map<number, string>()

  private constructor(runtime: Runtime, token: string) {
    this.#runtime = runtime
    this.#headers = { authorization: `Bearer ${token}` }
  }

  static async of(runtime: Runtime): Promise<Filing> {
    const filing = new Filing(runtime, await userToken('filer'))
    for (const size of SIZES) {
      filing.#ids.set(size, await filing.#upload(size))
      await filing.#put(size)
    }
    return filing
  }

  async #upload(size: number, place: 'hilo' | 'counted' = 'hilo'): Promise<string> {
    const url = new URL('/api/files', this.#runtime.url(place))
    const headers = { ...this.#headers, 'hilo-file-name': 'bench.bin' }
    const { id } = await callJson<{ id: string }>({
      url,
      method: 'POST',
      headers,
      bytes: fresh(size * MIB),
    })
    return id
  }

  #read = (size: number) =>
    whole(size, {
      url: new URL(`/api/files/${this.#ids.get(size)}/content`, this.#runtime.url('hilo')),
      headers: this.#headers,
    })

  #put = (size: number) => call({ url: this.#bare(size), method: 'PUT', bytes: fresh(size * MIB) })

  #get = (size: number) => whole(size, { url: this.#bare(size) })

  #bare = (size: number) => new URL(`/${size}`, this.#runtime.url('bucket'))

  /** Each upload and download, and a bare bucket's beside it. */
  operations(): Operation[] {
    return SIZES.flatMap((size) => [
      { name: `upload, MiB ${size}`, once: async () => void (await this.#upload(size)) },
      { name: `bare upload, MiB ${size}`, once: async () => void (await this.#put(size)) },
      { name: `download, MiB ${size}`, once: () => this.#read(size) },
      { name: `bare download, MiB ${size}`, once: () => this.#get(size) },
    ])
  }

  /** What a small file costs, from its upload to its end. */
  async bills(): Promise<FileBill[]> {
    const place = this.#runtime.url('counted')
    const ask = (path: string, method = 'GET', body?: unknown) =>
      call({
        url: new URL(path, place),
        method,
        headers: this.#headers,
        ...(body !== undefined && { body }),
      })
    const bills: FileBill[] = []
    const count = async (what: string, once: (n: number) => Promise<unknown>) => {
      await quiet()
      await ask('/tally')
      for (let n = 0; n < FILES; n += 1) await once(n)
      await quiet()
      const used = JSON.parse(await ask('/tally')) as Tally
      bills.push({
        what,
        objectRows: (used.object_written + used.alarms) / FILES,
        d1Rows: used.d1_written / FILES,
        requests: (used.object_calls + used.file_calls + used.alarms) / FILES,
        classA: used.bucket_a / FILES,
        classB: used.bucket_b / FILES,
      })
    }
    const ids: string[] = []
    const conversations: string[] = []
    for (let n = 0; n < FILES * 2; n += 1) {
      const made = JSON.parse(await ask('/api/conversations', 'POST', {})) as { id: string }
      conversations.push(made.id)
    }
    const say = (n: number, part: object) => {
      const parts = [{ type: 'text', text: 'Look' }, part]
      const body = { messages: [{ role: 'user', parts }] }
      return ask(`/api/conversations/${conversations[n]}/messages`, 'POST', body)
    }
    await count('uploaded', async () => void ids.push(await this.#upload(1, 'counted')))
    await count('read', (n) => ask(`/api/files/${ids[n]}/content`))
    await count('named by a message', (n) => say(n, { type: 'file', file: { file_id: ids[n] } }))
    await count('(a message without)', (n) => say(n + FILES, { type: 'text', text: 'There' }))
    await count('erased with its conversation', (n) =>
      ask(`/api/conversations/${conversations[n]}/erase`, 'POST'),
    )
    await count('(a conversation without)', (n) =>
      ask(`/api/conversations/${conversations[n + FILES]}/erase`, 'POST'),
    )
    return bills
  }
}

async function whole(size: number, ask: Ask): Promise<void> {
  const length = await drain(ask)
  if (length !== size * MIB) throw new Error(`${ask.url.href}: ${length} bytes`)
}

/** How many files are counted. */
const FILES = 5

/** Bytes that nobody has yet, the most of them the same: a random megabyte takes longer than its upload. */
const rest = randomBytes(8 * MIB)
function fresh(length: number): Buffer {
  const bytes = Buffer.from(rest.subarray(0, length))
  randomBytes(32).copy(bytes)
  return bytes
}
