import type { Context } from 'hono'
import * as z from 'zod'

import {
  FILES_PER_PAGE,
  FILE_NAME_LENGTH,
  FileId,
  StoredFile,
  isFileId,
} from '../../../contract/file.ts'
import { listOf } from '../../../contract/list.ts'
import { isKeepable } from '../../../contract/text.ts'
import { type HonoEnv, requireOwner } from '../../caller/caller.ts'
import { keepStream, requireBucket } from '../../files/keep.ts'
import { toFiles } from '../../files/shown.ts'
import { askFiles } from '../../frame/ask.ts'
import {
  createRoute,
  forBodies,
  forCallers,
  json,
  problems,
  routes,
  security,
} from '../../frame/openapi.ts'
import { fileCursor, numberParameter, readFileCursor } from '../../frame/parameters.ts'
import { Problem, granted } from '../../frame/problem.ts'
import { limitReads, limitWrites } from '../../frame/rate-limits.ts'

const tags = ['Files']
/** One that is no id names no file: the handler says so. */
export const params = z.object({ file_id: z.string() })

const uploadFile = createRoute({
  operationId: 'uploadFile',
  tags,
  security,
  summary: 'Keep a file. Send its bytes as the body',
  description:
    'A message names it by its id. If none does, it goes after a day. The same bytes under the same name are the same ' +
    'file. Its type is found by its bytes, whatever `Content-Type` says.',
  method: 'post',
  path: '/api/files',
  middleware: [limitWrites] as const,
  request: {
    headers: z.object({
      'hilo-file-name': z
        .string()
        .optional()
        .meta({ description: 'Its name, percent-encoded if it is more than ASCII' }),
    }),
    body: {
      required: true,
      content: {
        'application/octet-stream': { schema: { type: 'string' as const, format: 'binary' } },
      },
    },
  },
  responses: {
    200: json(StoredFile, 'It stands already'),
    201: json(StoredFile, 'The file'),
    ...problems(...forCallers, ...forBodies, 'over-quota', 'session-linked', 'no-files'),
  },
})

const listFiles = createRoute({
  operationId: 'listFiles',
  tags,
  security,
  summary: 'The files of the caller, the newest first',
  method: 'get',
  path: '/api/files',
  middleware: [limitReads] as const,
  request: {
    query: z.strictObject({
      limit: numberParameter(1, FILES_PER_PAGE).default(20),
      cursor: z.string().optional(),
    }),
  },
  responses: { 200: json(listOf(StoredFile), 'A page'), ...problems(...forCallers) },
})

const getFile = createRoute({
  operationId: 'getFile',
  tags,
  security,
  summary: 'What is known of a file, with an address at which it can be read',
  method: 'get',
  path: '/api/files/{file_id}',
  middleware: [limitReads] as const,
  request: { params },
  responses: { 200: json(StoredFile, 'The file'), ...problems(...forCallers, 'no-such-file') },
})

const deleteFile = createRoute({
  operationId: 'deleteFile',
  tags,
  security,
  summary: 'Remove a file that no message names',
  method: 'delete',
  path: '/api/files/{file_id}',
  middleware: [limitWrites] as const,
  request: { params },
  responses: {
    200: json(
      z.object({ id: FileId, object: z.literal('file'), deleted: z.literal(true) }),
      'It is gone',
    ),
    ...problems(...forCallers, 'no-such-file', 'file-in-use'),
  },
})

export const fileRoutes = routes()
  .openapi(uploadFile, async (c) => {
    const owner = requireOwner(c.get('caller'))
    requireBucket(c.env)
    const name = nameOf(c.req.valid('header')['hilo-file-name'])
    const { body } = c.req.raw
    if (body === null) {
      throw new Problem('invalid-request', { detail: 'Send the bytes of the file as the body.' })
    }
    const { file, isNew } = await keepStream(c, owner, body, { length: lengthOf(c), name })
    const [shown] = await toFiles(c, owner, [file])
    return c.json(shown!, isNew ? 201 : 200)
  })
  .openapi(listFiles, async (c) => {
    const owner = requireOwner(c.get('caller'))
    const { limit, cursor } = c.req.valid('query')
    const before = cursor === undefined ? null : readFileCursor(cursor)
    const rows = await askFiles(c, owner, (files) => files.list(before, limit + 1))
    const page = rows.slice(0, limit)
    const last = page.at(-1)
    const has_more = rows.length > limit
    return c.json(
      {
        object: 'list' as const,
        data: await toFiles(c, owner, page),
        has_more,
        next_cursor: has_more && last ? fileCursor(last.id) : null,
      },
      200,
    )
  })
  .openapi(getFile, async (c) => {
    const owner = requireOwner(c.get('caller'))
    const id = idOf(c.req.valid('param').file_id)
    const file = await askFiles(c, owner, (files) => files.open(id, 'owner'))
    if (file === null) throw new Problem('no-such-file')
    const [shown] = await toFiles(c, owner, [file])
    return c.json(shown!, 200)
  })
  .openapi(deleteFile, async (c) => {
    const owner = requireOwner(c.get('caller'))
    const id = idOf(c.req.valid('param').file_id)
    granted(await askFiles(c, owner, (files) => files.remove(id)))
    return c.json({ id, object: 'file' as const, deleted: true as const }, 200)
  })

export function idOf(given: string): string {
  if (isFileId(given)) return given
  throw new Problem('no-such-file')
}

/** Null if nobody has said it: then the body comes in chunks. */
export function lengthOf(c: Context<HonoEnv>): number | null {
  const length = Number(c.req.header('content-length') ?? Number.NaN)
  return Number.isSafeInteger(length) ? length : null
}

function nameOf(header: string | undefined): string | null {
  if (header === undefined || header === '') return null
  let name = header
  try {
    name = decodeURIComponent(header)
  } catch {
    // A name with a percent sign of its own.
  }
  if (name.length <= FILE_NAME_LENGTH && isKeepable(name)) return name
  const detail = `A name has at most ${FILE_NAME_LENGTH} characters that can be kept unchanged`
  throw new Problem('invalid-request', { errors: [{ pointer: 'hilo-file-name', detail }] })
}
