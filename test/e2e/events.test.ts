import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect, test } from 'vitest'

const ROOT = join(import.meta.dirname, '../..')
const read = (name: string) => readFileSync(join(ROOT, name), 'utf8')

/** The words that a field of the events' type may have. */
function wordsOf(field: string): string[] {
  const uses = read('src/events.ts').matchAll(
    new RegExp(`\\b${field}:((?:\\s*\\|?\\s*'[a-z-]+')+)`, 'g'),
  )
  const words = [...uses].flatMap(([, union = '']) => union.match(/[a-z-]{2,}/g) ?? [])
  return [...new Set(words)].toSorted()
}

/** The first column of the guide's table that begins like this. */
function columnOf(heading: string): string[] {
  const [, table = ''] = read('src/local/README.md').split(
    new RegExp(`^\\| ${heading} +\\|.*\\n`, 'm'),
  )
  const [rows = ''] = table.split('\n\n')
  return [...rows.matchAll(/^\| `([a-z-]+)`/gm)].map(([, name = '']) => name).toSorted()
}

test.each([
  ['event', 'Event', 30],
  ['alert', 'Alert', 7],
])('the guide explains every %s', (field, heading, atLeast) => {
  const words = wordsOf(field)
  expect(words.length).toBeGreaterThan(atLeast)
  expect(columnOf(heading)).toEqual(words)
})
