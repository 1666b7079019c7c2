import { continuation, mismatches, versionOf } from './json-file.ts'
import { CONVERSATION_BYTES, tooLarge } from './limits.ts'
import { type Line, Lines } from './lines.ts'
import { type Place, type Reader, type Reading, failed, parsed } from './reading.ts'
import { Sha256 } from './sha256.ts'
import { type Fields, idOf, isFields } from './values.ts'

/** A conversation whose messages are still coming. */
interface Begun {
  place: Place
  fields: Fields
  messages: Fields[]
  /** How many of its messages have come, those included that can't be read. */
  lines: number
  bytes: number
  /** Why it can not go in. */
  fault: string | null
}

const NEWLINE = new Uint8Array([0x0a])

const END = '{"object":"hilo.export.end"'

/** Whether a line is cut within an export's end, or so early that it may be. */
const isOfEnd = (bytes: Uint8Array | null): boolean =>
  bytes !== null && END.startsWith(new TextDecoder().decode(bytes.subarray(0, END.length)))

/** Hilo's own export of lines: a header, then each conversation with its messages after it, then an end. */
export class LinesFile {
  readonly warnings: string[] = []
  isComplete = true
  readonly #reader: Reader
  readonly #lines = new Lines()
  #digest = new Sha256()
  #begun: Begun | null = null
  /** Messages come whose conversation failed before it began. */
  #isHeadless = false
  /** Of which conversation one came elsewhere; told once. */
  #strayOf: string | null = null
  /** Of the export that is being read; several may follow one another. */
  #messages = 0
  #firstIndex = 0
  #isEnded = false

  constructor(reader: Reader) {
    this.#reader = reader
  }

  async *push(chunk: Uint8Array): AsyncGenerator<Reading> {
    for (const line of this.#lines.push(chunk)) yield* this.#line(line)
  }

  async *end(): AsyncGenerator<Reading> {
    const last = this.#lines.end()
    if (last) yield* this.#line(last)
    yield* this.#finish()
    if (this.#isEnded) return
    this.isComplete = false
    this.warnings.push('The file ends before it is whole.')
  }

  async *#line({ line, offset, bytes, isEnded }: Line): AsyncGenerator<Reading> {
    if (bytes?.byteLength === 0) return
    const json = bytes === null ? null : parsed(bytes)
    const value = json?.ok && isFields(json.value) ? json.value : null
    if (value?.['object'] === 'hilo.export.end') {
      yield* this.#finish()
      return await this.#check(value)
    }
    if (value?.['object'] === 'hilo.export.cut') {
      yield* this.#finish()
      return
    }
    if (value?.['object'] === 'hilo.export') {
      yield* this.#finish()
      this.#restart()
      yield* versionOf(value)
    }
    if (bytes && isEnded) {
      await this.#digest.add(bytes)
      await this.#digest.add(NEWLINE)
    }
    if (value?.['object'] === 'hilo.export') return
    if (value?.['object'] === 'conversation') {
      yield* this.#finish()
      this.#isHeadless = false
      const place = this.#reader.next(offset, line)
      this.#begun = {
        place,
        fields: value,
        messages: [],
        lines: 0,
        bytes: bytes?.byteLength ?? 0,
        fault: null,
      }
    } else if (value?.['object'] === 'message') {
      this.#messages += 1
      yield* this.#add(value, bytes?.byteLength ?? 0, offset, line)
    } else {
      const detail =
        bytes === null ? tooLarge : json?.ok ? 'Neither a conversation nor a message' : json?.detail
      const why = isEnded ? (detail ?? '') : 'The file ends in the middle of it'
      if (isEnded || !isOfEnd(bytes)) yield* this.#damaged(why, offset, line)
    }
  }

  *#add(message: Fields, bytes: number, offset: number, line: number): Generator<Reading> {
    const begun = this.#begun
    if (begun === null || begun.fields['id'] !== message['conversation_id']) {
      const id = idOf(message['conversation_id'])
      if (this.#strayOf === id || (begun === null && this.#isHeadless)) return
      this.#strayOf = id
      return yield failed(this.#reader.next(offset, line), id, 'A message of it comes without it')
    }
    begun.lines += 1
    begun.bytes += bytes
    if (begun.bytes > CONVERSATION_BYTES) begun.fault ??= tooLarge
    if (begun.fault) begun.messages = []
    else begun.messages.push(message)
  }

  /** A line that can't be read: one more of the messages that are missing, or what was to come after them. */
  async *#damaged(detail: string, offset: number, line: number): AsyncGenerator<Reading> {
    const begun = this.#begun
    const count = begun?.fields['message_count']
    if (begun && (typeof count !== 'number' || begun.lines < count)) {
      begun.lines += 1
      begun.fault ??= `Line ${line}: ${detail}`
      begun.messages = []
      return
    }
    yield* this.#finish()
    this.#isHeadless = true
    yield failed(this.#reader.next(offset, line), null, detail)
  }

  async *#finish(): AsyncGenerator<Reading> {
    const begun = this.#begun
    this.#begun = null
    if (begun === null) return
    const { place, fields, messages, bytes } = begun
    const count = fields['message_count']
    const isShort = typeof count === 'number' && count !== messages.length
    const fault =
      begun.fault ?? (isShort ? `It has ${messages.length} of its ${count} messages` : null)
    if (fault === null) yield* await this.#reader.take(place, { ...fields, messages }, bytes)
    else yield failed(place, idOf(fields['id']), fault)
  }

  #restart(): void {
    this.#reader.source ??= 'hilo'
    this.#digest = new Sha256()
    this.#messages = 0
    this.#firstIndex = this.#reader.count
    this.#isEnded = false
  }

  async #check(end: Fields): Promise<void> {
    this.#isEnded = true
    const conversations = this.#reader.count - this.#firstIndex
    const found = await mismatches(end, { conversations, messages: this.#messages }, this.#digest)
    if (found.length > 0) this.isComplete = false
    this.warnings.push(...found, ...continuation(end))
  }
}
