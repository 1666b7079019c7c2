/** How sure a schedule can be of something: asked for and answered, asked for without an answer, or not asked for. */
export type Sure = 'yes' | 'maybe' | 'no'

export interface Acknowledged {
  seq: number
  role: string
  content: string
  /** What it follows, if that was told. */
  parent_id?: string | null | undefined
}

type Sent = Acknowledged & { id: string }

interface Writing {
  /** Whether anything of it was acknowledged. */
  isKept: boolean
  atLeast: string
  text: string
  parent: string | null
}

/** What must be true of a conversation, by nothing but what its callers were told. */
export class Expected {
  readonly id: string
  readonly visitor: number
  /** Whose it was created as. */
  readonly beganAs: 'session' | 'user'
  created: Sure = 'maybe'
  erased: Sure = 'no'
  /** Whether messages may have other places than was said: its object was restored, and went on before it was merged. */
  isMoved = false
  readonly acknowledged = new Map<string, Acknowledged>()
  /** Whether a page may have gone on with it just when it was erased, and begun it anew by that. */
  isRevived = false
  /** What was told as kept without its place, by id. */
  readonly told = new Map<string, string>()
  /** Everything that was ever sent, by id: what is not acknowledged may be there, and then as it was sent. */
  readonly sent = new Map<string, string>()
  readonly titles = new Set<string>()
  /** Messages whose words were deleted: those are nowhere then, whatever happens. */
  readonly deleted = new Map<string, Sure>()
  /** What was said without an id, by its text: it is there once at the most, and once if that was told. */
  readonly unnamed = new Map<string, Sure>()
  /** What clients write and rewrite, each time with more: as far as they sent it, and as far as that was acknowledged. */
  readonly writing = new Map<string, Writing>()
  /** What a file brought, all of it or nothing; empty if it was created here. */
  readonly file: Sent[]
  /** An answer that its file had cut, and what it says in a newer one. */
  readonly cut: { id: string; whole: string } | null

  constructor(
    id: string,
    visitor: number,
    beganAs: 'session' | 'user',
    file: Sent[] = [],
    whole = '',
  ) {
    this.id = id
    this.visitor = visitor
    this.beganAs = beganAs
    this.file = file
    for (const message of file) this.sent.set(message.id, message.content)
    const last = file.at(-1)
    this.cut = last && whole !== '' ? { id: last.id, whole } : null
    // If somebody has answered it here, the whole answer stands beside it.
    if (this.cut) this.sent.set(`${this.cut.id}.2`, whole)
  }

  /** Notes what a client is about to say of a message that it writes. Returns that. */
  write(id: string, text: string, parent: string | null): string {
    const known = this.writing.get(id)
    this.writing.set(id, { isKept: false, atLeast: '', ...known, text, parent })
    this.sent.set(id, text)
    return text
  }

  /** Notes that this much of it is kept. */
  wrote(id: string, text: string): void {
    const known = this.writing.get(id)
    if (known && text.length > known.atLeast.length) known.atLeast = text
  }

  /** Whether a message may say this, as it was sent or, if it was cut, as a newer file has it. */
  isSaid(id: string, sent: string, found: string | undefined): boolean {
    const isDeleted = this.deleted.get(id)
    if (found === '' && isDeleted !== undefined) return true
    if (isDeleted === 'yes') return false
    const writing = this.writing.get(id)
    if (writing && found !== undefined) {
      return found.startsWith(writing.atLeast) && writing.text.startsWith(found)
    }
    return found === sent || (this.cut?.id === id && found === this.cut.whole)
  }

  /** Whether a message came by a file. */
  isBrought(id: string): boolean {
    return (
      this.file.some((one) => one.id === id) || (this.cut !== null && id === `${this.cut.id}.2`)
    )
  }

  /** Whether it may have been erased, and brought in anew from its file: then it has what that holds. */
  get isAnother(): boolean {
    return this.file.length > 0 && this.erased !== 'no'
  }

  /** It may be there anew, from its file, which is sent again after it was erased. */
  beginAgain(): void {
    this.erased = 'maybe'
    this.acknowledged.clear()
    for (const id of this.deleted.keys()) this.deleted.set(id, 'maybe')
    for (const text of this.unnamed.keys()) this.unnamed.set(text, 'maybe')
    this.told.clear()
    for (const writing of this.writing.values())
      Object.assign(writing, { isKept: false, atLeast: '' })
  }

  /** Notes a title that it may have. */
  named(title: string): this {
    this.titles.add(title)
    return this
  }

  /** Notes what an answer says is kept. The same message is never told two places. */
  acknowledge(messages: Sent[]): void {
    for (const { id, seq, role, content, parent_id } of messages) {
      const known = this.acknowledged.get(id)
      const isSame = known?.content === content || (content === '' && this.deleted.has(id))
      if (known && ((known.seq !== seq && !this.isMoved) || !isSame)) {
        throw new Error(`${id} was acknowledged as ${known.seq} and then as ${seq}`)
      }
      const sent = this.sent.get(id)
      const isGone = content === '' && this.deleted.has(id)
      if (sent !== undefined && sent !== content && !isGone)
        throw new Error(`${id} was changed on its way`)
      const before = known?.parent_id
      if (
        before !== undefined &&
        parent_id !== undefined &&
        before !== parent_id &&
        !this.isMoved
      ) {
        throw new Error(`${id} follows another message than was said`)
      }
      const parent = parent_id === undefined ? before : parent_id
      const words = known && content === '' ? known.content : content
      this.acknowledged.set(id, { seq, role, content: words, parent_id: parent })
    }
  }
}

/** A visitor, who may turn out to be a user. */
export interface Visitor {
  sessionId: string
  userId: string
  linked: Sure
}

/** A file that a visitor's user has sent in, and what it holds. */
export interface FileSent {
  visitor: number
  text: string
  /** The same, made later: what was cut is whole. */
  newer: string
  abouts: Expected[]
}

/** What a schedule has come to expect so far. */
export interface Model {
  visitors: Visitor[]
  conversations: Expected[]
  files: FileSent[]
}
