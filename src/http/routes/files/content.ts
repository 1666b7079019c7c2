import * as z from 'zod'

import { serveContent } from '../../files/content.ts'
import { createRoute, forCallers, problems, routes, security } from '../../frame/openapi.ts'
import { limitReads } from '../../frame/rate-limits.ts'
import { idOf, params } from './files.ts'

const bytes = {
  content: { '*/*': { schema: { type: 'string' as const, format: 'binary' } } },
}

const readContent = createRoute({
  operationId: 'readFile',
  tags: ['Files'],
  security,
  summary: 'The bytes of a file',
  description:
    'For its owner, or for whoever shows the address that a message was read with. `Range` takes one range; ' +
    '`If-None-Match` and `If-Range` take the `ETag`, which is the SHA-256. What could run in a page comes as a download.',
  method: 'get',
  path: '/api/files/{file_id}/content',
  middleware: [limitReads] as const,
  request: {
    params,
    query: z.strictObject({
      expires: z.string().optional(),
      store: z.string().optional(),
      signature: z.string().optional(),
    }),
  },
  responses: {
    200: { description: 'All of it', ...bytes },
    206: { description: 'The range', ...bytes },
    304: { description: 'The caller has it already' },
    ...problems(
      ...forCallers,
      'invalid-ticket',
      'no-such-file',
      'range-not-satisfiable',
      'no-files',
    ),
  },
})

export const contentRoutes = routes().openapi(readContent, (c) =>
  serveContent(c, idOf(c.req.valid('param').file_id)),
)
