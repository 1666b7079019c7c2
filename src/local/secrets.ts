import { createHash, createHmac, randomBytes } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { parseEnv } from 'node:util'

import { Scope } from '../contract/caller.ts'

export const FILE = '.dev.vars'

export type Vars = Record<string, string | undefined>

export function readVars(): Vars {
  return existsSync(FILE) ? parseEnv(readFileSync(FILE, 'utf8')) : {}
}

/** The token of the local service. Made from the session secret, so that nothing more need be kept. */
export function localServiceToken(vars: Vars): string {
  const secret = vars['SESSION_SECRET'] ?? ''
  return `hilo_${createHmac('sha256', secret).update('local service').digest('base64url')}`
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

const secret = (): string => randomBytes(32).toString('base64url')

/** Adds to .dev.vars what local running needs and nobody has set; what is there stays. Returns what was added. */
export function ensureVars(): string[] {
  const vars = readVars()
  const added: [name: string, value: string][] = []
  const ensure = (name: string, value: () => string) => {
    if (vars[name]) return
    const made = value()
    vars[name] = made
    added.push([name, made])
  }
  ensure('SESSION_SECRET', secret)
  if (!vars['AUTH_JWKS_URL']) ensure('AUTH_JWT_SECRET', secret)
  ensure('SERVICE_TOKENS', () =>
    JSON.stringify({ local: { sha256: [sha256(localServiceToken(vars))], scopes: Scope.options } }),
  )
  ensure('MODEL_PROVIDER', () => 'offline')
  ensure('ALLOWED_ORIGINS', () => 'http://localhost:*')
  if (added.length === 0) return []
  const before = existsSync(FILE) ? readFileSync(FILE, 'utf8').replace(/([^\n])$/, '$1\n') : ''
  const lines = added.map(([name, value]) => `${name}='${value}'\n`)
  writeFileSync(FILE, before + lines.join(''), { mode: 0o600 })
  return added.map(([name]) => name)
}

/** Whether SERVICE_TOKENS still knows the local service's token. */
export function knowsLocalService(vars: Vars): boolean {
  return (vars['SERVICE_TOKENS'] ?? '').includes(sha256(localServiceToken(vars)))
}
