import { type InArchive, besideIn, nameIn, ownIn } from './archive.ts'
import type { FilesBeside } from './import/parts.ts'
import type { Unzipped } from './unzip.ts'

/** How many files that were missed are told of, for one conversation. */
const MISSED = 20
const PICTURE = /\.(png|jpe?g|gif|webp)$/i

/**
 * The files of another program's archive, as its messages name them: by an id that is in a file's name or its folder's, by
 * their path, or by their name if no other file has it. Each has an id that stands for it until it is kept.
 */
export class ArchiveFiles implements FilesBeside {
  readonly files = new Map<string, InArchive>()
  readonly #inName: Ids = new Map()
  readonly #inFolder: Ids = new Map()
  readonly #named: Ids = new Map()
  readonly #missed = new Set<string>()
  /** The paths of those that messages name. */
  readonly found = new Set<string>()

  constructor(zip: Unzipped) {
    if (ownIn(zip) !== null) return
    for (const path of besideIn(zip)) {
      const name = nameIn(path)
      const id = `file_${this.files.size.toString(16).padStart(32, '0')}`
      this.files.set(id, { path, name, sha256: null })
      const folder = nameIn(path.slice(0, Math.max(0, path.length - name.length - 1)))
      for (const own of idsIn(name)) add(this.#inName, own, id)
      for (const own of idsIn(folder)) add(this.#inFolder, own, id)
      add(this.#named, name, id)
    }
  }

  find(name: string | null, ...named: string[]): ReturnType<FilesBeside['find']> {
    const id = this.#byId(name, named) ?? this.#byPath(named) ?? this.#byName(name)
    if (id !== null) {
      this.found.add(this.#pathOf(id))
      return { id, isPicture: PICTURE.test(this.#pathOf(id)) }
    }
    const missed = name ?? named.find((one) => one !== '')
    if (missed && this.#missed.size < MISSED) this.#missed.add(missed)
    return null
  }

  missed(): string[] {
    const all = [...this.#missed]
    this.#missed.clear()
    return all
  }

  #pathOf(id: string): string {
    return this.files.get(id)?.path ?? ''
  }

  #byId(name: string | null, named: string[]): string | null {
    const isNamedSo = (id: string) => name === null || nameIn(this.#pathOf(id)) === name
    for (const own of named.flatMap((one) => idsIn(one).toReversed())) {
      const found =
        this.#inName.get(own)?.[0] ?? alone((this.#inFolder.get(own) ?? []).filter(isNamedSo))
      if (found !== null) return found
    }
    return null
  }

  #byPath(named: string[]): string | null {
    for (const path of named.map(pathIn).filter((one) => one.includes('/'))) {
      const isThere = (id: string) => `/${this.#pathOf(id)}`.endsWith(`/${path}`)
      const found = alone((this.#named.get(nameIn(path)) ?? []).filter(isThere))
      if (found !== null) return found
    }
    return null
  }

  // What is another's by its id is not taken by its name.
  #byName(name: string | null): string | null {
    const found = name === null ? null : alone(this.#named.get(nameIn(name)) ?? [])
    return found !== null && idsIn(this.#pathOf(found)).length === 0 ? found : null
  }
}

/** Files by what names them. */
type Ids = Map<string, string[]>

const ID = /file[-_][a-z0-9]+|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{24,}/gi

const idsIn = (text: string): string[] => text.match(ID) ?? []

const pathIn = (address: string): string =>
  address.replace(/^[a-z]+:\/\/[^/]*/i, '').replaceAll(/^[./]+|[?#].*$/g, '')

const alone = (ids: string[]): string | null => (ids.length === 1 ? (ids[0] ?? null) : null)

function add(all: Ids, key: string, id: string): void {
  const ids = all.get(key)
  if (ids) ids.push(id)
  else all.set(key, [id])
}
