import type { Context } from 'hono'

import type {
  ExportCut,
  ExportFormat,
  ExportPage,
  PortableMessage,
} from '../../../contract/portable.ts'
import { log, nameOf } from '../../../events.ts'
import { sha256 } from '../../../portable/digest.ts'
import type { Beginning, Totals } from '../../../portable/format.ts'
import { formats } from '../../../portable/formats.ts'
import { type Source, type SourcePage, write } from '../../../portable/write.ts'
import { type HonoEnv, callOf } from '../../caller/caller.ts'
import { hasFiles, withPictures } from '../../files/pictures.ts'
import { ownerOf } from '../../files/shown.ts'
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
  #id: string | null = null
  #askedAt = 0

  constructor(c: Context<HonoEnv>, format: ExportFormat) {
    this.#c = c
    this.#isLine = formats[format].isLine ?? false
    this.#isForPeople = format === 'html' || format === 'markdown'
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
      yield* this.#isForPeople ? this.#withPictures(page) : [page]
      const seq = page.messages.at(-1)?.seq ?? upTo
      if (seq >= upTo) return
      page = await this.page(conversation.id, seq, upTo)
    }
  }

  /** The same, with one message at a time that has pictures in it. */
  async *#withPictures({ conversation, messages, ...page }: ExportPage) {
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

  /** Why the caller may have no more, and not even what was read for them; null while they may. */
  async barred(): Promise<ExportCut | null> {
    const { expiresAt } = callOf(this.#c).caller
    if (expiresAt !== null && Date.now() >= expiresAt) return 'expired'
    if (this.#id === null || Date.now() - this.#askedAt < BELIEVED_MS) return null
    try {
      await this.page(this.#id, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)
    } catch (error) {
      if (isGone(error)) return 'gone'
      throw error
    }
    return null
  }
}

const isGone = (error: unknown): boolean =>
  error instanceof Problem && error.type === 'no-such-conversation'

/** An export as it is read: nothing runs ahead of its reader, and nothing goes on without one. */
export function exportStream(
  c: Context<HonoEnv>,
  pages: Pages,
  format: ExportFormat,
  beginning: Beginning,
  sources: AsyncIterable<Source>,
): ReadableStream<Uint8Array> {
  const pieces = told(c, pages, format, beginning, sources)
  const encoder = new TextEncoder()
  const leave = async () => {
    await pieces.return()
  }
  c.req.raw.signal.addEventListener('abort', () => void leave())
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        const { done, value } = await pieces.next()
        if (done) controller.close()
        else controller.enqueue(encoder.encode(value))
      },
      cancel: leave,
    },
    { highWaterMark: 0 },
  )
}

/** Writes an export, and says in the log what became of it. */
async function* told(
  c: Context<HonoEnv>,
  pages: Pages,
  format: ExportFormat,
  beginning: Beginning,
  sources: AsyncIterable<Source>,
): AsyncGenerator<string, void, undefined> {
  const started = Date.now()
  const totals: Totals = { conversations: 0, messages: 0 }
  const requestId = c.get('requestId')
  const writer = formats[format].writer(beginning, sha256())
  let event: 'exported' | 'export-left' | null = 'export-left'
  let cut: ExportCut | null = null
  try {
    try {
      for await (const piece of write(writer, sources, totals)) {
        cut = await pages.barred()
        if (cut) break
        yield piece
      }
    } catch (error) {
      if (!isGone(error)) throw error
      cut = 'gone'
    }
    // Said in the file, if its format can; then the connection ends with an error too.
    if (cut && writer.cut) yield writer.cut(cut)
    if (cut) throw new Problem('no-such-conversation')
    event = 'exported'
  } catch (error) {
    event = null
    const name = error instanceof Problem ? error.type : nameOf(error)
    log({
      event: 'export-failed',
      format,
      conversations: totals.conversations,
      error: cut ?? name,
      request_id: requestId,
    })
    throw new Error('The export was cut')
  } finally {
    if (event !== null) {
      log({ event, format, ...totals, took_ms: Date.now() - started, request_id: requestId })
    }
  }
}
