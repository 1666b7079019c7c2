// Makes the client that others install: one module without dependencies, and its types.
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

import { build } from 'esbuild'

const ROOT = join(import.meta.dirname, '../..')
const OUT = join(ROOT, 'dist/client')
const { resolve } = createRequire(import.meta.url)

mkdirSync(OUT, { recursive: true })
await build({
  entryPoints: [join(import.meta.dirname, 'client.ts')],
  outfile: join(OUT, 'client.js'),
  bundle: true,
  format: 'esm',
  target: 'es2022',
})
execFileSync(
  process.execPath,
  [
    join(ROOT, 'node_modules/typescript/bin/tsc'),
    '--project',
    join(import.meta.dirname, 'tsconfig.json'),
    '--outDir',
    OUT,
  ],
  { stdio: 'inherit' },
)
copyFileSync(join(import.meta.dirname, 'schema.d.ts'), join(OUT, 'schema.d.ts'))
// Their types come along, so that the client has no dependency.
for (const name of ['openapi-fetch', 'openapi-typescript-helpers']) {
  const types = readFileSync(join(resolve(name), '../index.d.mts'), 'utf8')
  writeFileSync(join(OUT, `${name}.d.ts`), types)
}
for (const file of readdirSync(OUT).filter((name) => name.endsWith('.d.ts'))) {
  writeFileSync(join(OUT, file), local(readFileSync(join(OUT, file), 'utf8')))
}

function local(text: string): string {
  return text
    .replace(/from (['"])(openapi-fetch|openapi-typescript-helpers)\1/g, "from './$2.js'")
    .replace(/from (['"])\.\/(\w+)(\.d)?\.ts\1/g, "from './$2.js'")
}
