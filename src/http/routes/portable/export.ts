import type { Context } from 'hono'
import * as z from 'zod'

import { ConversationId } from '../../../contract/conversation.ts'
import { EXPORT_CALLS, EXPORT_PAGE } from '../../../contract/limits.ts'
import { exportFormats } from '../../../contract/portable.ts'
import { log } from '../../../events.ts'
import type { Beginning } from '../../../portable/format.ts'
import { formats } from '../../../portable/formats.ts'
import type { Source } from '../../../portable/write.ts'
import { idsOf } from '../../../storage/conversations.ts'
import { openDatabase } from '../../../storage/database.ts'
import { troubleOf } from '../../../storage/trouble.ts'
import { type HonoEnv, requireOwner } from '../../caller/caller.ts'
import { createRoute, forCallers, problems, routes, security } from '../../frame/openapi.ts'
import { readWalkCursor, walkCursor, wordParameter } from '../../frame/parameters.ts'
import { tryAgain } from '../../frame/problem.ts'
import { limitExports } from '../../frame/rate-limits.ts'
import { Pages } from './export-pages.ts'
import { exportStream, zipStream } from './export-stream.ts'
import { attachment } from './file-name.ts'

const tags = ['Export']
const Format = wordParameter([...exportFormats, 'zip'] as const).default('ndjson')
const zip = { mediaType: 'application/zip', extension: 'zip' }
const Status = wordParameter(['active', 'archived', 'all'])

const text = { schema: z.string() }
const file = {
  description:
    'The file, streamed. One that was cut lacks its end: `ndjson` and `json` have a footer with counts and a digest',
  content: {
    'application/x-ndjson': text,
    'application/json': text,
    'application/jsonl': text,
    'text/markdown': text,
    'text/html': text,
    'text/csv': text,
    'application/zip': { schema: { type: 'string' as const, format: 'binary' } },
  },
}

const exportConversation = createRoute({
  operationId: 'exportConversation',
  tags,
  security,
  summary: 'A conversation as a file',
  method: 'get',
  path: '/api/conversations/{id}/export',
  middleware: [limitExports] as const,
  request: {
    params: z.object({ id: ConversationId }),
    query: z.strictObject({ format: Format }),
  },
  responses: { 200: file, ...problems(...forCallers, 'rate-limited', 'no-such-conversation') },
})

const exportAll = createRoute({
  operationId: 'exportAll',
  tags,
  security,
  summary: 'All my conversations as a file',
  description:
    'Archived ones too, unless `status` says otherwise. Where there are more than one call can carry, `Link` leads to ' +
    'the next one, and the `next_cursor` of its footer.',
  method: 'get',
  path: '/api/export',
  middleware: [limitExports] as const,
  request: {
    query: z.strictObject({
      format: Format,
      status: Status.default('all'),
      cursor: z.string().optional(),
    }),
  },
  responses: { 200: file, ...problems(...forCallers, 'rate-limited') },
})

export const exportRoutes = routes()
  .openapi(exportConversation, async (c) => {
    const { format } = c.req.valid('query')
    const pages = new Pages(c, format === 'zip' ? 'ndjson' : format)
    const first = await pages.page(c.req.valid('param').id, 0, null)
    const { title, language, id } = first.conversation
    const { mediaType, extension } = format === 'zip' ? zip : formats[format]
    const beginning = { exportedAt: new Date(), title, language, nextCursor: null }
    async function* one() {
      yield pages.sourceOf(first)
    }
    return c.body(await streamOf(c, pages, format, beginning, one()), 200, {
      'content-type': mediaType,
      'content-disposition': attachment(title ?? id, extension),
    })
  })
  .openapi(exportAll, async (c) => {
    const { format, status, cursor } = c.req.valid('query')
    const { ids, nextCursor } = await plan(c, status, cursor)
    const pages = new Pages(c, format === 'zip' ? 'ndjson' : format)
    const { mediaType, extension } = format === 'zip' ? zip : formats[format]
    const exportedAt = new Date()
    const beginning = { exportedAt, title: null, language: null, nextCursor }
    const name = `hilo-${exportedAt.toISOString().slice(0, 10)}`
    if (nextCursor !== null) {
      c.header(
        'link',
        `</api/export?format=${format}&status=${status}&cursor=${nextCursor}>; rel="next"`,
      )
    }
    return c.body(await streamOf(c, pages, format, beginning, pages.sourcesOf(ids)), 200, {
      'content-type': mediaType,
      'content-disposition': attachment(name, extension),
    })
  })

const streamOf = (
  c: Context<HonoEnv>,
  pages: Pages,
  format: z.infer<typeof Format>,
  beginning: Beginning,
  sources: AsyncIterable<Source>,
): Promise<ReadableStream<Uint8Array>> =>
  format === 'zip'
    ? zipStream(c, pages, beginning, sources)
    : exportStream(c, pages, format, beginning, sources)

/** What one call exports: as much as the platform's bound on calls allows, and where the next call goes on. */
async function plan(
  c: Context<HonoEnv>,
  status: z.infer<typeof Status>,
  cursor: string | undefined,
): Promise<{ ids: string[]; nextCursor: string | null }> {
  const after = cursor === undefined ? '' : readWalkCursor(cursor)
  const owner = requireOwner(c.get('caller'))
  const rows = await idsOf(openDatabase(c.env.DB), owner, status, after, EXPORT_CALLS + 1).catch(
    (error: unknown) => {
      log({ event: 'list-failed', error: troubleOf(error), request_id: c.get('requestId') })
      throw tryAgain(
        'Which conversations there are cannot be read right now. Each conversation can be exported.',
      )
    },
  )
  const ids: string[] = []
  let calls = 0
  for (const { id, lastSeq } of rows) {
    calls += Math.max(1, Math.ceil(lastSeq / EXPORT_PAGE))
    const last = ids.at(-1)
    // One that is larger than any plan goes alone.
    if (last !== undefined && calls > EXPORT_CALLS) return { ids, nextCursor: walkCursor(last) }
    ids.push(id)
  }
  return { ids, nextCursor: null }
}
