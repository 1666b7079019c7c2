import { expect, test } from 'vitest'

import type { ProblemBody } from '../../../src/contract/problem.ts'
import { append, as, at, bodyOf, send } from '../../support/api.ts'
import { givenConversation } from '../../support/given.ts'
import { problemOf } from '../../support/problems.ts'
import { placed, queryFor } from '../../support/routes.ts'

interface Parameter {
  name: string
  in: string
  schema: { type?: string | string[]; enum?: string[]; minimum?: number; maximum?: number }
}
type Paths = Record<string, Record<string, { parameters?: Parameter[]; requestBody?: object }>>

const { paths } = await bodyOf<{ paths: Paths }>(send('/openapi.json'))
const parameters = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods).flatMap(([method, { parameters: all = [] }]) =>
    all
      .filter((one) => one.in === 'query')
      .map(({ name, schema }) => ({ method: method.toUpperCase(), path, name, schema })),
  ),
)

const ann = await as.user()
const id = await givenConversation(ann)

/** The route with what it can't do without, and something more. */
function asked({ method, path }: { method: string; path: string }, query: string) {
  const [name = '', needed = ''] = queryFor({ method, path }).slice(1).split('=')
  const all = name === '' || query.startsWith(`${name}=`) ? query : `${name}=${needed}&${query}`
  const body = method === 'POST' ? [] : undefined
  return problemOf(ann.request(method, `${placed(path, id)}?${all}`, body))
}

const numbers = parameters.filter(({ schema }) => [schema.type].flat().includes('integer'))
/** What is wrong with which parameter; `?` stands before its name, or `/` for who has read it in another form. */
const named = ({ errors = [] }: ProblemBody) =>
  errors.map(({ pointer, detail }) => [pointer.slice(1), detail])

const isOurs = ({ path }: { path: string }) => path.startsWith('/api')
const words = parameters.filter(({ schema }) => schema.enum)

test('there are such parameters', () => {
  expect(numbers.length).toBeGreaterThanOrEqual(7)
  expect(words.length).toBeGreaterThanOrEqual(5)
})

test.each(numbers)('says which numbers it takes: $method $path ?$name', async (one) => {
  const { minimum = 0, maximum = Infinity } = one.schema
  const isBounded = maximum < Number.MAX_SAFE_INTEGER
  const detail = `Send a whole number ${isBounded ? `from ${minimum} to ${maximum}` : `of ${minimum} or more`}`
  const wrong = [
    'abc',
    '1.5',
    '-1',
    'NaN',
    '1e400',
    '1;2',
    ...(isBounded ? [`${maximum + 1}`] : []),
  ]
  for (const value of wrong) {
    const problem = await asked(one, `${one.name}=${encodeURIComponent(value)}`)
    expect([value, problem.status, named(problem)]).toEqual([value, 422, [[one.name, detail]]])
  }
})

test.each(words)('says which words it takes: $method $path ?$name', async (one) => {
  for (const value of ['perhaps', '', 'ALL']) {
    const problem = await asked(one, `${one.name}=${value}`)
    const detail = `Send ${one.schema.enum?.join(' or ')}`
    expect([value, problem.status, named(problem)]).toEqual([value, 422, [[one.name, detail]]])
  }
})

test.each(parameters)(
  'speaks of what was sent, not of types: $method $path ?$name',
  async (one) => {
    const { status, errors = [] } = await asked(one, `${one.name}=x&${one.name}=y`)
    expect(status).toBe(422)
    expect(errors.map(({ pointer }) => pointer.slice(1))).toEqual([one.name])
    expect(errors[0]?.detail).toMatch(/^(Send |Not )/)
    expect(JSON.stringify(errors)).not.toMatch(/NaN|expected|received|Invalid/)
  },
)

// What the clients of others send beside it is ignored.
test.each(parameters.filter(isOurs))('names what it does not know: $method $path', async (one) => {
  expect(await asked(one, 'colour=red&%2F=1')).toMatchObject({
    status: 422,
    errors: [
      { pointer: '?colour', detail: 'There is no such parameter here' },
      { pointer: '?/', detail: 'There is no such parameter here' },
    ],
  })
})

test('a body that is refused says that nothing of it was stored; what only reads says nothing of it', async () => {
  const kept = 'Nothing of this request was stored.'
  for (const answer of [
    append(ann, id, [{ role: 'user' }]),
    append(ann, id, [
      { role: 'user', content: 'ok' },
      { role: 'nobody', content: 'x' },
    ]),
    ann.post('/api/conversations', { title: 7 }),
    ann.post(`${at(id)}/continue`, { messages: 'hello' }),
    ann.patch(at(id), { title: '' }),
    ann.patch(at(id), {
      metadata: Object.fromEntries(Array.from({ length: 17 }, (_, n) => [n, ''])),
    }),
    as.service('backend', 'user:x').post('/api/erase', { user_id: '' }),
  ]) {
    expect(await problemOf(answer)).toMatchObject({ status: 422, detail: kept })
  }
  expect(await problemOf(ann.get(`${at(id)}?limit=abc`))).not.toHaveProperty('detail')
  expect(await bodyOf(ann.get(`${at(id)}/messages`))).toMatchObject({ data: [] })
})
