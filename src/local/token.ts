import { parseArgs } from 'node:util'

import { knowsLocalService, localServiceToken, readVars } from './secrets.ts'
import { fail, needVars, userToken } from './user-token.ts'

const USAGE = `Usage: npm run token -- USER       a bearer token for a local user, good for a day
       npm run token -- --service  the bearer token of the local service, which has every scope`

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

function serviceToken(): string {
  const vars = readVars()
  if (knowsLocalService(vars)) return localServiceToken(vars)
  fail(
    'SERVICE_TOKENS in .dev.vars knows no local service. Remove that line and run `npm start`: it makes one.',
  )
}

const who = asked()
if (who === null) fail(USAGE)
needVars()
const token = who === 'service' ? serviceToken() : await userToken(who.user)
// Beside the token, so that what reads the output of this command gets the token alone.
console.error(
  `In a browser, with the port that npm start has said: http://localhost:8787/#token=${token}`,
)
console.log(token)
