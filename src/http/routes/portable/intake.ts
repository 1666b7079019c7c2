import type { Context } from 'hono'

import type { Owner } from '../../../contract/caller.ts'
import {
  IMPORT_ERRORS,
  IMPORT_LISTED,
  type ImportAnswer,
  type ImportSource,
} from '../../../contract/import.ts'
import { log, nameOf } from '../../../events.ts'
import type { Place, Reading } from '../../../portable/import/reading.ts'
import { importedIdsOf } from '../../../storage/conversations.ts'
import { openDatabase } from '../../../storage/database.ts'
import { type HonoEnv, callOf } from '../../caller/caller.ts'
import { takeImported } from '../../files/take.ts'
import { ask } from '../../frame/ask.ts'
import { patiently } from '../../frame/patience.ts'
import { Problem, granted } from '../../frame/problem.ts'
import { importIds } from './import-ids.ts'
import { type Archived, Incoming } from './incoming.ts'
import { Room } from './room.ts'

/** How many conversations go in side by side, and how many bytes of them. */
const ABREAST = 16
const BYTES_ABREAST = 8 * 1024 * 1024
/** Up to how many imported conversations of an owner are looked up at once. */
const MOST_IDS = 20_000
const SOURCE_ID_LENGTH = 128

type Conversation = Extract<Reading, { kind: 'conversation' }>

/** Takes in what a file brings, some of it side by side, and keeps the count. */
export class Intake {
  readonly #c: Context<HonoEnv>
  readonly #language: string
  readonly #from: number
  warnings: string[] = []
  #warned = 0
  readonly #running = new Set<Promise<void>>()
  #bytes = 0
  #source: ImportSource | null = null
  #isComplete = false
  #counts = { imported: 0, unchanged: 0, failed: 0 }
  #errors: ImportAnswer['errors'] = []
  #conversations: ImportAnswer['conversations'] = []
  #nextFrom: number | null = null
  readonly #room: Room
  /** The files that come with the conversations. */
  #incoming: Incoming | null = null
  /** What the owner imported before, as the record has it; null if it can't tell. */
  #imported: Promise<Set<string> | null> | null = null

  constructor(c: Context<HonoEnv>, { language, from }: { language: string; from: number }) {
    this.#c = c
    this.#from = from
    this.#language = language
    this.#room = new Room(c.env, callOf(c).caller.owner)
  }

  get isEmpty(): boolean {
    return this.#counts.imported + this.#counts.unchanged === 0
  }

  /** What was wrong with the first that failed. */
  get firstErrors(): string[] {
    const [first] = this.#errors.toSorted((a, b) => a.index - b.index)
    return first ? [`The first that failed: ${first.detail}.`] : []
  }

