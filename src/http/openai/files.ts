import * as z from 'zod'

import { FILES_PER_PAGE, FILE_NAME_LENGTH, type FileRow, isFileId } from '../../contract/file.ts'
import { requireOwner } from '../caller/caller.ts'
import { serveContent } from '../files/content.ts'
import { keepStream, requireBucket } from '../files/keep.ts'
import { askFiles } from '../frame/ask.ts'
import { limitForm } from '../frame/body.ts'
import { createRoute, forBodies, forCallers, json, routes, security } from '../frame/openapi.ts'
import { numberParameter } from '../frame/parameters.ts'
import { Problem, granted } from '../frame/problem.ts'
import { limitReads, limitWrites } from '../frame/rate-limits.ts'
import { errors } from './errors.ts'

const tags = ['OpenAI']
const params = z.object({ file_id: z.string() })

const FileObject = z
  .object({
    id: z.string(),
    object: z.literal('file'),
    bytes: z.int(),
    created_at: z.int(),
    filename: z.string(),
    purpose: z.literal('user_data'),
    status: z.literal('processed'),
  })
  .meta({ id: 'OpenAIFile' })

const create = createRoute({
  operationId: 'openaiCreateFile',
  tags,
  security,
  summary: 'Keep a file',
  description:
    'Whatever its purpose, it is one for messages; if none names it, it goes after a day. A form is read as a whole: larger ' +
    'files go to `POST /api/files`.',
  method: 'post',
  path: '/v1/files',
  middleware: [limitWrites, limitForm] as const,
  request: {
    body: {
      required: true,
      content: {
        'multipart/form-data': {
          schema: {
            type: 'object' as const,
            required: ['file'],
            properties: {
              file: { type: 'string' as const, format: 'binary' },
              purpose: { type: 'string' as const },
            },
          },
        },
      },
    },
  },
  responses: {
    200: json(FileObject, 'The file'),
    ...errors(...forCallers, ...forBodies, 'over-quota', 'session-linked', 'no-files'),
  },
})

const list = createRoute({
  operationId: 'openaiListFiles',
  tags,
  security,
  summary: 'The files of the caller, the newest first',
  method: 'get',
  path: '/v1/files',
  middleware: [limitReads] as const,
  request: {
    query: z.object({
      limit: numberParameter(1, 10_000).default(FILES_PER_PAGE),
      after: z.string().optional(),
    }),
  },
  responses: {
    200: json(
      z.object({
        object: z.literal('list'),
        data: z.array(FileObject),
        first_id: z.string().nullable(),
        last_id: z.string().nullable(),
        has_more: z.boolean(),
      }),
      'A page',
    ),
    ...errors(...forCallers, 'no-such-file'),
  },
})

const retrieve = createRoute({
  operationId: 'openaiRetrieveFile',
  tags,
  security,
  summary: 'What is known of a file',
  method: 'get',
  path: '/v1/files/{file_id}',
  middleware: [limitReads] as const,
  request: { params },
  responses: { 200: json(FileObject, 'It'), ...errors(...forCallers, 'no-such-file') },
})

const remove = createRoute({
  operationId: 'openaiDeleteFile',
  tags,
  security,
  summary: 'Remove a file that no message names',
  method: 'delete',
  path: '/v1/files/{file_id}',
  middleware: [limitWrites] as const,
  request: { params },
  responses: {
    200: json(
      z.object({ id: z.string(), object: z.literal('file'), deleted: z.literal(true) }),
      'It is gone',
    ),
    ...errors(...forCallers, 'no-such-file', 'file-in-use'),
  },
})

const content = createRoute({
  operationId: 'openaiFileContent',
  tags,
  security,
  summary: 'The bytes of a file',
  method: 'get',
  path: '/v1/files/{file_id}/content',
  middleware: [limitReads] as const,
  request: { params },
  responses: {
    200: {
      description: 'All of it',
      content: { '*/*': { schema: { type: 'string' as const, format: 'binary' } } },
    },
    206: {
      description: 'The range',
      content: { '*/*': { schema: { type: 'string' as const, format: 'binary' } } },
    },
    304: { description: 'The caller has it already' },
    ...errors(...forCallers, 'no-such-file', 'range-not-satisfiable', 'no-files'),
  },
})

export const openaiFileRoutes = routes()
  .openapi(create, async (c) => {
    const owner = requireOwner(c.get('caller'))
    requireBucket(c.env)
    const form = await c.req.raw.formData().catch(() => {
      throw new Problem('unsupported-media-type', { detail: 'Send multipart/form-data.' })
    })
    const file: unknown = form.get('file')
    if (!(file instanceof File)) {
      const errors_ = [{ pointer: '/file', detail: 'Send the file in this field' }]
      throw new Problem('invalid-request', { errors: errors_ })
    }
    // A cut may leave half of a sign. A form has no NUL in a name.
    const name = file.name.slice(0, FILE_NAME_LENGTH).toWellFormed()
    const kept = await keepStream(c, owner, file.stream(), { length: file.size, name })
    return c.json(shapeOf(kept.file), 200)
  })
  .openapi(list, async (c) => {
    const owner = requireOwner(c.get('caller'))
    const { after, limit } = c.req.valid('query')
    const before = after === undefined ? null : idOf(after)
    const most = Math.min(limit, FILES_PER_PAGE)
    const rows = await askFiles(c, owner, (files) => files.list(before, most + 1))
    const data = rows.slice(0, most).map(shapeOf)
    const [first_id, last_id] = [data[0]?.id ?? null, data.at(-1)?.id ?? null]
    const has_more = rows.length > most
    return c.json({ object: 'list' as const, data, first_id, last_id, has_more }, 200)
  })
  .openapi(retrieve, async (c) => {
    const owner = requireOwner(c.get('caller'))
    const id = idOf(c.req.valid('param').file_id)
    const file = await askFiles(c, owner, (files) => files.open(id, 'owner'))
    if (file === null) throw new Problem('no-such-file')
    return c.json(shapeOf(file), 200)
  })
  .openapi(remove, async (c) => {
    const owner = requireOwner(c.get('caller'))
    const id = idOf(c.req.valid('param').file_id)
    granted(await askFiles(c, owner, (files) => files.remove(id)))
    return c.json({ id, object: 'file' as const, deleted: true as const }, 200)
  })
  .openapi(content, (c) => serveContent(c, idOf(c.req.valid('param').file_id)))

function idOf(given: string): string {
  if (isFileId(given)) return given
  throw new Problem('no-such-file')
}

const shapeOf = ({ id, name, bytes, createdAt }: FileRow) => ({
  id,
  object: 'file' as const,
  bytes,
  created_at: Math.floor(createdAt / 1000),
  filename: name ?? id,
  purpose: 'user_data' as const,
  status: 'processed' as const,
})
