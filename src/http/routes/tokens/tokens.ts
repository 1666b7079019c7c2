import type { Context } from 'hono'
import * as z from 'zod'

import { listOf } from '../../../contract/list.ts'
import { Text } from '../../../contract/text.ts'
import { log } from '../../../events.ts'
import { openDatabase } from '../../../storage/database.ts'
import type { TokenRow } from '../../../storage/tables.ts'
import { TOKENS_PER_USER, keepToken, revokeToken, tokensOf } from '../../../storage/tokens.ts'
import { troubleOf } from '../../../storage/trouble.ts'
import { type HonoEnv, requireOwner } from '../../caller/caller.ts'
import { newToken } from '../../caller/made-token.ts'
import {
  bodyOf,
  createRoute,
  forBodies,
  forCallers,
  json,
  problems,
  routes,
  security,
} from '../../frame/openapi.ts'
import { Problem, tryAgain } from '../../frame/problem.ts'
import { limitReads, limitWrites } from '../../frame/rate-limits.ts'

const tags = ['Tokens']
const DAY_MS = 24 * 60 * 60 * 1000
const MAX_DAYS = 366

const Token = z
  .object({
    id: z.uuid(),
    object: z.literal('token'),
    name: z.string(),
    created_at: z.iso.datetime(),
    expires_at: z.iso.datetime(),
  })
  .meta({ id: 'Token' })

const NewToken = z
  .strictObject({
    name: Text.min(1).max(100).meta({ description: 'What it is for, to know it by' }),
    expires_in_days: z.int().min(1).max(MAX_DAYS).default(90),
  })
  .meta({ id: 'NewToken' })

const makeToken = createRoute({
  operationId: 'makeToken',
  tags,
  security,
  summary: 'Make a token that lets a program read all of mine, and write nothing',
  method: 'post',
  path: '/api/tokens',
  middleware: [limitWrites] as const,
  request: bodyOf(NewToken, { name: 'My assistant', expires_in_days: 30 }),
  responses: {
    201: json(Token.extend({ token: z.string() }), 'The token. It is shown this once'),
    ...problems(...forCallers, ...forBodies, 'over-quota'),
  },
})

const listTokens = createRoute({
  operationId: 'listTokens',
  tags,
  security,
  summary:
    'The tokens that I made, the newest first; those that have ended go when another is made',
  method: 'get',
  path: '/api/tokens',
  middleware: [limitReads] as const,
  request: { query: z.strictObject({}) },
  responses: {
    200: json(listOf(Token), 'All of them, without the tokens themselves'),
    ...problems(...forCallers, 'rate-limited'),
  },
})

const deleteToken = createRoute({
  operationId: 'revokeToken',
  tags,
  security,
  summary: 'Revoke a token: from now on it proves nobody',
  method: 'delete',
  path: '/api/tokens/{token_id}',
  middleware: [limitWrites] as const,
  request: { params: z.object({ token_id: z.string() }) },
  responses: {
    200: json(
      z.object({ id: z.string(), object: z.literal('token.revoked') }),
      'It is revoked, and not there any more',
    ),
    ...problems(...forCallers, 'no-such-token'),
  },
})

export const tokenRoutes = routes()
  .openapi(makeToken, async (c) => {
    const userId = userOf(c)
    const { name, expires_in_days: days } = c.req.valid('json')
    const { id, token, sha256 } = await newToken()
    const createdAt = Date.now()
    const row = { id, userId, name, sha256, createdAt, expiresAt: createdAt + days * DAY_MS }
    if (!(await asked(c, keepToken(openDatabase(c.env.DB), row)))) {
      const detail = `A user has ${TOKENS_PER_USER} tokens at most. Revoke one first.`
      throw new Problem('over-quota', { detail })
    }
    return c.json({ ...shown(row), token }, 201)
  })
  .openapi(listTokens, async (c) => {
    const rows = await asked(c, tokensOf(openDatabase(c.env.DB), userOf(c)))
    const data = rows.map(shown)
    return c.json({ object: 'list' as const, data, has_more: false, next_cursor: null }, 200)
  })
  .openapi(deleteToken, async (c) => {
    const { token_id: id } = c.req.valid('param')
    const isGone = await asked(c, revokeToken(openDatabase(c.env.DB), userOf(c), id.toLowerCase()))
    if (!isGone) throw new Problem('no-such-token')
    return c.json({ id, object: 'token.revoked' as const }, 200)
  })

/**
 * Whose tokens they are. A session has none: it is one browser's, which has its token already, and at login all that it
 * has goes to a user, whom such a token would then still read.
 */
function userOf(c: Context<HonoEnv>): string {
  const { kind, id } = requireOwner(c.get('caller'))
  if (kind === 'user') return id
  throw new Problem('not-permitted', {
    detail: 'Only users have such tokens. A session has one of its own, which reads too.',
  })
}

const shown = ({ id, name, createdAt, expiresAt }: TokenRow) => ({
  id,
  object: 'token' as const,
  name,
  created_at: new Date(createdAt).toISOString(),
  expires_at: new Date(expiresAt).toISOString(),
})

async function asked<T>(c: Context<HonoEnv>, answer: Promise<T>): Promise<T> {
  try {
    return await answer
  } catch (error) {
    log({ event: 'tokens-failed', error: troubleOf(error), request_id: c.get('requestId') })
    throw tryAgain('Tokens cannot be read or changed right now.')
  }
}
