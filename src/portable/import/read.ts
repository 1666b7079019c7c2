import { JsonFile } from './json-file.ts'
import { JsonlFile } from './jsonl-file.ts'
import { LinesFile } from './lines-file.ts'
import { joined } from './piece.ts'
import { Reader, type Reading, type ReadingOptions, parsed } from './reading.ts'
import { TAKEN, isKnown, manyIn } from './recognise.ts'
import { hasList } from './splitter.ts'
import { type Fields, isFields } from './values.ts'

/** How far the end of the second line is looked for, if the first begins an object. */
const HEAD_BYTES = 1024 * 1024
const NEWLINE = 0x0a
const OPEN_OBJECT = 0x7b

/**
 * Reads the conversations of an export, whichever program's it is, one at a time: no more of the file is in memory
 * than one conversation and what a chunk brings.
 */
export async function* readImport(
  file: AsyncIterable<Uint8Array>,
  options: ReadingOptions,
): AsyncGenerator<Reading> {
  const reader = new Reader(options)
  const head = new Head()
  let format: Format | null = null
  for await (const piece of file) {
    let chunk = piece as Uint8Array<ArrayBuffer>
    if (format === null) {
      if (!head.add(chunk)) continue
      const begun = begin(head.bytes, reader)
      if ('kind' in begun) return yield begun
      ;({ format, chunk } = begun)
    }
    for await (const reading of format.push(chunk)) {
      yield reading
      if (reading.kind === 'unreadable') return
    }
  }
  if (format === null) {
    const begun = begin(head.bytes, reader)
    if ('kind' in begun) return yield begun
    format = begun.format
    yield* format.push(begun.chunk)
  }
  yield* format.end()
  const warnings = [...format.warnings, ...reader.warnings]
  yield { kind: 'end', source: reader.source, isComplete: format.isComplete, warnings }
}

type Format = JsonFile | LinesFile | JsonlFile

/** What a file begins with, up to what tells whether it is one of lines. */
class Head {
  readonly #parts: Uint8Array[] = []
  #size = 0
  #lines = 0
  /** Whether it begins an object; null until that is known. */
  #isObject: boolean | null = null

  /** Returns whether it is enough. */
  add(part: Uint8Array): boolean {
    this.#parts.push(part)
    this.#size += part.byteLength
    for (let at = part.indexOf(NEWLINE); at !== -1; at = part.indexOf(NEWLINE, at + 1)) {
      this.#lines += 1
    }
    if (this.#isObject === null && this.#size > MARK) {
      const { bytes } = this
      this.#isObject = bytes[isMark(bytes) ? MARK : 0] === OPEN_OBJECT
    }
    return this.#isObject === false || this.#lines > 1 || this.#size >= HEAD_BYTES
  }

  get bytes(): Uint8Array<ArrayBuffer> {
    return joined(this.#parts)
  }
}

type Begun = { format: Format; chunk: Uint8Array<ArrayBuffer> }

function begin(head: Uint8Array<ArrayBuffer>, reader: Reader): Begun | Reading {
  const strange = strangeness(head)
  if (strange) return { kind: 'unreadable', detail: `${strange} ${TAKEN}` }
  const chunk = isMark(head) ? head.slice(MARK) : head
  return { format: formatOf(chunk, reader), chunk }
}

const startsWith = (head: Uint8Array, ...bytes: number[]): boolean =>
  bytes.every((byte, index) => head[index] === byte)

const MARK = 3
const isMark = (head: Uint8Array): boolean => startsWith(head, 0xef, 0xbb, 0xbf)

/** What is wrong with a file that no part of can be read. */
function strangeness(head: Uint8Array): string | null {
  if (head.byteLength === 0) return 'The file is empty.'
  if (startsWith(head, 0x1f, 0x8b)) return 'This is compressed by gzip: unpack it first.'
  const isWide = startsWith(head, 0xff, 0xfe) || startsWith(head, 0xfe, 0xff)
  if (isWide || head.subarray(0, 4).includes(0)) {
    return 'The file is not encoded as UTF-8, but seems to be UTF-16: save it as UTF-8.'
  }
  return null
}

function formatOf(head: Uint8Array, reader: Reader): Format {
  const end = head.indexOf(NEWLINE)
  const line = end === -1 ? head : head.subarray(0, end)
  const first = objectIn(line)
  if (first && isOfHilo(first)) return new LinesFile(reader)
  if (end === -1) return new JsonFile(reader)
  const isOfLines = first ? isAlone(first) : isBroken(line, head.subarray(end + 1))
  return isOfLines ? new JsonlFile(reader) : new JsonFile(reader)
}

/** Whether an object is one conversation, and holds no others. */
const isAlone = (value: Fields): boolean => isKnown(value) || !(hasList(value) || manyIn(value))

function objectIn(line: Uint8Array): Fields | null {
  const json = parsed(line)
  return json.ok && isFields(json.value) ? json.value : null
}

function isOfHilo({ object, conversations, messages }: Fields): boolean {
  if (object === 'hilo.export') return conversations === undefined
  return object === 'conversation' && messages === undefined
}

/** Whether a first line that can't be read is one of lines all the same: the next one is a conversation of its own. */
function isBroken(line: Uint8Array, after: Uint8Array): boolean {
  if (line[0] !== OPEN_OBJECT) return false
  const end = after.indexOf(NEWLINE)
  const next = objectIn(end === -1 ? after : after.subarray(0, end))
  const isLed = /[[{,:]\s*$/.test(new TextDecoder().decode(line.subarray(-16)))
  return next !== null && isKnown(next) && !isLed
}
