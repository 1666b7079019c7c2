import { JsonFile } from './json-file.ts'
import { LinesFile } from './lines-file.ts'
import { Reader, type Reading, type ReadingOptions, parsed } from './reading.ts'
import { TAKEN } from './recognise.ts'
import { joined } from './splitter.ts'
import { isFields } from './values.ts'

/** How far the first line is looked for: Hilo's own is a hundred bytes long. */
const HEAD_BYTES = 4096
const NEWLINE = 0x0a

/**
 * Reads the conversations of an export, whichever program's it is, one at a time: no more of the file is in memory
 * than one conversation and what a chunk brings.
 */
export async function* readImport(
  file: AsyncIterable<Uint8Array>,
  options: ReadingOptions,
): AsyncGenerator<Reading> {
  const reader = new Reader(options)
  const head: Uint8Array[] = []
  let format: JsonFile | LinesFile | null = null
  for await (const piece of file) {
    let chunk = piece as Uint8Array<ArrayBuffer>
    if (format === null) {
      head.push(chunk)
      chunk = joined(head)
      if (chunk.byteLength < HEAD_BYTES && !chunk.includes(NEWLINE)) continue
      const begun = begin(chunk, reader)
      if ('kind' in begun) return yield begun
      ;({ format, chunk } = begun)
    }
    for await (const reading of format.push(chunk)) {
      yield reading
      if (reading.kind === 'unreadable') return
    }
  }
  if (format === null) {
    const begun = begin(joined(head), reader)
    if ('kind' in begun) return yield begun
    format = begun.format
    yield* format.push(begun.chunk)
  }
  yield* format.end()
  const warnings = [...format.warnings, ...reader.warnings]
  yield { kind: 'end', source: reader.source, isComplete: format.isComplete, warnings }
}

type Begun = { format: JsonFile | LinesFile; chunk: Uint8Array<ArrayBuffer> }

function begin(head: Uint8Array<ArrayBuffer>, reader: Reader): Begun | Reading {
  const strange = strangeness(head)
  if (strange) return { kind: 'unreadable', detail: `${strange} ${TAKEN}` }
  const chunk = isMark(head) ? head.slice(3) : head
  return { format: isOfLines(chunk) ? new LinesFile(reader) : new JsonFile(reader), chunk }
}

const startsWith = (head: Uint8Array, ...bytes: number[]): boolean =>
  bytes.every((byte, index) => head[index] === byte)

const isMark = (head: Uint8Array): boolean => startsWith(head, 0xef, 0xbb, 0xbf)

/** What is wrong with a file that no part of can be read. */
function strangeness(head: Uint8Array): string | null {
  if (head.byteLength === 0) return 'The file is empty.'
  if (startsWith(head, 0x50, 0x4b)) return 'This is a ZIP archive: unpack it, and send the JSON.'
  if (startsWith(head, 0x1f, 0x8b)) return 'This is compressed by gzip: unpack it first.'
  const isWide = startsWith(head, 0xff, 0xfe) || startsWith(head, 0xfe, 0xff)
  if (isWide || head.subarray(0, 4).includes(0)) {
    return 'The file is not encoded as UTF-8, but seems to be UTF-16: save it as UTF-8.'
  }
  return null
}

/** Whether the first line is whole, and one of Hilo's own. */
function isOfLines(head: Uint8Array): boolean {
  const end = head.indexOf(NEWLINE)
  const first = parsed(end === -1 ? head : head.subarray(0, end))
  if (!first.ok || !isFields(first.value)) return false
  const { object, conversations, messages } = first.value
  if (object === 'hilo.export') return conversations === undefined
  return object === 'conversation' && messages === undefined
}
