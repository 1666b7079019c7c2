import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync, watchFile, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

import { ensurePage } from './page.ts'
import { FILE, ensureVars, readVars } from './secrets.ts'

const WRANGLER = join(import.meta.dirname, '../../node_modules/wrangler/bin/wrangler.js')

// Nothing here needs another network: not wrangler's statistics, nor its news, nor this machine's location.
const quiet = {
  WRANGLER_SEND_METRICS: 'false',
  WRANGLER_SEND_ERROR_REPORTS: 'false',
  WRANGLER_NO_SKILLS_UPDATE_PROMPTS: 'true',
  WRANGLER_HIDE_BANNER: 'true',
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  // Wrangler would keep every statement of every object for its own viewer: more bytes than D1 has.
  X_LOCAL_OBSERVABILITY: 'false',
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

const D1_STATE = join(String(values['persist-to'] ?? '.wrangler/state'), 'v3/d1')
/** The migrations that the local database has. It lies in the database's own folder, so that it goes with it. */
const MIGRATED = join(D1_STATE, 'hilo-migrations')

/** Wrangler takes seconds to find out that nothing is to be done, so it is asked only if there is a new migration. */
function migrate(): void {
  const wanted = readdirSync('migrations')
    .filter((name) => name.endsWith('.sql'))
    .toSorted()
    .join('\n')
  if (existsSync(MIGRATED) && readFileSync(MIGRATED, 'utf8') === wanted) return
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [WRANGLER, 'd1', 'migrations', 'apply', 'hilo', '--local', ...persistence],
    { encoding: 'utf8', env: { ...process.env, CI: 'true' } },
  )
  if (status !== 0) fail(`The local D1 could not be migrated.\n${stdout}${stderr}`)
  if (existsSync(D1_STATE)) writeFileSync(MIGRATED, wanted)
}

/** Here users are who `npm run token` says, whatever wrangler.toml says of the identity provider. */
function localIdentity(): string[] {
  const vars = readVars()
  if (vars['AUTH_JWKS_URL']) return []
  return ['AUTH_JWKS_URL', 'AUTH_ISSUER', 'AUTH_AUDIENCE'].flatMap((name) =>
    vars[name] ? [] : ['--var', `${name}:`],
  )
}

interface Trouble {
  setting: string
  detail: string
}

/** What the Worker itself says of its settings. Nothing if it can't be asked: then its own log says why. */
async function troubles(url: string): Promise<Trouble[]> {
  try {
    const answer = await fetch(`${url}/healthz`)
    const { problems = [] } = (await answer.json()) as { problems?: Trouble[] }
    return problems
  } catch {
    return []
  }
}

async function greet(message: unknown): Promise<void> {
  const { event, port: at } = JSON.parse(String(message)) as { event: string; port: number }
  if (event !== 'DEV_SERVER_READY') return
  const url = `http://localhost:${at}`
  const wrong = await troubles(url)
  if (wrong.length > 0) {
    const lines = wrong.map(({ setting, detail }) => `  ${setting}: ${detail}`).join('\n')
    console.error(`
Hilo answers at ${url}, and this does not work:
${lines}
Mend it in ${FILE} or wrangler.toml. The server starts again by itself when ${FILE} changes.
`)
    return
  }
  console.log(`
Hilo answers at ${url} and describes itself at ${url}/docs
Open ${url} in a browser to talk in it.
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
ensurePage()

let isStartingAgain = false

function launch(): ChildProcess {
  const launched = spawn(
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
  launched.on('message', (message) => void greet(message))
  launched.on('exit', (code) => {
    if (!isStartingAgain) process.exit(code ?? 1)
    isStartingAgain = false
    server = launch()
  })
  return launched
}

let server = launch()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => server.kill(signal))

// Wrangler reads it when it starts, and not again.
watchFile(FILE, { interval: 500 }, () => {
  if (isStartingAgain) return
  isStartingAgain = true
  console.log(`${FILE} has changed: the server starts again.`)
  server.kill('SIGTERM')
})

// A signal to npm ends npm and its shell, but does not come through to here: without this, the server stays.
const parent = process.ppid
setInterval(() => {
  if (process.ppid !== parent) server.kill('SIGTERM')
}, 250)
