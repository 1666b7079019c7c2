import { shownOf, shownOfMessage } from './hits.ts'
import type { Page } from './page.ts'
import { ROOM } from './room.ts'
import { type Texts, columns } from './texts.ts'
import { indexed } from './words.ts'

/** A conversation in the index: how far it has it. */
export interface Standing {
  n: number
  id: string
  numbering: string | null
  seq: number
  version: number
  title: string | null
  /** How often its object has said that there is more, since the index asked last. */
  notices: number
}

/** How far the list of all that the owner has was read. */
interface Listing {
  isListed: boolean
  after: string
}

/** Which words there are, and how they are kept. An index of another version is thrown away, and made anew. */
const VERSION = 5

// Words are cut in code (words.ts), so all that is left to the tokenizer is to part them at spaces: `ascii` takes all
// that is not ASCII for a letter, which is right for emoji too. `at` is a message's time. `shown` is what a find shows of a
// message or a conversation, `texts` what excerpts are made of, all in JSON: FTS5 keeps them beside the words, without a row
// of their own.
const TABLES = `
  CREATE TABLE state (
    version INTEGER NOT NULL, is_listed INTEGER NOT NULL, listed_after TEXT NOT NULL, is_untidy INTEGER NOT NULL
  );
  INSERT INTO state VALUES (${VERSION}, 0, '', 0);
  CREATE TABLE conversations (
    n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, numbering TEXT, seq INTEGER NOT NULL DEFAULT 0,
    version INTEGER NOT NULL DEFAULT 0, title TEXT, topic TEXT, is_active INTEGER, quiet_since INTEGER,
    shown TEXT, path TEXT, notices INTEGER NOT NULL DEFAULT 1
  );
  CREATE VIRTUAL TABLE words USING fts5(
    ${columns.join(', ')}, at UNINDEXED, shown UNINDEXED, texts UNINDEXED,
    content='', contentless_delete=1, contentless_unindexed=1, tokenize='ascii'
  );`

const insertion = `INSERT OR REPLACE INTO words (rowid, ${columns.join(', ')}, at, shown, texts)
  VALUES (?, ${columns.map(() => '?').join(', ')}, ?, ?, ?)`

