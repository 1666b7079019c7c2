import { expect, test } from 'vitest'

import type { Hit } from '../../src/contract/search.ts'
import { excerptOf } from '../../src/search/excerpt.ts'
import { queryOf } from '../../src/search/query.ts'
import { seeded } from '../support/histories.ts'

const OTHERS = ['at', 'nine', 'Museum', '9', 'x'.repeat(40)]
const WORDS = ['ferry', 'Ferry', 'FERRY', 'ferries', ...OTHERS]
const LONGER = ['ferrying', 'unferry']
const NAMES = ['ferryBoat', 'the_ferry', 'ferry2go', 'myFerry', 'fer_ry']
const BETWEEN = [' ', '  ', ', ', '. ', '-', '\n']

/** How often a word stands there, by itself or as the whole of a name. */
const countOf = (text: string, word: string): number =>
  (text.toLowerCase().match(/\w+/g) ?? []).filter((one) => one.replace('_', '') === word).length

test.for([
  { kind: 'words alone', of: WORDS },
  { kind: 'longer words among them', of: [...WORDS, ...LONGER] },
  { kind: 'names among them', of: [...WORDS, ...LONGER, ...NAMES] },
])('an excerpt shows whole words and marks what was looked for: $kind', ({ of }) => {
  const random = seeded(20_261_126)
  const upTo = (most: number) => Math.floor(random() * most)
  const pick = (all: string[]) => all[upTo(all.length)]!
  for (let round = 0; round < 2_000; round += 1) {
    const before = Array.from({ length: upTo(30) }, () => pick(OTHERS))
    const after = Array.from({ length: 1 + upTo(150) }, () => pick(of))
    const text = [...before, ...after].map((word) => word + pick(BETWEEN)).join('')
    const found = excerptOf(text, queryOf('ferry').wanted)
    expect(found !== null || countOf(text, 'ferry') === 0).toBe(true)
    if (found === null) continue
    const excerpt = JSON.parse(found) as Hit['excerpt']
    const shown = excerpt.text.replace(/^…/, '').replace(/…$/, '')
    const at = text.replaceAll('\n', ' ').indexOf(shown)
    expect(at).toBeGreaterThanOrEqual(0)
    // It begins and ends between words.
    const edges = [
      text.slice(Math.max(at - 1, 0), at + 1),
      text.slice(at + shown.length - 1).slice(0, 2),
    ]
    for (const edge of edges) expect(edge).not.toMatch(/^\w\w$/)
    const marked = excerpt.highlights.map(({ start, end }) => excerpt.text.slice(start, end))
    for (const mark of marked) expect(mark.toLowerCase().replace('_', '')).toBe('ferry')
    const count = Math.min(countOf(shown, 'ferry'), 20)
    const hasMore = marked.length > count && /ferry(?=[A-Z\d_])|(?<=[a-z_])Ferry|_ferry/.test(shown)
    expect(marked.length === count || hasMore).toBe(true)
  }
})
