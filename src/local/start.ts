import { spawn, spawnSync } from 'node:child_process'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

import { ensureVars, readVars } from './secrets.ts'

const WRANGLER = join(import.meta.dirname, '../../node_modules/wrangler/bin/wrangler.js')

// Nothing here needs another network: not wrangler's statistics, nor its news, nor where this machine is.
const quiet = {
  WRANGLER_SEND_METRICS: 'false',
  WRANGLER_SEND_ERROR_REPORTS: 'false',
  WRANGLER_NO_SKILLS_UPDATE_PROMPTS: 'true',
  WRANGLER_HIDE_BANNER: 'true',
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
}
Object.assign(process.env, quiet)

const given = argumentsOf(process.argv.slice(2), process.env['npm_config_port'])
const { values } = parseArgs({
  args: given,
  strict: false,
  options: { port: { type: 'string' }, 'persist-to': { type: 'string' } },
})
const port = String(values.port ?? 8787)

/** `npm start --port 9000` keeps the flag for itself, and passes the number on alone. */
function argumentsOf(passed: string[], flag: string | undefined): string[] {
  const [first = '', ...rest] = passed
  if (flag === 'true' && /^\d+$/.test(first)) return ['--port', first, ...rest]
  return flag === undefined || flag === 'true' ? passed : ['--port', flag, ...passed]
}

function fail(message: string): never {
  console.error(message)
  process.exit(1)
}

/** Whether something listens there; wrangler notices as well, but late and after a page of other things. */
const isTaken = (wanted: number): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'EADDRINUSE'))
    probe.listen(wanted, 'localhost', () => probe.close(() => resolve(false)))
  })

/** The state folder, if another than wrangler's own is asked for: the migrations must go there too. */
const persistence = values['persist-to'] ? ['--persist-to', String(values['persist-to'])] : []

function migrate(): void {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [WRANGLER, 'd1', 'migrations', 'apply', 'hilo', '--local', ...persistence],
    { encoding: 'utf8', env: { ...process.env, CI: 'true' } },
  )
  if (status !== 0) fail(`The local D1 could not be migrated.\n${stdout}${stderr}`)
}

/** Here users are who `npm run token` says, whatever wrangler.toml says of the identity provider. */
function localIdentity(): string[] {
  const vars = readVars()
  if (vars['AUTH_JWKS_URL']) return []
  return ['AUTH_JWKS_URL', 'AUTH_ISSUER', 'AUTH_AUDIENCE'].flatMap((name) =>
    vars[name] ? [] : ['--var', `${name}:`],
  )
}

function greet(message: unknown): void {
  const { event, port: at } = JSON.parse(String(message)) as { event: string; port: number }
  if (event !== 'DEV_SERVER_READY') return
  const url = `http://localhost:${at}`
  console.log(`
Hilo answers at ${url} and describes itself at ${url}/docs
A session's token: curl -X POST ${url}/api/sessions
A user's, a service's: npm run token -- USER, npm run token -- --service
`)
}

const added = ensureVars()
if (added.length > 0) console.log(`Made for this machine, in .dev.vars: ${added.join(', ')}`)
if (/^[1-9]\d{0,4}$/.test(port) && Number(port) < 65_536 && (await isTaken(Number(port)))) {
  fail(
    `Port ${port} is taken: by another \`npm start\`, perhaps. For another port: npm start -- --port N`,
  )
}
migrate()

const server = spawn(
  process.execPath,
  [
    WRANGLER,
    'dev',
    '--show-interactive-dev-session=false',
    ...localIdentity(),
    ...(values.port === undefined ? ['--port', port] : []),
    ...given,
  ],
  { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] },
)
server.on('message', greet)
server.on('exit', (code) => process.exit(code ?? 1))
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => server.kill(signal))

// A signal to npm ends npm and its shell, but does not come through to here: without this, the server stays.
const parent = process.ppid
setInterval(() => {
  if (process.ppid !== parent) server.kill('SIGTERM')
}, 250)
