import type { FileEntry } from '@zip.js/zip.js'

import { filled, zipLibrary } from './zip.ts'

/** Bounds of a ZIP that is taken in: what is beyond them is no export of anybody's. */
const MOST_ENTRIES = 20_000
const MOST_NAME = 1_024
/** Of one read: the directory is read in one. */
const MOST_READ = 8 * 2 ** 20
const MOST_BYTES = 2 ** 30
/** How many times as large a file may become by being unpacked; small ones whatever that is. */
const MOST_RATIO = 200
const SMALL = 2 ** 20
/** What is kept of the archive in memory: windows of it, the last that were read. */
const WINDOW_BYTES = 2 ** 20
const WINDOWS = 6

/** Thrown if nothing of a file can be read, or nothing more; it says why in words. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable'
}

/** Thrown if the bytes of an archive can't be had right now: of the archive that says nothing. */
export class Unreached extends Error {
  override readonly name = 'Unreached'
}

const cut = () =>
  new Unreadable('This ZIP archive can not be read: it is cut, damaged, or locked with a password.')
const bomb = () => new Unreadable('This ZIP archive unpacks to more than an export would.')

const twice = (name: string) =>
  new Unreadable(`This ZIP archive is no export: it has ${JSON.stringify(name)} twice.`)
const leadingOut = () =>
  new Unreadable('This ZIP archive is no export: a name in it leads out of the archive.')

const otherwisePacked = () =>
  new Unreadable('This ZIP archive is packed by another method than Deflate. Pack it anew.')

/** Of a file's compression: stored, and Deflate, which the platform unpacks by itself. */
const METHODS = [0, 8]

/** Why an archive can't be read. No name is ever a path here, but with such names an archive is none of a program's. */
const unread = (error: unknown): Unreadable | Unreached => {
  if (error instanceof Unreadable || error instanceof Unreached) return error
  return /unsafe filename/i.test(String(error)) ? leadingOut() : cut()
}

/** Where the bytes of an archive are. */
export interface Ranges {
  size: number
  read: (offset: number, length: number) => Promise<Uint8Array>
}

/** What a ZIP holds. No more of it is in memory than its directory and some windows. */
export class Unzipped {
  readonly #entries: Map<string, FileEntry>
  #bytes = 0

  private constructor(entries: Map<string, FileEntry>) {
    this.#entries = entries
  }

  static async open(ranges: Ranges): Promise<Unzipped> {
    const { Reader, ZipReader } = await zipLibrary()
    class Windows extends Reader<Ranges> {
      override size = ranges.size
      readonly #windows = new Map<number, Promise<Uint8Array>>()

      override async readUint8Array(offset: number, length: number): Promise<Uint8Array> {
        const most = Math.min(length, this.size - offset)
        if (most > MOST_READ) throw bomb()
        const all = new Uint8Array(Math.max(0, most))
        for (let at = 0; at < most;) {
          const place = Math.floor((offset + at) / WINDOW_BYTES)
          const window = await this.#window(place)
          const some = window.subarray(offset + at - place * WINDOW_BYTES).subarray(0, most - at)
          if (some.byteLength === 0) throw cut()
          all.set(some, at)
          at += some.byteLength
        }
        return all
      }

      #window(place: number): Promise<Uint8Array> {
        const offset = place * WINDOW_BYTES
        const window =
          this.#windows.get(place) ??
          ranges
            .read(offset, Math.min(WINDOW_BYTES, this.size - offset))
            .catch((error: unknown) => {
              this.#windows.delete(place)
              throw new Unreached('The archive can not be reached', { cause: error })
            })
        this.#windows.delete(place)
        this.#windows.set(place, window)
        const [oldest = place] = this.#windows.keys()
        if (this.#windows.size > WINDOWS) this.#windows.delete(oldest)
        return window
      }
    }
    const entries = new Map<string, FileEntry>()
    try {
      const zip = new ZipReader(new Windows(ranges), { checkSignature: true })
      let count = 0
      for await (const entry of zip.getEntriesGenerator()) {
        count += 1
        if (count > MOST_ENTRIES || entry.filename.length > MOST_NAME) throw bomb()
        if (entry.directory) continue
        if (entries.has(entry.filename)) throw twice(entry.filename)
        if (entry.encrypted) throw cut()
        if (!METHODS.includes(entry.compressionMethod)) throw otherwisePacked()
        entries.set(entry.filename, entry)
      }
    } catch (error) {
      throw unread(error)
    }
    return new Unzipped(entries)
  }

  get names(): string[] {
    return [...this.#entries.keys()]
  }

  /** A file of it, unpacked as it is read. */
  async *bytes(name: string): AsyncGenerator<Uint8Array, void, undefined> {
    const entry = this.#entries.get(name)
    if (entry === undefined) throw cut()
    let bytes = 0
    try {
      for await (const piece of filled((writable) => entry.getData(writable))) {
        bytes += piece.byteLength
        this.#bytes += piece.byteLength
        const isMuch = bytes > SMALL && bytes > entry.compressedSize * MOST_RATIO
        if (isMuch || this.#bytes > MOST_BYTES) throw bomb()
        yield piece
      }
    } catch (error) {
      throw unread(error)
    }
  }
}
