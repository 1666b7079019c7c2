import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'

import type { Plugin } from 'vite'

const ROOT = join(import.meta.dirname, '../..')
const SOURCE = join(ROOT, 'src/page')
const OUT = join(ROOT, 'dist/page')
/** What the assets were made from, in a file that lies beside them and is never served. */
const STAMP = join(OUT, 'made-from')

const REACT = { react: 'preact/compat', 'react-dom': 'preact/compat' }

/** These have the browser make markup of text, which the page's policy forbids. Elsewhere than in browsers they need none. */
const WITHOUT_MARKUP = ['decode-named-character-reference', 'hast-util-from-html-isomorphic']

/** What of the reference viewer is served under /docs. */
const VIEWER = ['swagger-ui.css', 'swagger-ui-bundle.js']

/**
 * Makes the static files that the Worker serves: the page, and the viewer of /docs. Takes no time if nothing has changed.
 * Another process does it, since what builds it takes much memory and gives none back.
 */
export function ensurePage(): void {
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === fingerprint()) return
  const { status } = spawnSync(process.execPath, [import.meta.filename], { stdio: 'inherit' })
  if (status !== 0) throw new Error('The page could not be built.')
}

async function build(): Promise<void> {
  const wanted = fingerprint()
  const folder = `${OUT}-${process.pid}`
  const vite = await import('vite')
  await vite.build({
    configFile: false,
    root: SOURCE,
    logLevel: 'error',
    // As React's own transform, with what stands for React here.
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    // One KaTeX, the one whose style the page has.
    resolve: { alias: aliases(), dedupe: ['katex'] },
    plugins: [onlyNewFonts],
    build: {
      outDir: folder,
      emptyOutDir: true,
      assetsDir: 'page',
      // The policy allows no data: but in pictures.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      target: 'es2023',
      reportCompressedSize: false,
      chunkSizeWarningLimit: 1_000,
    },
  })
  mkdirSync(join(folder, 'docs'))
  for (const name of VIEWER) {
    cpSync(join(ROOT, 'node_modules/swagger-ui-dist', name), join(folder, 'docs', name))
  }
  writeFileSync(join(folder, 'made-from'), wanted)
  replace(folder)
}

/** The new files come before the old ones go, in the folder that a running server watches. */
function replace(folder: string): void {
  const files = (of: string) => readdirSync(of, { recursive: true, encoding: 'utf8' })
  const before = existsSync(OUT) ? files(OUT) : []
  cpSync(folder, OUT, { recursive: true })
  const now = new Set(files(folder))
  for (const name of before)
    if (!now.has(name)) rmSync(join(OUT, name), { recursive: true, force: true })
  rmSync(folder, { recursive: true })
}

/** Every browser that runs the page takes the first of the three forms in which KaTeX has its fonts. */
const onlyNewFonts: Plugin = {
  name: 'only-new-fonts',
  generateBundle(_, files) {
    for (const name of Object.keys(files)) if (/\.(ttf|woff)$/.test(name)) delete files[name]
  },
}

const aliases = () => [
  { find: /^react-dom\/client$/, replacement: 'preact/compat/client' },
  { find: /^react(-dom)?\/jsx-(dev-)?runtime$/, replacement: 'preact/jsx-runtime' },
  ...WITHOUT_MARKUP.map((name) => ({
    find: new RegExp(`^${name}$`),
    replacement: join(ROOT, 'node_modules', name, 'index.js'),
  })),
  ...Object.entries(REACT).map(([name, replacement]) => ({
    find: new RegExp(`^${name}$`),
    replacement,
  })),
]

/** Of all that the page is made from: its source, the client, and the packages. */
function fingerprint(): string {
  const hash = createHash('sha256')
  for (const folder of [SOURCE, join(ROOT, 'src/client')]) {
    for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted()) {
      if (/\.(tsx?|css|html|svg)$/.test(name))
        hash.update(name).update(readFileSync(join(folder, name)))
    }
  }
  for (const name of ['package-lock.json', 'src/local/page.ts']) {
    if (existsSync(join(ROOT, name))) hash.update(readFileSync(join(ROOT, name)))
  }
  return hash.digest('hex')
}

if (import.meta.main) await build()
