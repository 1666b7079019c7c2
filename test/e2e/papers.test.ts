import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

import { expect, test } from 'vitest'

const ROOT = join(import.meta.dirname, '../..')
const read = (name: string) => readFileSync(join(ROOT, name), 'utf8')

const papers = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.md'], { cwd: ROOT })
  .toString()
  .trim()
  .split('\n')

const withoutCode = (text: string) => text.replaceAll(/^```[\s\S]*?^```/gm, '')

/** The anchors of a page's headings, as the usual hosts make them. */
const anchorsOf = (name: string): string[] =>
  [...withoutCode(read(name)).matchAll(/^#+ +(.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )

const linksOf = (text: string): string[] =>
  [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link)

test.each(papers)('every link of %s leads somewhere', (name) => {
  const broken = linksOf(read(name))
    .filter((link) => !/^(https?|mailto):/.test(link))
    .filter((link) => {
      const [path = '', anchor] = link.split('#')
      const target = path === '' ? name : join(dirname(name), path)
      if (!existsSync(join(ROOT, target))) return true
      return anchor !== undefined && !anchorsOf(target).includes(anchor)
    })
  expect(broken).toEqual([])
})

test('the README fits on two screens', () => {
  expect(read('README.md').split('\n').length).toBeLessThanOrEqual(150)
})

test('each invariant names a file that keeps it, and a test that is there', () => {
  const rows = [...read('src/README.md').matchAll(/^\| +(\d+) +\|(.*)\|(.*)\|(.*)\|$/gm)]
  expect(rows.map(([, number]) => Number(number))).toEqual(
    Array.from({ length: 17 }, (_, index) => index + 1),
  )
  for (const [, number, , keepers = '', shown = ''] of rows) {
    expect({ number, keepers: linksOf(keepers).length > 0 }).toEqual({ number, keepers: true })
    const tests = [...shown.matchAll(/\]\(([^)]+)\): "([^"]+)"/g)]
    const missing = tests.filter(
      ([, link = '', title = '']) => !read(join('src', link)).includes(title),
    )
    expect({ number, hasTest: tests.length > 0, missing }).toEqual({
      number,
      hasTest: true,
      missing: [],
    })
  }
})

test.each(papers)('every npm script that %s names is there', (name) => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
  const named = [...read(name).matchAll(/\bnpm run (?:-s |--silent )?([a-z][\w:-]*)/g)]
  expect(named.map(([, script = '']) => script).filter((script) => !(script in scripts))).toEqual(
    [],
  )
})

test('the operator’s guide explains every setting of wrangler.toml', () => {
  const [, vars = ''] = read('wrangler.toml').split('[vars]\n')
  const [settings = ''] = vars.split(/^\[/m)
  const names = [...settings.matchAll(/^([A-Z_]+) =/gm)].map(([, name = '']) => name)
  expect(names.length).toBeGreaterThan(20)
  const [, table = ''] = read('src/local/README.md').split('## Configuration')
  expect(names.filter((name) => !table.includes(`\`${name}\``))).toEqual([])
})
