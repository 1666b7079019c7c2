import { isDeeper } from '../../contract/depth.ts'
import type { ImportSource, ImportedConversation } from '../../contract/import.ts'
import { IMPORT_DEPTH } from '../../contract/limits.ts'
import type { Found, KnownFile } from './found.ts'
import { type Held, Holding } from './holding.ts'
import { tooDeep } from './limits.ts'
import type { FilesBeside } from './parts.ts'
import { chatOf, gatheredIn, isLeftOut, manyIn, recognise } from './recognise.ts'
import { settle } from './settle.ts'
import { isUnread, unreadIn } from './unread.ts'
import { type Fields, fieldsOf, idOf, isFields } from './values.ts'

/** The place of a conversation in its file. */
export interface Place {
  /** Its number among the conversations, from 0. */
  index: number
  /** From 1, if the file is one of lines. */
  line: number | null
  /** The byte at which it begins. */
  offset: number
}

export type Reading =
  | {
      kind: 'conversation'
      place: Place
      bytes: number
      conversation: ImportedConversation
      /** What its messages name by ids that stand for it, and is to be a file. */
      held: Map<string, Held>
      /** What is told of files that messages name, by the ids that another Hilo gave them. */
      known: Map<string, KnownFile>
    }
  | { kind: 'failed'; place: Place; sourceId: string | null; detail: string }
  /** Nothing of the file can be read, or nothing more. */
  | { kind: 'unreadable'; detail: string }
  | { kind: 'end'; source: ImportSource | null; isComplete: boolean; warnings: string[] }

export interface ReadingOptions {
  /** The first conversation that is wanted. */
  from: number
  now: number
  /** Whether there is somewhere to keep files. */
  keepsFiles?: boolean
  /** Of a file in an archive with others. */
  beside?: FilesBeside
}

/** How many messages that had to be mended are told of. */
const MENDED = 100

// A byte order mark may begin a file; the first bytes are looked at before.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

type Parsed = { ok: true; value: unknown } | { ok: false; detail: string }

export function parsed(bytes: Uint8Array): Parsed {
  let text: string
  try {
    text = decoder.decode(bytes)
  } catch {
    return { ok: false, detail: 'Not encoded as UTF-8' }
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { ok: false, detail: 'Not valid JSON' }
  }
  return isDeeper(value, IMPORT_DEPTH) ? { ok: false, detail: tooDeep } : { ok: true, value }
}

/** Makes conversations of what is found in a file, and counts them. */
export class Reader {
  readonly #options: ReadingOptions
  source: ImportSource | null = null
  count = 0
  #empty = 0
  #leftOut = 0
  readonly #mended: string[] = []

  constructor(options: ReadingOptions) {
    this.#options = options
  }

  /** The place of the next conversation. */
  next(offset: number, line: number | null = null): Place {
    const place = { index: this.count, line, offset }
    this.count += 1
    return place
  }

  /** What is odd about the conversations that were read. */
  get warnings(): string[] {
    return [
      ...counted(
        this.#empty,
        'conversation holds',
        'conversations hold',
        'no message that can be shown.',
      ),
      ...counted(
        this.#leftOut,
        'activity is',
        'activities are',
        'left out: nobody said anything there.',
      ),
      ...this.#mended,
    ]
  }

  async read(place: Place, bytes: Uint8Array): Promise<Reading[]> {
    if (place.index < this.#options.from) return []
    const json = parsed(bytes)
    if (!json.ok) return [failed(place, null, json.detail)]
    return this.take(place, json.value, bytes)
  }

  /** The same of a document that is no element of a list: it may hold many. */
  async readDocument(place: Place, bytes: Uint8Array): Promise<Reading[]> {
    const json = parsed(bytes)
    const all = json.ok && isFields(json.value) ? manyIn(json.value) : null
    if (all === null) {
      return json.ok ? this.take(place, json.value, bytes) : this.read(place, bytes)
    }
    const readings: Reading[] = []
    for (const [index, one] of all.entries()) {
      const own = index === 0 ? place : this.next(place.offset)
      readings.push(...(await this.take(own, one, bytes.byteLength / all.length)))
    }
    return readings
  }

  /** @param bytes of it in the file */
  async take(place: Place, value: unknown, bytes: Uint8Array | number): Promise<Reading[]> {
    if (place.index < this.#options.from) return []
    // Some have a conversation as the list of its messages.
    if (Array.isArray(value) && value.length > 0 && value.every(isMessage)) {
      return this.take(place, gatheredIn(value, {}), bytes)
    }
    if (isFields(value) && isLeftOut(value)) {
      this.#leftOut += 1
      return []
    }
    const { beside, keepsFiles, now } = this.#options
    const read = isFields(value) ? recognise(value, beside) : null
    for (const name of beside?.missed() ?? []) {
      this.#mend(place, `${name} is not in the archive; its name is kept.`)
    }
    const holding = keepsFiles ? new Holding() : null
    const found =
      (read && holding && { ...read, messages: read.messages.map((one) => holding.on(one)) }) ||
      read
    if (found === null) return [failed(place, namedIn(value), unknownKind)]
    this.source ??= found.source
    if (isUnread(found)) return [failed(place, found.sourceId, unreadText)]
    const size = typeof bytes === 'number' ? bytes : bytes.byteLength
    const settled = settle(found, await fallbackId(found, value as Fields), now, holding)
    if (!settled.ok) return [failed(place, found.sourceId, settled.detail)]
    for (const mended of [...settled.mended, ...unreadIn(found)]) this.#mend(place, mended)
    // One of Hilo's own says itself how many messages it has.
    if (settled.conversation.messages.length === 0 && found.source !== 'hilo') this.#empty += 1
    const { conversation } = settled
    const held = holding?.files ?? new Map()
    return [
      {
        kind: 'conversation',
        place,
        bytes: size,
        conversation,
        held,
        known: found.known ?? new Map(),
      },
    ]
  }

  #mend(place: Place, mended: string): void {
    if (this.#mended.length < MENDED) this.#mended.push(`Conversation ${place.index}: ${mended}`)
  }
}

const isMessage = (value: unknown): value is Fields => isFields(value) && chatOf(value) !== null

const counted = (count: number, one: string, many: string, what: string): string[] =>
  count === 0 ? [] : [`${count} ${count === 1 ? one : many} ${what}`]

export const failed = (place: Place, sourceId: string | null, detail: string): Reading => ({
  kind: 'failed',
  place,
  sourceId,
  detail,
})

const unknownKind = 'Not a conversation of a kind that is known'
const unreadText = 'It has messages, but their text is written in a way that is not known'

/** What names a conversation of which nothing else is known. */
const namedIn = (value: unknown): string | null => {
  const { id, uuid, conversation_id: named } = fieldsOf(value)
  return idOf(id, uuid, named)
}

// What has no id is known by what it is: the same file again has the same.
async function fallbackId(found: Found, value: Fields): Promise<string> {
  if (idOf(found.sourceId) !== null) return ''
  const whole = new TextEncoder().encode(JSON.stringify(value))
  return `sha256-${new Uint8Array(await crypto.subtle.digest('SHA-256', whole)).toHex()}`
}
