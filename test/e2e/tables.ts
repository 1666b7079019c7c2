import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '../..')
const KEPT = join(ROOT, '.wrangler/tables')

/**
 * A state folder in which D1 has its tables. `npm start` makes them in a folder that has none, which takes wrangler longer
 * than all else that it does there. So they are made once for each set of migrations, and kept in a folder that git ignores.
 */
export function stateWithTables(): string {
  const names = readdirSync(join(ROOT, 'migrations'))
    .filter((name) => name.endsWith('.sql'))
    .toSorted()
  const sql = names.map((name) => readFileSync(join(ROOT, 'migrations', name), 'utf8')).join('\n')
  const hash = createHash('sha256').update(sql)
  // Which wrangler made them, and the name that it gives their file.
  for (const name of ['package-lock.json', 'wrangler.toml']) {
    hash.update(readFileSync(join(ROOT, name)))
  }
  const folder = join(KEPT, hash.digest('hex'))
  if (!existsSync(folder)) make(folder, names, sql)
  return folder
}

function make(folder: string, names: string[], sql: string): void {
  mkdirSync(KEPT, { recursive: true })
  const fresh = mkdtempSync(join(KEPT, 'new-'))
  writeFileSync(join(fresh, 'tables.sql'), sql)
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [
      join(ROOT, 'node_modules/wrangler/bin/wrangler.js'),
      'd1',
      'execute',
      'hilo',
      '--local',
      `--persist-to=${fresh}`,
      `--file=${join(fresh, 'tables.sql')}`,
    ],
    { cwd: ROOT, encoding: 'utf8', env: { ...process.env, CI: 'true' } },
  )
  if (status !== 0) throw new Error(`D1's tables could not be made.\n${stdout}${stderr}`)
  // As `npm start` notes what it has done.
  writeFileSync(join(fresh, 'v3/d1/hilo-migrations'), names.join('\n'))
  try {
    renameSync(fresh, folder)
  } catch (error) {
    rmSync(fresh, { recursive: true })
    // Another process was first.
    if (!existsSync(folder)) throw error
  }
}
