import { expect, test } from 'vitest'

import { extractNames, extractSummary } from '../../src/model/extract.ts'
import type { Excerpt } from '../../src/model/model.ts'

const user = (text: string): Excerpt => ({ role: 'user', text })

const talk = [
  user('Hello! I want to travel to Cádiz in May with my two children.'),
  {
    role: 'assistant' as const,
    text: 'Cádiz in May is warm. Children like the beach of La Caleta.',
  },
  user('How warm is the beach in May? Also, my brother says hi.'),
  { role: 'tool' as const, text: '{"temperature": 24}' },
]

test('keeps the sentences that matter, in the order in which they were said', () => {
  const job = { previous: null, excerpts: talk, language: 'en', maxLength: 130 }
  const summary = extractSummary(job)
  expect(summary.length).toBeLessThanOrEqual(130)
  expect(summary).toContain('Cádiz in May')
  expect(summary).not.toContain('temperature')
  expect(summary).not.toContain('says hi')
})

test('keeps within its length when it is summarised a hundred times', () => {
  let previous: string | null = null
  for (let round = 0; round < 100; round += 1) {
    const excerpts = [user(`In round ${round} the number is ${round * 7}. Nothing else happens.`)]
    previous = extractSummary({ previous, excerpts, language: 'en', maxLength: 300 })
    expect(previous.length).toBeLessThanOrEqual(300)
    expect(previous).not.toBe('')
  }
})

test.each([
  ['es', '¿Dónde está el mar? El mar está en Cádiz. Cádiz está en el sur.'],
  ['ja', '海はどこですか。海はカディスにあります。天気はいいです。'],
  ['ar', 'أين البحر؟ البحر في قادس. قادس في الجنوب.'],
  ['th', 'ทะเลอยู่ที่ไหน ทะเลอยู่ที่กาดิซ'],
])('works in %s', (language, text) => {
  const summary = extractSummary({
    previous: null,
    excerpts: [user(text)],
    language,
    maxLength: 40,
  })
  expect(summary).not.toBe('')
  expect(summary.length).toBeLessThanOrEqual(40)
  expect(summary.isWellFormed()).toBe(true)
})

test('cuts a sentence that is longer than the whole summary', () => {
  const excerpts = [user('😀'.repeat(100))]
  const summary = extractSummary({ previous: null, excerpts, language: 'en', maxLength: 25 })
  expect(summary.length).toBeLessThanOrEqual(25)
  expect(summary.isWellFormed()).toBe(true)
})

test('names a conversation by what was asked first and what came up most', () => {
  expect(extractNames({ excerpts: talk, language: 'en' })).toEqual({
    title: 'I want to travel to Cádiz in May with my two children.',
    topic: 'children',
  })
  expect(extractNames({ excerpts: [], language: 'en' })).toEqual({ title: '', topic: '' })
})
