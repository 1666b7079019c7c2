import { describe, expect, test } from 'vitest'

import { as, at, bodyOf, send } from '../../../support/api.ts'
import { textOf } from '../../../support/exports.ts'
import { type Exported, asDocument, asLines, exported } from '../../../support/given-exports.ts'
import { givenConversation } from '../../../support/given.ts'
import { type ImportAnswer, extraOf, importing, upload } from '../../../support/importing.ts'
import { network } from '../../../support/network.ts'
import { problemOf } from '../../../support/problems.ts'
import { question } from '../../../support/questions.ts'
import { bodyFor, operations, placed } from '../../../support/routes.ts'

const ann = await as.user()
const id = await givenConversation(ann)
const lists = (levels: number) => '['.repeat(levels) + ']'.repeat(levels)
const objects = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`

const sending = (method: string, path: string, body: string) =>
  send(path, { method, body, headers: { ...ann.headers, 'content-type': 'application/json' } })

const taking = (await operations()).filter(
  (route) => bodyFor(route) && !['/api/import', '/api/files'].includes(route.path),
)

test.each(taking)('is refused by name: $method $path', async ({ method, path }) => {
  for (const deep of [lists(100), objects(100), lists(3_000), lists(500_000), objects(150_000)]) {
    const body = `{"messages":[],"a/b":${deep}}`
    const answer = await problemOf(sending(method, placed(path, id), body))
    const [error] = answer.errors ?? []
    expect([answer.type, error?.pointer]).toEqual(['/problems/invalid-request', '/a~1b'])
    expect(error?.detail).toContain('Nested deeper than 100 levels')
  }
})

const withParameters = (parameters: string, key: string) =>
  sending(
    'POST',
    `${at(id)}/continue`,
    `{"messages":[${JSON.stringify(question(key, key))}],"tools":[{"type":"function",
      "function":{"name":"f","parameters":${parameters}}}]}`,
  )

test('a tool’s parameters may be as deep as a body may be', async () => {
  await network.script('as-deep', [{ text: 'Hi' }, { finish: 'stop' }])
  // A body, its tools, a tool and its function are around them.
  expect((await withParameters(objects(96), 'as-deep')).status).toBe(200)
  const problem = await problemOf(withParameters(objects(97), 'deeper'))
  expect(problem).toMatchObject({ status: 422, errors: [{ pointer: '/tools' }] })
  expect(await network.seen('deeper')).toEqual([])
})

/** A model that says this chunk, whatever it is. */
const saying = (key: string, delta: string) =>
  network.script(key, [
    { raw: `data: {"model":"m","choices":[{"index":0,"delta":${delta}}]}\n\n` },
    { finish: 'tool_calls' },
  ])
const called = (given: string) =>
  `{"tool_calls":[{"index":0,"id":"c","function":{"name":"f","arguments":${given}}}]}`
const continued = async (key: string) => {
  const mine = await givenConversation(ann)
  return ann.post(`${at(mine)}/continue`, { messages: [question(key)] })
}

describe('a model that nests deeply', () => {
  test('is kept word for word when that is text', async () => {
    const text = lists(50_000)
    await saying('deep-text', called(JSON.stringify(text)))
    const { message } = await bodyOf<{ message: unknown }>(continued('deep-text'))
    expect(message).toMatchObject({ tool_calls: [{ function: { arguments: text } }] })
  })

  test.each([
    ['arguments', called(lists(50_000))],
    ['objects', called(objects(50_000))],
  ])('has failed when it is JSON: %s', async (name, delta) => {
    await saying(`deep-${name}`, delta)
    expect(await problemOf(continued(`deep-${name}`))).toMatchObject({ status: 502 })
  })

  test('has its arguments kept when they are JSON and not too deep', async () => {
    await saying('shallow', called('{"a":[1]}'))
    const { message } = await bodyOf<{ message: unknown }>(continued('shallow'))
    expect(message).toMatchObject({ tool_calls: [{ function: { arguments: '{"a":[1]}' } }] })
  })

  test('says nothing by what is no text', async () => {
    await network.script('no-text', [
      {
        raw: `data: {"choices":[{"index":0,"delta":{"content":${lists(50_000)}}}]}\n\n`,
      },
      { text: 'Hi' },
      { finish: 'stop' },
    ])
    const { message } = await bodyOf<{ message: unknown }>(continued('no-text'))
    expect(message).toMatchObject({ content: 'Hi', status: 'complete' })
  })
})

const DEEP = '"DEEP"'
const fields: [string, object][] = [
  ['extra', { extra: 'DEEP' }],
  ['metadata', { metadata: 'DEEP' }],
  ['title', { title: 'DEEP' }],
  ['another', { another: 'DEEP' }],
]
const ofMessages = ['parts', 'tool_calls', 'content', 'tokens_used', 'created_at', 'another']

/** A file whose second conversation of three holds something deep. */
const files = (bad: Exported) => [exported(), bad, exported()]

describe.each([1_990, 2_100, 50_000])('an import of %i levels', (levels) => {
  const cases = [
    ...fields.map(([name, more]) => [name, { ...exported(), ...more } as Exported] as const),
    ...ofMessages.map(
      (name) => [`message ${name}`, exported({ messages: [{ [name]: 'DEEP' }] })] as const,
    ),
  ]
  test.each(cases)('fails by itself, or goes in: %s', async (_, bad) => {
    for (const file of [await asLines(files(bad)), await asDocument(files(bad))]) {
      const bob = await as.user()
      const type = file.startsWith(
        '{"object":"hilo.export","version":1,"exported_at":"2026-01-01T00:00:00.000Z"}\n',
      )
        ? 'application/x-ndjson'
        : 'application/json'
      const answer = await upload(bob, file.replace(DEEP, lists(levels)), { type })
      expect(answer.status).toBe(200)
      const told = await bodyOf<ImportAnswer>(answer)
      expect(told.imported + told.failed).toBe(3)
      expect(told.imported).toBeGreaterThanOrEqual(2)
      const fewest = levels > 2_000 ? 1 : 0
      expect(told.failed).toBeGreaterThanOrEqual(fewest)
    }
  })
})

test('what is as deep as an import may be is given out, and comes in again', async () => {
  const bob = await as.user()
  const deep = lists(1_995)
  const { conversations } = await importing(bob, `[{"uuid":"d","chat_messages":[],"x":${deep}}]`)
  const { id: made } = conversations[0]!
  expect(JSON.stringify(await extraOf(made))).toContain(deep)
  for (const format of ['ndjson', 'json']) {
    const path = `${at(made)}/export?format=${format}`
    const file = await textOf(await bob.get(path))
    expect(file).toContain(deep)
    expect(await importing(await as.user(), file)).toMatchObject({ imported: 1, failed: 0 })
  }
})
