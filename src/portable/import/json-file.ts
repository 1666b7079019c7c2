import { Gathering } from './gathering.ts'
import { tooDeep, tooLarge } from './limits.ts'
import type { Piece } from './piece.ts'
import { type Reader, type Reading, failed, parsed } from './reading.ts'
import { Sha256 } from './sha256.ts'
import { Splitter } from './splitter.ts'
import { type Fields, fieldsOf, isFields, listOf } from './values.ts'

/** A file that is one JSON document, or several one after another. */
export class JsonFile {
  readonly warnings: string[] = []
  isComplete = true
  readonly #reader: Reader
  readonly #splitter = new Splitter()
  readonly #digest = new Sha256()
  #isOpened = false
  #isHilo = false
  #hasEnd = false
  readonly #gathering: Gathering
  #messages = 0

  constructor(reader: Reader) {
    this.#reader = reader
    this.#gathering = new Gathering(reader)
  }

  async *push(chunk: Uint8Array<ArrayBuffer>): AsyncGenerator<Reading> {
    for (const piece of this.#splitter.push(chunk)) yield* this.#piece(piece)
  }

  async *end(): AsyncGenerator<Reading> {
    const rest = this.#splitter.end()
    const isCut = !this.#splitter.isWhole || rest !== null
    const isWithin = this.#gathering.isOpen
    yield* await this.#gathering.close(!isCut)
    // An object whose conversations were read one by one is not itself one that was cut, though the last may be.
    if (rest && !isWithin && (!this.#isOpened || this.#splitter.isInElement)) {
      yield failed(this.#reader.next(rest.offset), null, 'The file ends in the middle of it')
    }
    const isEndless = this.#isHilo && !this.#hasEnd
    if (this.#splitter.hasStrays) this.warnings.push('Not all of the file is valid JSON.')
    else if (isCut || isEndless) this.warnings.push('The file ends before it is whole.')
    if (isCut || isEndless) this.isComplete = false
  }

  async *#piece(piece: Piece): AsyncGenerator<Reading> {
    if (piece.kind === 'opening') return yield* this.#open(piece)
    if (piece.kind === 'document' && this.#isOpened) return yield* await this.#close(piece)
    if (!this.#isHilo && (yield* this.#gathering.take(piece))) return
    const place = this.#reader.next(piece.offset)
    if (piece.bytes === null) {
      yield failed(place, null, piece.fault === 'too-deep' ? tooDeep : tooLarge)
      return
    }
    if (piece.kind === 'document') {
      return yield* await this.#reader.readDocument(place, piece.bytes)
    }
    if (!this.#isHilo) return yield* await this.#reader.read(place, piece.bytes)
    const json = parsed(piece.bytes)
    if (!json.ok) return yield failed(place, null, json.detail)
    await this.#count(fieldsOf(json.value))
    yield* await this.#reader.take(place, json.value, piece.bytes)
  }

  *#open(piece: Piece): Generator<Reading> {
    this.#isOpened = true
    const header = piece.bytes ? parsed(piece.bytes) : null
    if (!header?.ok || !isFields(header.value)) return
    this.#isHilo = header.value['object'] === 'hilo.export'
    if (!this.#isHilo) return
    this.#reader.source ??= 'hilo'
    yield* versionOf(header.value)
  }

  // As the same conversation has it in an export of lines.
  async #count({ messages, ...conversation }: Fields): Promise<void> {
    const lines = [conversation, ...listOf(messages)].map((line) => `${JSON.stringify(line)}\n`)
    this.#messages += lines.length - 1
    await this.#digest.add(lines.join(''))
  }

  async #close(piece: Piece): Promise<Reading[]> {
    this.#isOpened = false
    const whole = piece.bytes ? parsed(piece.bytes) : null
    const fields = whole?.ok ? fieldsOf(whole.value) : {}
    if (this.#isHilo) await this.#check(fields)
    return this.#gathering.close(true, fields)
  }

  async #check(whole: Fields): Promise<void> {
    const { end } = whole
    if (!isFields(end)) return
    this.#hasEnd = true
    const counts = { conversations: this.#reader.count, messages: this.#messages }
    const found = await mismatches(end, counts, this.#digest)
    if (found.length > 0) this.isComplete = false
    this.warnings.push(...found, ...continuation(end))
  }
}

/** Stops if a newer Hilo wrote the file. */
export function versionOf(header: Fields): Reading[] {
  const version = header['version']
  if (version === 1) return []
  const detail = `An export of version ${JSON.stringify(version)}; this Hilo reads version 1`
  return [{ kind: 'unreadable', detail }]
}

/** What an export says of itself that is not so. */
export async function mismatches(
  end: Fields,
  counts: { conversations: number; messages: number },
  digest: Sha256,
): Promise<string[]> {
  const warnings: string[] = []
  for (const name of ['conversations', 'messages'] as const) {
    if (end[name] === counts[name]) continue
    warnings.push(`The file has ${counts[name]} ${name}; its end says another number.`)
  }
  if (end['sha256'] !== (await digest.hex())) {
    warnings.push('The file was changed since it was exported: its digest is another.')
  }
  return warnings
}

/** One export may be many files. */
export const continuation = (end: Fields): string[] =>
  typeof end['next_cursor'] === 'string'
    ? ['The export goes on in another file, from where its next_cursor leads.']
    : []
