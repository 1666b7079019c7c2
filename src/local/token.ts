import { parseArgs } from 'node:util'

import { SignJWT } from 'jose'

import { knowsLocalService, localServiceToken, readVars } from './secrets.ts'

const USAGE = `Usage: npm run token -- USER       a bearer token for a local user, good for a day
       npm run token -- --service  the bearer token of the local service, which has every scope`

function fail(message: string): never {
  console.error(message)
  process.exit(1)
}

const { values, positionals } = parseArgs({
  options: { service: { type: 'boolean', default: false } },
  allowPositionals: true,
})
const vars = readVars()
const [user] = positionals
if (values.service) {
  if (!knowsLocalService(vars)) {
    fail('SERVICE_TOKENS in .dev.vars has no local service. Remove that line and run `npm start`.')
  }
  console.log(localServiceToken(vars))
} else if (user !== undefined && positionals.length === 1) {
  const secret = vars['AUTH_JWT_SECRET']
  if (!secret) {
    fail(
      '.dev.vars has no AUTH_JWT_SECRET. Run `npm start`, which makes one unless AUTH_JWKS_URL is set.',
    )
  }
  const token = new SignJWT().setProtectedHeader({ alg: 'HS256' }).setSubject(user).setIssuedAt()
  if (vars['AUTH_ISSUER']) token.setIssuer(vars['AUTH_ISSUER'])
  if (vars['AUTH_AUDIENCE']) token.setAudience(vars['AUTH_AUDIENCE'])
  console.log(await token.setExpirationTime('1d').sign(new TextEncoder().encode(secret)))
} else {
  fail(USAGE)
}
