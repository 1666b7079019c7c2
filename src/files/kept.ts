import type { FileRow } from '../contract/file.ts'
import { GoingKeys } from './going.ts'
import { Refs } from './refs.ts'
import { type Blob, GRACE_MS, type Moving, tables } from './tables.ts'

const fileColumns = `files.id, files.sha256, files.name, files.type, blobs.bytes, files.created_at AS createdAt, blobs.key`
const allFiles = `SELECT ${fileColumns} FROM files JOIN blobs USING (sha256)`

/**
 * What an owner's object knows of files. A key of the bucket is never used twice, so what is late to go there never takes
 * away what came after it. All of it is synchronous: what happens between two awaits happens whole or not at all.
 */
export class Kept {
  readonly #storage: DurableObjectStorage
  readonly #sql: SqlStorage
  #isThere: boolean
  readonly going: GoingKeys
  readonly refs: Refs

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage
    this.#sql = storage.sql
    this.going = new GoingKeys(storage.sql)
    this.refs = new Refs(storage.sql)
    this.#isThere =
      this.#sql.exec(`SELECT 1 FROM sqlite_master WHERE name = 'store'`).toArray().length > 0
  }

  /** Asking an object that has nothing writes nothing. */
  get isThere(): boolean {
    return this.#isThere
  }

  make(): void {
    if (this.#isThere) return
    this.#storage.transactionSync(() => this.#sql.exec(tables))
    this.#isThere = true
  }

  inOne<T>(work: () => T): T {
    return this.#storage.transactionSync(work)
  }

  get store(): { bytes: number; movedTo: string | null } {
    if (!this.#isThere) return { bytes: 0, movedTo: null }
    return this.#sql
      .exec<{ bytes: number; movedTo: string | null }>(
        'SELECT bytes, moved_to AS movedTo FROM store',
      )
      .one()
  }

  moved(to: string): void {
    this.#sql.exec('UPDATE store SET moved_to = ?', to)
  }

  file(id: string): FileRow | null {
    if (!this.#isThere) return null
    const [row] = this.#sql.exec<Row>(`${allFiles} WHERE files.id = ?`, id)
    return row ?? null
  }

  /** The file of an owner that has these bytes and this name. */
  same(sha256: string, name: string | null): FileRow | null {
    if (!this.#isThere) return null
    const [row] = this.#sql.exec<Row>(
      `${allFiles} WHERE files.sha256 = ? AND files.name IS ? ORDER BY files.id LIMIT 1`,
      sha256,
      name,
    )
    return row ?? null
  }

  /** Files before one by their ids, which ascend with time: the newest first. */
  before(id: string | null, limit: number): FileRow[] {
    if (!this.#isThere) return []
    return this.#sql
      .exec<Row>(
        `${allFiles} WHERE files.id < ? ORDER BY files.id DESC LIMIT ?`,
        id ?? 'file_~',
        limit,
      )
      .toArray()
  }

  blob(sha256: string): Blob | null {
    const [row] = this.#sql.exec<BlobRow>('SELECT * FROM blobs WHERE sha256 = ?', sha256)
    return row ?? null
  }

  /** Whether another file than one has these bytes. */
  isAmongOthers(sha256: string, id: string): boolean {
    const others = 'SELECT 1 FROM files WHERE sha256 = ? AND id <> ? LIMIT 1'
    return this.#sql.exec(others, sha256, id).toArray().length > 0
  }

  addBlob({ sha256, key, bytes }: Blob): void {
    this.#sql.exec('INSERT INTO blobs VALUES (?, ?, ?)', sha256, key, bytes)
    this.#sql.exec('UPDATE store SET bytes = bytes + ?', bytes)
  }

  addFile(file: Moving['files'][number], unusedSince: number | null): void {
    this.#sql.exec(
      'INSERT OR IGNORE INTO files VALUES (?, ?, ?, ?, ?, ?)',
      file.id,
      file.sha256,
      file.name,
      file.type,
      file.createdAt,
      unusedSince,
    )
  }

  /** Forgets a file, and the bytes if no other file has them: then they go from the bucket. */
  removeFile(id: string, now: number, conversationId: string | null = null): void {
    const file = this.file(id)
    if (file === null) return
    this.#sql.exec('DELETE FROM files WHERE id = ?', id)
    this.#sql.exec('DELETE FROM refs WHERE file_id = ?', id)
    const others = this.#sql.exec('SELECT 1 FROM files WHERE sha256 = ? LIMIT 1', file.sha256)
    if (others.toArray().length > 0) return
    this.#sql.exec('DELETE FROM blobs WHERE sha256 = ?', file.sha256)
    this.#sql.exec('UPDATE store SET bytes = bytes - ?', file.bytes)
    this.going.goes(file.key, now, conversationId)
  }

  unusedBy(since: number, limit: number): string[] {
    return this.#sql
      .exec<{ id: string }>(
        'SELECT id FROM files WHERE unused_since <= ? ORDER BY unused_since LIMIT ?',
        since,
        limit,
      )
      .toArray()
      .map(({ id }) => id)
  }

  /** When there is something to do next; null if nothing is. */
  nextAt(): number | null {
    const { at } = this.#sql
      .exec<{ at: number | null }>(
        `SELECT min(at) AS at FROM (
           SELECT min(at) AS at FROM going
           UNION ALL SELECT min(look_at) FROM refs WHERE look_at IS NOT NULL
           UNION ALL SELECT min(unused_since) + ? FROM files WHERE unused_since IS NOT NULL)`,
        GRACE_MS,
      )
      .one()
    return at
  }

  /** Some of all that is here, to be moved. */
  some(limit: number): string[] {
    const rows = this.#sql.exec<{ id: string }>('SELECT id FROM files ORDER BY id LIMIT ?', limit)
    return rows.toArray().map(({ id }) => id)
  }

  /** Those files as another owner's object takes them. */
  moving(ids: string[]): Moving {
    const files = ids.flatMap((id) => this.file(id) ?? [])
    const blobs = new Map(files.map(({ sha256, key, bytes }) => [sha256, { sha256, key, bytes }]))
    return {
      blobs: [...blobs.values()],
      files: files.map(({ id, sha256, name, type, createdAt }) => ({
        id,
        sha256,
        name,
        type,
        createdAt,
      })),
      refs: files.flatMap(({ id }) => this.refs.to(id)),
    }
  }

  /** Those have moved: their bytes are the other's, unless another file here has them still. */
  forget({ files }: Moving): void {
    for (const { id, sha256 } of files) {
      this.#sql.exec('DELETE FROM files WHERE id = ?', id)
      this.#sql.exec('DELETE FROM refs WHERE file_id = ?', id)
      const left = this.#sql.exec('SELECT 1 FROM files WHERE sha256 = ? LIMIT 1', sha256).toArray()
      if (left.length > 0) continue
      const blob = this.blob(sha256)
      this.#sql.exec('DELETE FROM blobs WHERE sha256 = ?', sha256)
      this.#sql.exec('UPDATE store SET bytes = bytes - ?', blob?.bytes ?? 0)
    }
  }
}

type Row = FileRow & Record<string, SqlStorageValue>
type BlobRow = Blob & Record<string, SqlStorageValue>
