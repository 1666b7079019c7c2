import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'

import { SignJWT } from 'jose'

import { FILE, knowsLocalService, localServiceToken, readVars } from './secrets.ts'

const USAGE = `Usage: npm run token -- USER       a bearer token for a local user, good for a day
       npm run token -- --service  the bearer token of the local service, which has every scope`

function fail(message: string): never {
  console.error(message)
  process.exit(1)
}

/** Who a token is asked for; null if that can't be told. */
function asked(): { user: string } | 'service' | null {
  try {
    const { values, positionals } = parseArgs({
      options: { service: { type: 'boolean' } },
      allowPositionals: true,
    })
    const [user, ...more] = positionals
    if (values.service) return user === undefined ? 'service' : null
    return user && more.length === 0 ? { user } : null
  } catch {
    return null
  }
}

async function userToken(user: string): Promise<string> {
  const vars = readVars()
  if (vars['AUTH_JWKS_URL']) {
    fail(
      'AUTH_JWKS_URL is set in .dev.vars: users get their tokens from that identity provider. ' +
        'To use local ones, remove that line and run `npm start`.',
    )
  }
  const secret = vars['AUTH_JWT_SECRET']
  if (!secret) fail('.dev.vars has no AUTH_JWT_SECRET. Run `npm start`: it makes one.')
  const token = new SignJWT().setProtectedHeader({ alg: 'HS256' }).setSubject(user).setIssuedAt()
  if (vars['AUTH_ISSUER']) token.setIssuer(vars['AUTH_ISSUER'])
  if (vars['AUTH_AUDIENCE']) token.setAudience(vars['AUTH_AUDIENCE'])
  return token.setExpirationTime('1d').sign(new TextEncoder().encode(secret))
}

function serviceToken(): string {
  const vars = readVars()
  if (knowsLocalService(vars)) return localServiceToken(vars)
  fail(
    'SERVICE_TOKENS in .dev.vars knows no local service. Remove that line and run `npm start`: it makes one.',
  )
}

const who = asked()
if (who === null) fail(USAGE)
if (!existsSync(FILE)) fail('There is no .dev.vars yet. Run `npm start` first: it makes one.')
console.log(who === 'service' ? serviceToken() : await userToken(who.user))
