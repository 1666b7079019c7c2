import type { Context } from 'hono'

import type { Message } from '../contract/message.ts'
import type { ExportFormat, ExportPage } from '../contract/portable.ts'
import { log, nameOf } from '../events.ts'
import type { Beginning, Totals } from '../portable/format.ts'
import { formats } from '../portable/formats.ts'
import { type Source, write } from '../portable/write.ts'
import { ask } from './ask.ts'
import type { HonoEnv } from './caller/caller.ts'
import { Problem, granted } from './problem.ts'

/** The first page of a conversation. */
export const firstPage = async (c: Context<HonoEnv>, id: string): Promise<ExportPage> =>
  granted(await ask(c, id, (object, call) => object.exportPage(call, 0, null)))

/** A conversation that is exported, from its first page on; the others are asked for as they are needed. */
export const sourceOf = (c: Context<HonoEnv>, first: ExportPage): Source => ({
  conversation: { ...first.conversation, extra: JSON.parse(first.extra) },
  pages: pagesOf(c, first),
})

async function* pagesOf(
  c: Context<HonoEnv>,
  { conversation: { id }, messages, upTo }: ExportPage,
): AsyncGenerator<Message[], void, undefined> {
  for (let page = messages; ;) {
    yield page
    const seq = page.at(-1)?.seq ?? upTo
    if (seq >= upTo) return
    const next = granted(await ask(c, id, (object, call) => object.exportPage(call, seq, upTo)))
    page = next.messages
  }
}

/** The conversations of a list, one after the other; those that are gone or another's by now are left out. */
export async function* sourcesOf(
  c: Context<HonoEnv>,
  ids: string[],
): AsyncGenerator<Source, void, undefined> {
  for (const id of ids) {
    const first = await firstPage(c, id).catch((error: unknown) => {
      if (error instanceof Problem && error.type === 'no-such-conversation') return null
      throw error
    })
    if (first !== null) yield sourceOf(c, first)
  }
}

/** An export as it is read: nothing runs ahead of its reader, and nothing goes on without one. */
export function exportStream(
  c: Context<HonoEnv>,
  format: ExportFormat,
  beginning: Beginning,
  sources: AsyncIterable<Source>,
): ReadableStream<Uint8Array> {
  const pieces = told(c, format, beginning, sources)
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
  format: ExportFormat,
  beginning: Beginning,
  sources: AsyncIterable<Source>,
): AsyncGenerator<string, void, undefined> {
  const started = Date.now()
  const totals: Totals = { conversations: 0, messages: 0 }
  const requestId = c.get('requestId')
  let event: 'exported' | 'export-left' | null = 'export-left'
  try {
    yield* write(formats[format], beginning, sources, totals)
    event = 'exported'
  } catch (error) {
    event = null
    const name = error instanceof Problem ? error.type : nameOf(error)
    log({
      event: 'export-failed',
      format,
      conversations: totals.conversations,
      error: name,
      request_id: requestId,
    })
    throw new Error('The export was cut')
  } finally {
    if (event !== null) {
      log({ event, format, ...totals, took_ms: Date.now() - started, request_id: requestId })
    }
  }
}