  get counts() {
    const { imported, unchanged, failed } = this.#counts
    return { conversations: imported + unchanged + failed, ...this.#counts }
  }

  /** Whether the platform lets this request call no more objects. */
  get isFull(): boolean {
    return this.#nextFrom !== null
  }

  /** Returns once there is room for the next one. */
  async take(reading: Reading): Promise<void> {
    if (reading.kind === 'failed') {
      this.#fail(reading.place, reading.sourceId, reading.detail)
    } else if (reading.kind === 'end') {
      this.#source = reading.source
      this.#isComplete = reading.isComplete
      this.warnings.push(...reading.warnings)
    } else if (reading.kind === 'conversation') {
      this.#source ??= reading.conversation.source
      await this.#begin(reading)
    }
  }

  /** From now on conversations are of an archive. */
  bring(archived: Archived): Incoming {
    const { owner } = callOf(this.#c).caller
    if (owner === null) throw new Error('An import without an owner')
    this.#incoming = new Incoming(this.#c, owner, archived)
    return this.#incoming
  }

  async settled(): Promise<void> {
    await Promise.all(this.#running)
  }

  /** Null if the file held no conversation of a kind that is known. */
  answer(): ImportAnswer | null {
    if (this.#source === null) return null
    const byPlace = (a: { index: number }, b: { index: number }) => a.index - b.index
    return {
      object: 'import',
      source: this.#source,
      complete: this.#isComplete && !this.isFull,
      warnings: this.warnings,
      ...this.#counts,
      errors: this.#errors.toSorted(byPlace),
      conversations: this.#conversations.toSorted(byPlace),
      next_from: this.#nextFrom,
    }
  }

  async #begin(reading: Conversation): Promise<void> {
    const isCrowded = () =>
      this.#running.size >= ABREAST || this.#bytes + reading.bytes > BYTES_ABREAST
    while (this.#running.size > 0 && isCrowded()) await Promise.race(this.#running)
    if (this.isFull) return
    this.#bytes += reading.bytes
    const running = this.#keep(reading).finally(() => {
      this.#bytes -= reading.bytes
      this.#running.delete(running)
    })
    this.#running.add(running)
  }

  // Never rejects: what fails is one conversation, not its neighbours.
  async #keep({ place, conversation, bytes, held, known }: Conversation): Promise<void> {
    const { source, sourceId } = conversation
    try {
      const { owner } = callOf(this.#c).caller
      if (owner === null) throw new Error('An import without an owner')
      const refusal = await this.#room.admit(bytes)
      if (refusal) return this.#fail(place, sourceId, refusal.detail ?? '')
      const id = await this.#idOf(owner, source, sourceId)
      const language = conversation.language ?? this.#language
      this.#incoming ??= new Incoming(this.#c, owner, null)
      const brought = await this.#incoming.on(conversation.messages, held)
      const taken = await takeImported(this.#c, id, brought.messages, known)
      const { messages } = taken
      const answer = await ask(this.#c, id, (object, call) =>
        object.importConversation(call, { ...conversation, messages, language }),
      )
      if (!answer.ok) return this.#fail(place, sourceId, answer.detail ?? 'It could not be kept')
      this.#warn(place, [...brought.warnings, ...taken.warnings])
      const { outcome, stood, added = 0, completed = 0, changed = [] } = answer
      this.#counts[outcome] += 1
      const { index } = place
      if (index >= this.#from + IMPORT_LISTED) return
      this.#conversations.push({
        index,
        source_id: shown(sourceId),
        id,
        outcome: stood ? 'updated' : outcome,
        added,
        completed,
        changed,
      })
    } catch (error) {
      if (isOutOfCalls(error)) {
        this.#nextFrom = Math.min(this.#nextFrom ?? Infinity, place.index)
        return
      }
      const isKnown = error instanceof Problem
      if (!isKnown) {
        const requestId = this.#c.get('requestId')
        log({ event: 'import-failed', error: nameOf(error), request_id: requestId })
      }
      // What there is no room for will find none in a moment either.
      const isFull = isKnown && error.type === 'over-quota'
      const detail = isKnown ? 'It can not be reached right now' : 'Something failed on our side'
      const again = `${detail}; import the file again.`
      this.#fail(place, sourceId, isFull ? (error.extra.detail ?? again) : again)
    }
  }

  /** The id that the conversation has here since an earlier import, or else the one it gets now. */
  async #idOf(owner: Owner, source: ImportSource, sourceId: string): Promise<string> {
    const { now, before, unkeyed } = await importIds(this.#c.env, owner, source, sourceId)
    this.#imported ??= patiently(importedIdsOf(openDatabase(this.#c.env.DB), owner, MOST_IDS), null)
    const imported = await this.#imported
    // To ask an object that never was costs as much as to make one, and no id has been made so for long.
    const asked = imported === null || imported.has(unkeyed) ? [...before, unkeyed] : before
    const stands = await Promise.all(
      asked.map(async (id) =>
        granted(await ask(this.#c, id, (object, call) => object.isOwn(call))),
      ),
    )
    return asked.find((_, index) => stands[index]?.isOwn) ?? now
  }

  #warn({ index }: Place, all: string[]): void {
    const room = Math.max(0, IMPORT_ERRORS - this.#warned)
    const told = all.slice(0, room).map((one) => `Conversation ${index}: ${one}`)
    this.#warned += told.length
    this.warnings.push(...told)
  }

  #fail({ index, line, offset }: Place, sourceId: string | null, detail: string): void {
    this.#counts.failed += 1
    if (this.#errors.length >= IMPORT_ERRORS) return
    const source_id = sourceId === null ? null : shown(sourceId)
    this.#errors.push({ index, line, offset, source_id, detail })
  }
}

const shown = (sourceId: string): string => sourceId.slice(0, SOURCE_ID_LENGTH).toWellFormed()

// The platform bounds how many objects one request may call, and says so only in words.
const isOutOfCalls = (error: unknown): boolean =>
  error instanceof Error && /too many subrequests/i.test(error.message)
