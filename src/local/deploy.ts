import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

import { unstable_readConfig } from 'wrangler'

import { placeIn, refusals } from './deploy-checks.ts'
import { ensurePage } from './page.ts'

const WRANGLER = join(import.meta.dirname, '../../node_modules/wrangler/bin/wrangler.js')

const { values } = parseArgs({
  options: { 'dry-run': { type: 'boolean', default: false }, env: { type: 'string' } },
})
const isDryRun = values['dry-run']
const environment = values.env === undefined ? [] : ['--env', values.env]

function fail(message: string): never {
  console.error(message)
  process.exit(1)
}

function wrangler(...args: string[]): void {
  const { status } = spawnSync(process.execPath, [WRANGLER, ...args, ...environment], {
    stdio: 'inherit',
  })
  if (status !== 0)
    fail(`wrangler ${args.slice(0, 3).join(' ')} failed. What came before it is done.`)
}

/** Where the account says that the database is. A dry run asks no account. */
function placeOfDatabase(): string | null | undefined {
  if (isDryRun) return undefined
  const args = [WRANGLER, 'd1', 'info', 'DB', '--json', ...environment]
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  if (status !== 0) fail(`The database could not be asked about.\n${stdout}${stderr}`)
  return placeIn(stdout)
}

const config = unstable_readConfig({
  config: './wrangler.toml',
  ...(values.env !== undefined && { env: values.env }),
})
const settings = config.vars as Record<string, string | undefined>
const databases = config.d1_databases as { binding: string; database_id?: string }[]
const databaseId = databases.find(({ binding }) => binding === 'DB')?.database_id
const base = {
  databaseId,
  jurisdiction: settings['JURISDICTION'] ?? '',
  stated: settings['DATABASE_JURISDICTION'] ?? '',
}

// Before the account is asked, whatever can be known without it.
const early = refusals({ ...base, actual: base.stated || base.jurisdiction })
if (early.length > 0) fail(early.join('\n'))
const actual = placeOfDatabase()
const late = refusals({ ...base, actual })
if (late.length > 0) fail(late.join('\n'))

ensurePage()
// D1 first: a migration suits the version that still serves, the new code may need it.
if (isDryRun) console.log('Dry run: would migrate D1, then deploy. The bundle:')
else wrangler('d1', 'migrations', 'apply', 'DB', '--remote')
const place = actual ?? base.stated
wrangler('deploy', ...(isDryRun ? ['--dry-run'] : []), '--var', `DATABASE_JURISDICTION:${place}`)
