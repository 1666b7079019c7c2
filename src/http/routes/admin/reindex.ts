import * as z from 'zod'

import type { Owner } from '../../../contract/caller.ts'
import { OWNER_LENGTH } from '../../../contract/limits.ts'
import { Indexed } from '../../../contract/search.ts'
import { Text } from '../../../contract/text.ts'
import { log } from '../../../events.ts'
import { isOn } from '../../../settings.ts'
import { askIndex } from '../../frame/ask.ts'
import {
  bodyOf,
  createRoute,
  forBodies,
  forCallers,
  json,
  problems,
  routes,
} from '../../frame/openapi.ts'
import { Problem, granted } from '../../frame/problem.ts'

const Id = Text.min(1).max(OWNER_LENGTH)

const ReindexRequest = z
  .strictObject({ user_id: Id.optional(), session_id: Id.optional() })
  .refine(
    ({ user_id: user, session_id: session }) => (user === undefined) !== (session === undefined),
    {
      path: ['user_id'],
      message: 'Name the user, or the session, whose index it is',
    },
  )
  .meta({ id: 'ReindexRequest' })

const reindex = createRoute({
  operationId: 'reindex',
  tags: ['Administration'],
  security: [{ bearer: [] }],
  summary: 'Make an owner’s search index anew',
  method: 'post',
  path: '/api/admin/reindex',
  request: bodyOf(ReindexRequest, { user_id: 'ann' }),
  responses: {
    200: json(
      z.object({ object: z.literal('reindexing'), indexed: Indexed }),
      'How far it is by now. It goes on by itself',
    ),
    ...problems(...forCallers, ...forBodies, 'no-search'),
  },
})

export const reindexRoutes = routes().openapi(reindex, async (c) => {
  const { service } = c.get('caller')
  if (!service?.scopes.includes('admin')) {
    throw new Problem('not-permitted', { detail: 'For services with the scope admin.' })
  }
  if (!isOn(c.env, 'SEARCH', true)) throw new Problem('no-search')
  const { user_id: userId, session_id: sessionId } = c.req.valid('json')
  const owner: Owner =
    userId === undefined ? { kind: 'session', id: sessionId ?? '' } : { kind: 'user', id: userId }
  const { indexed } = granted(await askIndex(c, owner, (index) => index.rebuild()))
  const facts = { service: service.name, request_id: c.get('requestId') }
  log({ event: 'reindexed', ...indexed, ...facts })
  return c.json({ object: 'reindexing' as const, indexed }, 200)
})
