import type { Context } from 'hono'

import type { Caller } from '../../contract/caller.ts'
import { log } from '../../events.ts'
import { openDatabase } from '../../storage/database.ts'
import { tokenOf } from '../../storage/tokens.ts'
import { troubleOf } from '../../storage/trouble.ts'
import { Problem, tryAgain } from '../frame/problem.ts'
import type { HonoEnv } from './caller.ts'
import type { Fault } from './proof.ts'

/** So that a program that looks for secrets in public code knows one when it sees it. */
const PREFIX = 'hilo_pat_'
const SECRET_BYTES = 32

export const isMade = (token: string): boolean => token.startsWith(PREFIX)

/** A token anew: what its user gets, once, and what is kept of it. */
export async function newToken(): Promise<{ id: string; token: string; sha256: string }> {
  const id = crypto.randomUUID()
  const secret = crypto.getRandomValues(new Uint8Array(SECRET_BYTES)).toHex()
  const token = `${PREFIX}${id}_${secret}`
  return { id, token, sha256: (await sha256(token)).toHex() }
}

/**
 * Whom a token stands for that a user made, or why for nobody. D1 is asked each time, so that one that is revoked holds no
 * longer; it is asked for no other kind of token.
 */
export async function verifyMade(c: Context<HonoEnv>, token: string): Promise<Caller | Fault> {
  const [, id] = /^hilo_pat_([0-9a-f-]{36})_[0-9a-f]{64}$/.exec(token) ?? []
  if (id === undefined) return { fault: 'The token is cut. Send it whole, as it was made.' }
  const [row, hash] = await Promise.all([find(c, id), sha256(token)])
  // The id finds it and proves nothing.
  if (row === null || !crypto.subtle.timingSafeEqual(Uint8Array.fromHex(row.sha256), hash)) {
    return { fault: 'The token was revoked, or never made here.' }
  }
  if (row.expiresAt <= Date.now()) {
    return { fault: 'The token has expired. Make a new one with POST /api/tokens.' }
  }
  return {
    owner: { kind: 'user', id: row.userId },
    service: null,
    expiresAt: row.expiresAt,
    isReader: true,
  }
}

/** It reads, and asks at `/mcp`, where nothing is written. */
export function refuseWrites(c: Context): void {
  if (['GET', 'HEAD', 'OPTIONS'].includes(c.req.method) || /^\/mcp\/?$/.test(c.req.path)) return
  throw new Problem('not-permitted', {
    detail: 'A token that a user made only reads. Use the token of the user themselves.',
  })
}

async function find(c: Context<HonoEnv>, id: string) {
  try {
    return await tokenOf(openDatabase(c.env.DB), id)
  } catch (error) {
    log({ event: 'tokens-failed', error: troubleOf(error), request_id: c.get('requestId') })
    throw tryAgain('Whether the token holds cannot be found out right now.')
  }
}

const sha256 = async (token: string): Promise<Uint8Array> =>
  new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(token)))
