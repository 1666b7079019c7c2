import { spawnSync } from 'node:child_process'
import { readFileSync, readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { gzipSync } from 'node:zlib'

import { buildSync } from 'esbuild'

const ROOT = join(import.meta.dirname, '../..')
const WRANGLER = join(ROOT, 'node_modules/wrangler/bin/wrangler.js')
const OUT = join(ROOT, '.wrangler/bench')

function wrangler(...args: string[]): void {
  const { status, stdout, stderr } = spawnSync(process.execPath, [WRANGLER, ...args], {
    cwd: ROOT,
    encoding: 'utf8',
    env: {
      ...process.env,
      CI: 'true',
      WRANGLER_SEND_METRICS: 'false',
      CLOUDFLARE_CF_FETCH_ENABLED: 'false',
    },
  })
  if (status !== 0) throw new Error(`wrangler ${args[0]} failed.\n${stdout}${stderr}`)
}

/** Hilo as it is deployed. */
export function buildHilo(): string {
  const folder = join(OUT, 'hilo')
  wrangler('deploy', '--dry-run', '--outdir', folder)
  return readFileSync(join(folder, 'worker.js'), 'utf8')
}

/** The small workers beside it, by name. */
export function buildWorkers<Name extends string>(...names: Name[]): Record<Name, string> {
  // It comes with wrangler, which bundles with it too.
  const { outputFiles } = buildSync({
    entryPoints: names.map((name) => join(import.meta.dirname, `workers/${name}.ts`)),
    bundle: true,
    format: 'esm',
    target: 'es2024',
    conditions: ['workerd', 'worker', 'browser'],
    external: ['cloudflare:*', 'node:*'],
    outdir: OUT,
    write: false,
  })
  const built = outputFiles.map(({ path, text }) => [basename(path, '.js'), text])
  return Object.fromEntries(built) as Record<Name, string>
}

export const gzipKiB = (source: string): number => gzipSync(source).byteLength / 1024

interface Profile {
  nodes: { id: number; callFrame: { functionName: string } }[]
  samples: number[]
  timeDeltas: number[]
}

/** Milliseconds of CPU until the Worker could take its first request, as `wrangler check startup` profiles it. */
export function startupMs(): number {
  const file = join(OUT, 'startup.cpuprofile')
  wrangler('check', 'startup', '--outfile', file)
  const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(file, 'utf8')) as Profile
  const idle = new Set(
    nodes.flatMap(({ id, callFrame }) => (callFrame.functionName === '(idle)' ? [id] : [])),
  )
  const busy = samples.reduce(
    (sum, id, index) => sum + (idle.has(id) ? 0 : (timeDeltas[index] ?? 0)),
    0,
  )
  return busy / 1000
}

/** The statements that make the record's tables. */
export function migrations(): string[] {
  const folder = join(ROOT, 'migrations')
  return readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .toSorted()
    .flatMap((file) => readFileSync(join(folder, file), 'utf8').split('--> statement-breakpoint'))
}