/** An index's own storage. */
export class Kept {
  readonly #storage: DurableObjectStorage
  readonly #sql: SqlStorage
  // Each search asks for these, so they are read once.
  #isThere: boolean
  #count: number | null = null
  #listing: Listing | null = null

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage
    this.#sql = storage.sql
    this.#isThere =
      this.#sql.exec(`SELECT 1 FROM sqlite_master WHERE name = 'state'`).toArray().length > 0
  }

  /** Whether what is kept here is of another version than this code's. */
  get isOutdated(): boolean {
    return this.isThere && this.#sql.exec('SELECT version FROM state').one()['version'] !== VERSION
  }

  /** Whether anybody ever searched here. Until then nothing is kept, and to be asked writes nothing. */
  get isThere(): boolean {
    return this.#isThere
  }

  make(): void {
    this.#storage.transactionSync(() => this.#sql.exec(TABLES))
    this.#isThere = true
    this.#forgetRead()
  }

  /** Throws all of it away. */
  async clear(): Promise<void> {
    this.#isThere = false
    this.#forgetRead()
    await this.#storage.deleteAll()
  }

  #forgetRead(): void {
    this.#count = null
    this.#listing = null
  }

  get listing(): Listing {
    this.#listing ??= this.#readListing()
    return this.#listing
  }

  #readListing(): Listing {
    const row = this.#sql
      .exec<{ is_listed: number; listed_after: string }>('SELECT * FROM state')
      .one()
    return { isListed: row.is_listed === 1, after: row.listed_after }
  }

  /** Takes in a page of the list of all that the owner has. */
  list(ids: string[], isListed: boolean): void {
    this.#forgetRead()
    this.#storage.transactionSync(() => {
      this.#sql.exec(
        `INSERT INTO conversations (id) SELECT value FROM json_each(?) WHERE 1
         ON CONFLICT (id) DO UPDATE SET notices = notices + 1`,
        JSON.stringify(ids),
      )
      this.#sql.exec(
        'UPDATE state SET is_listed = ?, listed_after = coalesce(?, listed_after)',
        isListed ? 1 : 0,
        ids.at(-1) ?? null,
      )
    })
  }

  notice(id: string): void {
    this.#count = null
    this.#sql.exec(
      `INSERT INTO conversations (id) VALUES (?)
       ON CONFLICT (id) DO UPDATE SET notices = notices + 1`,
      id,
    )
  }

  /** The conversations that have more than the index. */
  pending(): string[] {
    return this.#sql
      .exec<{ id: string }>('SELECT id FROM conversations WHERE notices > 0 ORDER BY n DESC')
      .toArray()
      .map(({ id }) => id)
  }

  count(): number {
    this.#count ??= this.#sql
      .exec<{ count: number }>('SELECT count(*) AS count FROM conversations')
      .one().count
    return this.#count
  }

  standing(id: string): Standing | null {
    const rows = this.#sql.exec(
      'SELECT n, id, numbering, seq, version, title, notices FROM conversations WHERE id = ?',
      id,
    )
    return (rows.toArray()[0] as Standing | undefined) ?? null
  }

  /** Lets go of a conversation. */
  drop(id: string): void {
    const standing = this.standing(id)
    if (standing === null) return
    this.#count = null
    this.#storage.transactionSync(() => {
      this.#dropWords(standing.n)
      this.#sql.exec('DELETE FROM conversations WHERE n = ?', standing.n)
      if (standing.numbering !== null) this.#sql.exec('UPDATE state SET is_untidy = 1')
    })
  }

  get isUntidy(): boolean {
    return this.#sql.exec('SELECT 1 FROM state WHERE is_untidy = 1').toArray().length > 0
  }

  /** Until then the words of what was let go of are in the storage, though nothing finds them. */
  tidy(): void {
    this.#storage.transactionSync(() => {
      this.#sql.exec(`INSERT INTO words (words) VALUES ('optimize')`)
      this.#sql.exec('UPDATE state SET is_untidy = 0')
    })
  }

  #dropWords(n: number): void {
    this.#sql.exec('DELETE FROM words WHERE rowid BETWEEN ? AND ?', n * ROOM, (n + 1) * ROOM - 1)
  }

  /** Takes a page in, all or nothing. */
  take({ n, id, notices, ...was }: Standing, page: Page): void {
    this.#storage.transactionSync(() => {
      if (page.isWhole && was.numbering !== null) this.#dropWords(n)
      const { title, topic, isActive, quietSince, createdAt, path } = page.facts
      if (page.isWhole || title !== was.title) {
        this.#put(n, 0, { at: createdAt, shown: 'null', texts: title === null ? {} : { title } })
      }
      for (const said of page.messages) {
        const { seq, at, texts } = said
        this.#put(n, seq, { at, shown: shownOfMessage(said), texts })
      }
      this.#sql.exec(
        `UPDATE conversations SET numbering = ?, seq = ?, version = ?, title = ?, topic = ?, is_active = ?,
         quiet_since = ?, shown = ?, path = ?, notices = notices - ? WHERE n = ?`,
        page.numbering,
        page.upTo,
        page.version,
        title,
        topic,
        isActive ? 1 : 0,
        quietSince,
        shownOf(id, page.facts),
        path,
        page.hasMore ? 0 : notices,
        n,
      )
    })
  }

  /**
   * Lets go of some messages, and of the title if it is another one than the conversation has. Numbers of another numbering
   * say nothing of what is here: then all of the conversation goes. What is left is to be asked for once more: it may have
   * been here already. False if there was nothing to let go of.
   */
  hide(id: string, numbering: string, seqs: number[], title: string | null): boolean {
    const standing = this.standing(id)
    if (standing === null || standing.numbering === null) return false
    this.#storage.transactionSync(() => {
      const { n } = standing
      const isSame = standing.numbering === numbering
      const isTitled = title === standing.title
      const gone = isTitled ? seqs : [0, ...seqs]
      if (!isSame) this.#dropWords(n)
      else for (const seq of gone) this.#put(n, seq, { at: 0, shown: 'null', texts: {} })
      if (!isTitled) {
        // A find of another message shows it.
        this.#sql.exec(
          `UPDATE conversations SET title = NULL, shown = json_set(shown, '$.title', NULL) WHERE n = ?`,
          n,
        )
      }
      this.#sql.exec(
        'UPDATE conversations SET numbering = ?, version = 0, notices = notices + 1 WHERE n = ?',
        isSame ? numbering : null,
        n,
      )
      this.#sql.exec('UPDATE state SET is_untidy = 1')
    })
    return true
  }

  #put(
    n: number,
    seq: number,
    { at, shown, texts }: { at: number; shown: string; texts: Texts },
  ): void {
    const rowid = n * ROOM + seq
    const values = columns.map((column) => (texts[column] ? indexed(texts[column]) : null))
    if (values.some((value) => value)) {
      this.#sql.exec(insertion, rowid, ...values, at, shown, JSON.stringify(texts))
    } else this.#sql.exec('DELETE FROM words WHERE rowid = ?', rowid)
  }
}
