import { spawn, spawnSync } from 'node:child_process'

import { ensureVars } from './secrets.ts'

const given = process.argv.slice(2)
const has = (name: string) => given.some((arg) => arg === name || arg.startsWith(`${name}=`))

/** The state folder, if another than wrangler's own is asked for: the migrations must go there too. */
function persistence(): string[] {
  const at = given.findIndex((arg) => arg === '--persist-to' || arg.startsWith('--persist-to='))
  if (at === -1) return []
  return given[at] === '--persist-to' ? given.slice(at, at + 2) : given.slice(at, at + 1)
}

const added = ensureVars()
if (added.length > 0) console.log(`Made for this machine, in .dev.vars: ${added.join(', ')}`)

// Nothing here needs another network: not wrangler's statistics, nor where this machine is.
process.env['WRANGLER_SEND_METRICS'] = 'false'
process.env['CLOUDFLARE_CF_FETCH_ENABLED'] = 'false'

const migrated = spawnSync(
  'wrangler',
  ['d1', 'migrations', 'apply', 'hilo', '--local', ...persistence()],
  { encoding: 'utf8', env: { ...process.env, CI: 'true' } },
)
if (migrated.status !== 0) {
  console.error(`The local D1 could not be migrated.\n${migrated.stdout}${migrated.stderr}`)
  process.exit(1)
}

const port = has('--port') ? [] : ['--port', '8787']
const server = spawn(
  'wrangler',
  ['dev', '--show-interactive-dev-session=false', ...port, ...given],
  {
    stdio: 'inherit',
  },
)
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => server.kill(signal))
server.on('exit', (code) => process.exit(code ?? 1))
