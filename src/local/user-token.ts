import { existsSync } from 'node:fs'

import { SignJWT } from 'jose'

import { FILE, readVars } from './secrets.ts'

export function fail(message: string): never {
  console.error(message)
  process.exit(1)
}

/** Ends with what to do if `npm start` has made no settings here yet. */
export function needVars(): void {
  if (!existsSync(FILE)) fail('There is no .dev.vars yet. Run `npm start` first: it makes one.')
}

/** A bearer token for a local user, good for a day. */
export async function userToken(user: string): Promise<string> {
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
