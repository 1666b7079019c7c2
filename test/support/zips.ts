import {
  BlobReader,
  BlobWriter,
  TextReader,
  ZipWriter,
} from '@zip.js/zip.js/lib/zip-core-custom.js'

const encoder = new TextEncoder()
/** Bytes of the end of a ZIP. */
const END = 22

/** A ZIP of other files. */
export async function zipOf(
  files: Record<string, string | Uint8Array>,
  options: object = {},
): Promise<Uint8Array> {
  const zip = new ZipWriter(new BlobWriter(), { useWebWorkers: false, ...options })
  for (const [name, file] of Object.entries(files)) {
    await zip.add(
      name,
      typeof file === 'string' ? new TextReader(file) : new BlobReader(new Blob([file])),
    )
  }
  return new Uint8Array(await (await zip.close()).arrayBuffer())
}

/** A ZIP of one file whose directory has that file so many times, under as many names of five signs or more. */
export function manyTimes(zip: Uint8Array, times: number): Uint8Array {
  const end = zip.byteLength - END
  const at = new DataView(zip.buffer).getUint32(end + 16, true)
  const [before, entry, after] = [zip.slice(0, at), zip.slice(at, end), zip.slice(end)]
  const all = new Uint8Array(before.byteLength + entry.byteLength * times + after.byteLength)
  all.set(before)
  for (let n = 0; n < times; n += 1) {
    const place = at + n * entry.byteLength
    all.set(entry, place)
    // By another name each.
    if (n > 0) all.set(encoder.encode(String(n).padStart(5, '0')), place + 46)
  }
  const view = new DataView(after.buffer)
  view.setUint16(8, times, true)
  view.setUint16(10, times, true)
  view.setUint32(12, entry.byteLength * times, true)
  all.set(after, all.byteLength - END)
  return all
}

const ENTRY = [0x50, 0x4b, 0x01, 0x02]

/** The same with something written into its directory's first entry, or the one that is so far on. */
function inDirectory(zip: Uint8Array, nth: number, write: (entry: DataView) => void): Uint8Array {
  const made = zip.slice()
  let at = new DataView(made.buffer).getUint32(made.byteLength - END + 16, true)
  const view = (from: number) => new DataView(made.buffer, from)
  for (let n = 0; n < nth; n += 1) {
    const entry = view(at)
    const more = [28, 30, 32].map((field) => entry.getUint16(field, true))
    const next = at + 46 + more.reduce((sum, length) => sum + length, 0)
    if (ENTRY.some((byte, index) => made[next + index] !== byte)) break
    at = next
  }
  write(view(at))
  return made
}

/** Where in an entry of a directory each of these stands. */
const fields = { crc: 16, packed: 20, size: 24 }

/** A ZIP whose directory says something else of a file than the file is. */
export const lying = (
  zip: Uint8Array,
  field: keyof typeof fields,
  value: number,
  nth = 0,
): Uint8Array => inDirectory(zip, nth, (entry) => entry.setUint32(fields[field], value >>> 0, true))

/** The same with another name of the same length, everywhere. */
export function renamed(zip: Uint8Array, from: string, to: string): Uint8Array {
  const made = zip.slice()
  const text = new TextDecoder('latin1').decode(made)
  const name = encoder.encode(to)
  for (let at = text.indexOf(from); at !== -1; at = text.indexOf(from, at + 1)) made.set(name, at)
  return made
}

/** A ZIP that says of its file that it is locked. */
export const locked = (zip: Uint8Array): Uint8Array =>
  inDirectory(zip, 0, (entry) => entry.setUint16(8, entry.getUint16(8, true) | 1, true))
