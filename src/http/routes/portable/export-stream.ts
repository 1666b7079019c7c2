import type { Context } from 'hono'

import type { ExportCut, ExportFormat } from '../../../contract/portable.ts'
import { log, nameOf } from '../../../events.ts'
import { sha256 } from '../../../portable/digest.ts'
import type { Beginning, Totals, Writer } from '../../../portable/format.ts'
import { formats } from '../../../portable/formats.ts'
import { type Source, write } from '../../../portable/write.ts'
import { streamed, zipped } from '../../../portable/zip.ts'
import type { HonoEnv } from '../../caller/caller.ts'
import { Problem } from '../../frame/problem.ts'
import { type Named, encoded, entriesOf, noting } from './export-files.ts'
import { type Pages, isGone } from './export-pages.ts'

/** An export as it is read: nothing runs ahead of its reader, and nothing goes on without one. */
export async function exportStream(
  c: Context<HonoEnv>,
  pages: Pages,
  format: ExportFormat,
  beginning: Beginning,
  sources: AsyncIterable<Source>,
): Promise<ReadableStream<Uint8Array>> {
  const totals: Totals = { conversations: 0, messages: 0 }
  const writer = await formats[format].writer(beginning, sha256())
  const text = write(writer, sources, totals)
  return stream(c, told(c, pages, { format, totals, cut: writer.cut }, encoded(text)))
}

/** The same as a ZIP: Hilo's own lines, and the files that their messages name. */
export async function zipStream(
  c: Context<HonoEnv>,
  pages: Pages,
  beginning: Beginning,
  sources: AsyncIterable<Source>,
): Promise<ReadableStream<Uint8Array>> {
  const totals: Totals = { conversations: 0, messages: 0 }
  const named: Named = new Map()
  const writer = await formats.ndjson.writer(beginning, sha256())
  const text = write(writer, noting(sources, named), totals)
  const zip = zipped(entriesOf(c, pages, encoded(text), named))
  return stream(c, told(c, pages, { format: 'zip', totals }, zip))
}

const encoder = new TextEncoder()

function stream(
  c: Context<HonoEnv>,
  pieces: AsyncGenerator<Uint8Array, void, undefined>,
): ReadableStream<Uint8Array> {
  const leave = async () => {
    await pieces.return()
  }
  c.req.raw.signal.addEventListener('abort', () => void leave())
  return streamed(pieces)
}

interface Told {
  format: ExportFormat | 'zip'
  totals: Totals
  cut?: Writer['cut']
}

/** Gives out an export, and says in the log what became of it. */
async function* told(
  c: Context<HonoEnv>,
  pages: Pages,
  { format, totals, cut: saying }: Told,
  pieces: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const started = Date.now()
  const requestId = c.get('requestId')
  let event: 'exported' | 'export-left' | null = 'export-left'
  let cut: ExportCut | null = null
  try {
    try {
      for await (const piece of pieces) {
        cut = await pages.barred()
        if (cut) break
        yield piece
      }
    } catch (error) {
      if (!isGone(error)) throw error
      cut = 'gone'
    }
    // Said in the file, if its format can; then the connection ends with an error too.
    if (cut && saying) yield encoder.encode(saying(cut))
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
