import { expect, test } from 'vitest'

import type { Hit } from '../../../../src/contract/search.ts'
import { as } from '../../../support/api.ts'
import { givenConversation } from '../../../support/given.ts'
import { marked, searchFor, soon } from '../../../support/searching.ts'

/** The one find of a word, in a text between so many others. */
async function hitIn(before: string, sought: string, after: string, q = sought): Promise<Hit> {
  const ann = await as.user()
  const content = before + sought + after
  await givenConversation(ann, { messages: [{ role: 'user', content }] })
  await soon(ann, q)
  const { data } = await searchFor(ann, q)
  expect(data).toHaveLength(1)
  return data[0]!
}

const many = (word: string, times = 120) => `${word} `.repeat(times)

test.each([
  ['at the beginning', '', ` ${many('behind')}`, /^quokka behind .* behind…$/],
  ['in the middle', many('ahead'), ` ${many('behind')}`, /^…ahead .*quokka behind .* behind…$/],
  ['at the end', many('ahead'), '', /^…ahead .* ahead quokka$/],
  ['near the end', many('ahead'), ' behind', /^…ahead .* quokka behind$/],
  [
    'in the middle of very many',
    many('ahead', 900),
    ` ${many('behind', 900)}`,
    /^…ahead .*quokka behind .* behind…$/,
  ],
  ['behind very many', many('ahead', 900), '', /^…ahead .* ahead quokka$/],
  ['far from a word that begins so', `quokkas ${many('ahead', 900)}`, '', /^…ahead .* quokka$/],
  ['without a space around very much', '-'.repeat(2_000), '-'.repeat(2_000), /^…quokka…$/],
  ['without a space around', '·'.repeat(500), '·'.repeat(500), /^…quokka…$/],
])('a long text is cut between words around what was found %s', async (_, before, after, text) => {
  const { excerpt } = await hitIn(before, 'quokka', after)
  expect(excerpt.text).toMatch(text)
  expect(excerpt.text.length).toBeLessThanOrEqual(262)
  const { start, end } = excerpt.highlights[0]!
  expect(excerpt.text.slice(start, end)).toBe('quokka')
})

test('lines are shown as one, and no more than twenty finds are marked', async () => {
  const hit = await hitIn('one\ntwo\t', 'quokka', '\nquokka'.repeat(24))
  expect(hit.excerpt.text).toMatch(/^one two quokka quokka/)
  expect(marked(hit)).toHaveLength(20)
  expect(new Set(marked(hit))).toEqual(new Set(['quokka']))
})

test('finds that overlap are marked as one', async () => {
  const hit = await hitIn('see ', 'big red quokka', ' here', '"big red" "red quokka"')
  expect(marked(hit)).toEqual(['big red quokka'])
})
