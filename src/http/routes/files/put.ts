import * as z from 'zod'

import { keepAt } from '../../files/keep.ts'
import {
  createRoute,
  forBodies,
  forCallers,
  problems,
  routes,
  security,
} from '../../frame/openapi.ts'
import { Problem } from '../../frame/problem.ts'
import { limitWrites } from '../../frame/rate-limits.ts'
import { idOf, lengthOf, params } from './files.ts'

const putContent = createRoute({
  operationId: 'putFile',
  tags: ['Files'],
  security,
  summary: 'Put the bytes of a file at an address that was made for that',
  description:
    'For whoever shows the address: that names whose the file is, its id and its name, and needs no token. It is good for one file. The ' +
    'same bytes again change nothing, others are refused. assistant-ui gets such addresses; everybody else sends a file to `POST /api/files`.',
  method: 'put',
  path: '/api/files/{file_id}/content',
  middleware: [limitWrites] as const,
  request: {
    params,
    query: z.strictObject({
      expires: z.string().optional(),
      store: z.string().optional(),
      name: z.string().optional(),
      signature: z.string().optional(),
    }),
    body: {
      required: true,
      content: { '*/*': { schema: { type: 'string' as const, format: 'binary' } } },
    },
  },
  responses: {
    204: { description: 'It is kept' },
    ...problems(
      ...forCallers,
      ...forBodies,
      'invalid-ticket',
      'no-such-file',
      'over-quota',
      'session-linked',
      'no-files',
    ),
  },
})

export const putRoutes = routes().openapi(putContent, async (c) => {
  const id = idOf(c.req.valid('param').file_id)
  const store = c.get('store')
  if (store === undefined) {
    const detail =
      'Show an address that was made for an upload, or send the file to POST /api/files.'
    throw new Problem('not-permitted', { detail })
  }
  const { name = '' } = c.req.valid('query')
  // A file may be empty.
  const body = c.req.raw.body ?? new Blob([]).stream()
  await keepAt(c, { store, id }, body, { length: lengthOf(c), name: name === '' ? null : name })
  return c.body(null, 204)
})
