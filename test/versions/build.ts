import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, readdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'

import { buildSync } from 'esbuild'
import { unstable_readConfig } from 'wrangler'

const ROOT = join(import.meta.dirname, '../..')
const KEPT = join(ROOT, '.wrangler/versions')

/** The file that names the version that is deployed before this one: a tag or a commit. */
const BEFORE = join(import.meta.dirname, 'before')

/** A version of Hilo, ready to run. */
export interface Version {
  script: string
  settings: Record<string, string>
  /** The statements that make its tables in D1, by the name of their migration. */
  migrations: Map<string, string[]>
}

/** The version of the working tree. */
export const versionNow = (): Version => versionIn(ROOT)

/** The version that `test/versions/before` names. Its source is unpacked once, into a folder that git ignores. */
export function versionBefore(): Version {
  const name = readFileSync(BEFORE, 'utf8').trim()
  const commit = commitOf(name)
  const folder = join(KEPT, commit)
  if (!existsSync(join(folder, 'node_modules'))) unpack(commit, folder)
  return versionIn(folder)
}

function git(args: string[], input?: Buffer) {
  return spawnSync('git', args, { cwd: ROOT, input, maxBuffer: 256 * 1024 * 1024 })
}

function commitOf(name: string): string {
  const { status, stdout } = git(['rev-parse', '--quiet', '--verify', `${name}^{commit}`])
  if (status === 0) return stdout.toString().trim()
  throw new Error(
    `test/versions/before names ${name}, and git does not have it here. In a shallow clone, run ` +
      '`git fetch --unshallow --tags`. Without git, this test cannot run.',
  )
}

// The packages are those of today: what is compared is Hilo's own code.
function unpack(commit: string, folder: string): void {
  mkdirSync(folder, { recursive: true })
  const archive = git(['archive', commit, 'src', 'migrations', 'package.json', 'wrangler.toml'])
  if (archive.status !== 0) throw new Error(`git archive failed: ${archive.stderr.toString()}`)
  const unpacked = spawnSync('tar', ['-x', '-C', folder], { input: archive.stdout })
  if (unpacked.status !== 0) throw new Error(`tar failed: ${unpacked.stderr.toString()}`)
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
}

function versionIn(folder: string): Version {
  const { outputFiles } = buildSync({
    entryPoints: [join(folder, 'src/worker.ts')],
    bundle: true,
    format: 'esm',
    target: 'es2024',
    conditions: ['workerd', 'worker', 'browser'],
    external: ['cloudflare:*', 'node:*'],
    write: false,
  })
  const { vars } = unstable_readConfig({ config: join(folder, 'wrangler.toml') })
  return {
    script: outputFiles[0]?.text ?? '',
    settings: vars as Record<string, string>,
    migrations: migrationsIn(join(folder, 'migrations')),
  }
}

function migrationsIn(folder: string): Map<string, string[]> {
  const files = readdirSync(folder).filter((file) => file.endsWith('.sql'))
  return new Map(
    files
      .toSorted()
      .map((file) => [
        file,
        readFileSync(join(folder, file), 'utf8').split('--> statement-breakpoint'),
      ]),
  )
}
