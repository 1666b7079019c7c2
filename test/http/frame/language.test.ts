import { expect, test } from 'vitest'

import { type Conversation, as, bodyOf, sendWith } from '../../support/api.ts'
import { pointersOf, problemOf } from '../../support/problems.ts'

async function languageFor(
  headers: Record<string, string>,
  body: object = {},
  changed: Partial<Env> = {},
) {
  const ann = await as.user()
  const answer = await sendWith(changed, '/api/conversations', {
    method: 'POST',
    headers: { ...ann.headers, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
  return (await bodyOf<Conversation>(answer)).language
}

test.for([
  ['en-GB,en;q=0.9', 'en-GB'],
  ['fr;q=0.4, pt-br;q=0.8, *;q=0.1', 'pt-BR'],
  ['english, de;q=0.5', 'de'],
  ['en;q=0, eu', 'eu'],
  ['*', 'es'],
  ['', 'es'],
  ['x;;q=,,', 'es'],
] as const)(
  'a visitor is answered in the language that their browser asks for: %s',
  async ([header, language]) => {
    expect(await languageFor({ 'accept-language': header })).toBe(language)
  },
)

test('what the caller says goes first, the deployment’s own last', async () => {
  expect(await languageFor({ 'accept-language': 'en' }, { language: 'ca' })).toBe('ca')
  expect(await languageFor({}, {}, { DEFAULT_LANGUAGE: 'eu' })).toBe('eu')
  expect(await languageFor({ 'accept-language': 'en' }, {}, { DEFAULT_LANGUAGE: 'eu' })).toBe('en')
})

test('a default that is no language is told, and nothing is created', async () => {
  const ann = await as.user()
  const answer = sendWith({ DEFAULT_LANGUAGE: 'basque' }, '/api/conversations', {
    method: 'POST',
    headers: { ...ann.headers, 'content-type': 'application/json' },
    body: '{}',
  })
  expect(await problemOf(answer)).toMatchObject({
    status: 503,
    detail: expect.stringContaining('DEFAULT_LANGUAGE'),
  })
})

test.for(['english', 'spanish', 'xx', 'e', '12', 'en_US', ''])(
  'refuses what no language is: %s',
  async (language) => {
    const ann = await as.user()
    const problem = await problemOf(ann.post('/api/conversations', { language }))
    expect(problem.status).toBe(422)
    expect(pointersOf(problem)).toEqual(['/language'])
  },
)

test.for(['es', 'pt-BR', 'zh-Hant-TW', 'gsw', 'yue', 'sr-Latn', 'en-US-x-app'])(
  'takes %s',
  async (language) => {
    expect(await languageFor({}, { language })).toBe(language)
  },
)
