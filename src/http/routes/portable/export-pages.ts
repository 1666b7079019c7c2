import type { Context } from 'hono'

import type {
  ExportCut,
  ExportFormat,
  ExportPage,
  PortableMessage,
} from '../../../contract/portable.ts'
import { formats } from '../../../portable/formats.ts'
import type { Source, SourcePage } from '../../../portable/write.ts'
import { type HonoEnv, callOf } from '../../caller/caller.ts'
import { hasFiles, withPictures } from '../../files/pictures.ts'
import { ownerOf } from '../../files/shown.ts'
import { Told } from '../../files/told.ts'
import { ask } from '../../frame/ask.ts'
import { Problem, granted } from '../../frame/problem.ts'

/** After how long the object is asked again whether what it gave out is still the caller's, in ms. */
const BELIEVED_MS = 2_000

/** The pages of conversations, one after the other, for as long as the caller may have them. */
export class Pages {
  readonly #c: Context<HonoEnv>
  readonly #isLine: boolean
  /** Whether pictures stand in it. */
  readonly #isForPeople: boolean
  readonly #told: Told
  #id: string | null = null
  #askedAt = 0

  constructor(c: Context<HonoEnv>, format: ExportFormat) {
    this.#c = c
    this.#isLine = formats[format].isLine ?? false
    this.#isForPeople = format === 'html' || format === 'markdown'
    this.#told = new Told(c, format === 'ndjson' || format === 'json')
  }

  async page(id: string, after: number, upTo: number | null): Promise<ExportPage> {
    const page = granted(
      await ask(this.#c, id, (object, call) => object.exportPage(call, after, upTo, this.#isLine)),
    )
    this.#id = id
    this.#askedAt = Date.now()
    return page
  }

  /** A conversation that is exported, from its first page on; the others are asked for as they are needed. */
  sourceOf(first: ExportPage): Source {
    const { conversation, leftOut } = first
    return { conversation, leftOut, extra: this.#extra(first), pages: this.#rest(first) }
  }

  async *#extra({ conversation: { id }, extra }: ExportPage) {
    for (let page = extra; page;) {
      yield* page.pieces
      const { last, upTo } = page
      if (last >= upTo) return
      const next = await ask(this.#c, id, (object, call) => object.exportExtra(call, last, upTo))
      page = granted(next).extra
    }
  }

  async *#rest(first: ExportPage): AsyncGenerator<SourcePage, void, undefined> {
    const { conversation, upTo } = first
    for (let page = first; ;) {
      const told = await this.#withFiles(page)
      yield* this.#isForPeople ? this.#withPictures(conversation, told) : [told]
      const seq = page.messages.at(-1)?.seq ?? upTo
      if (seq >= upTo) return
      page = await this.page(conversation.id, seq, upTo)
    }
  }

  async #withFiles({ conversation, ...page }: ExportPage): Promise<SourcePage> {
    return { ...page, messages: await this.#told.on(ownerOf(conversation), page.messages) }
  }

  /** The same, with one message at a time that has pictures in it. */
  async *#withPictures(
    conversation: ExportPage['conversation'],
    { messages, ...page }: SourcePage,
  ) {
    const owner = ownerOf(conversation)
    let plain: PortableMessage[] = []
    for (const message of messages) {
      if (!hasFiles(message)) {
        plain.push(message)
        continue
      }
      yield { ...page, messages: plain }
      plain = []
      yield { ...page, messages: [await withPictures(this.#c, owner, message)] }
    }
    yield { ...page, messages: plain }
  }

  /** The conversations of a list, one after the other; those that are gone or another's by now are left out. */
  async *sourcesOf(ids: string[]): AsyncGenerator<Source, void, undefined> {
    for (const id of ids) {
      const first = await this.page(id, 0, null).catch((error: unknown) => {
        if (isGone(error)) return null
        throw error
      })
      if (first !== null) yield this.sourceOf(first)
    }
  }

  /** Whether a conversation is still the caller's. */
  async isStill(id: string): Promise<boolean> {
    try {
      await this.page(id, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)
      return true
    } catch (error) {
      if (isGone(error)) return false
      throw error
    }
  }

  /** Why the caller may have no more, and not even what was read for them; null while they may. */
  async barred(): Promise<ExportCut | null> {
    const { expiresAt } = callOf(this.#c).caller
    if (expiresAt !== null && Date.now() >= expiresAt) return 'expired'
    if (this.#id === null || Date.now() - this.#askedAt < BELIEVED_MS) return null
    return (await this.isStill(this.#id)) ? null : 'gone'
  }
}

export const isGone = (error: unknown): boolean =>
  error instanceof Problem && error.type === 'no-such-conversation'
