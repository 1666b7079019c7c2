import { expect, test } from 'vitest'

import { as } from '../../support/api.ts'
import { importedAs, importing, importingOne, lineOf } from '../../support/importing.ts'

const ann = await as.user()
const said = (content: string) => ({ messages: [{ role: 'user', content }] })
const lined = (...values: unknown[]) =>
  values.map((value) => (typeof value === 'string' ? value : JSON.stringify(value))).join('\n')
const turn = (from: string, value: string) => ({ from, value })

test('a line that can’t be read fails by its number, and the others go in', async () => {
  const large = { ...said('large'), x: 'x'.repeat(12 * 1024 * 1024) }
  const file = `${lined(said('a'), '', '{"messages":[', { odd: 1 }, large, said('b'))}\r\n`
  const answer = await importing(ann, file)
  expect(answer).toMatchObject({ imported: 2, failed: 3, complete: true, warnings: [] })
  expect(answer.errors).toMatchObject([
    { index: 1, line: 3, offset: file.indexOf('{"messages":[\n'), detail: 'Not valid JSON' },
    { index: 2, line: 4 },
    { index: 3, line: 5, detail: expect.stringMatching(/^Larger than/) },
  ])
  expect(answer.conversations.map(({ index }) => index)).toEqual([0, 4])
})

test('tells that lines are cut short', async () => {
  const whole = lined(said('whole'), said('cut'))
  expect(await importing(ann, whole)).toMatchObject({ imported: 2, complete: true })
  const answer = await importing(ann, whole.slice(0, -3))
  expect(answer).toMatchObject({
    unchanged: 1,
    failed: 1,
    complete: false,
    warnings: ['The file ends before it is whole.'],
    errors: [{ line: 2, detail: 'The file ends in the middle of it' }],
  })
})

test('knows lines by the second if the first is broken', async () => {
  const answer = await importing(ann, lined('{"messages":[{"role"', said('c'), said('d')))
  expect(answer).toMatchObject({ imported: 2, errors: [{ line: 1, detail: 'Not valid JSON' }] })
  const led = lined('{"conversations":[', said('e'), ']}')
  expect(await importing(ann, led)).toMatchObject({ imported: 1, failed: 0 })
  const lost = importing(ann, lined('{"messages":[{"role"', '{"odd":1}', said('f')))
  await expect(lost).rejects.toThrow('No conversation was found')
})

test('a document on one line that holds many is no line', async () => {
  const many = (...all: object[]) => ({ conversations: all })
  const file = `${lined(many(said('h')), many(said('i')))}\n`
  expect(await importing(ann, file)).toMatchObject({ imported: 2, failed: 0 })
  const marked = `\u{feff}${lined(said('j'), said('k'))}`
  expect(await importing(ann, marked)).toMatchObject({ imported: 2, failed: 0 })
})

test('a first line of more than a chunk is read', async () => {
  const long = { ...said('x'.repeat(200_000)), id: crypto.randomUUID() }
  const answer = await importing(ann, lined(long, '{', said('l')))
  expect(answer).toMatchObject({ imported: 2, errors: [{ line: 2 }] })
  const longer = { ...long, id: crypto.randomUUID(), x: 'x'.repeat(2_000_000) }
  expect(await importing(ann, lined(longer, said('m')))).toMatchObject({ imported: 2 })
})

test('reads data sets: names of roles as they are found, and what the model was told', async () => {
  const { messages, extra } = await importingOne(ann, [
    {
      id: crypto.randomUUID(),
      title: 'Tools',
      system: 'Be brief',
      tools: '[{"name":"look"}]',
      conversations: [
        turn('human', 'q'),
        { ...turn('function_call', '{"name":"look","arguments":{"a":1}}'), loss: false },
        turn('observation', 'seen'),
        turn('function-call', '[{"function":{"name":"find","parameters":{}}},{"name":"see"}]'),
        turn('function_response', 'found'),
        turn('tool', 'seen'),
        turn('tool_call', 'look!'),
        turn('tool_response', 'ok'),
        turn('chatgpt', 'a'),
        { role: 'assistant', content: 'b' },
        turn('narrator', 'c'),
        7,
      ],
    },
  ])
  expect(messages.map(lineOf)).toEqual([
    'system: Be brief',
    'user: q',
    'assistant: ',
    'tool: seen',
    'assistant: ',
    'tool: found',
    'tool: seen',
    'assistant: ',
    'tool: ok',
    'assistant: a',
    'assistant: b',
    'system: c',
  ])
  const made = messages.flatMap(({ tool_calls: all }) => all ?? [])
  expect(made.map((call) => call.function)).toEqual([
    { name: 'look', arguments: '{"a":1}' },
    { name: 'find', arguments: '{}' },
    { name: 'see', arguments: '{}' },
    { name: 'tool', arguments: '{"input":"look!"}' },
  ])
  expect(messages.flatMap(({ tool_call_id: of }) => of ?? [])).toEqual(made.map((call) => call.id))
  expect(extra).toMatchObject({ fields: { tools: '[{"name":"look"}]' } })
})

test('takes a list of messages for one conversation', async () => {
  const id = crypto.randomUUID()
  const one = JSON.stringify({ id, conversations: [turn('human', 'q'), turn('gpt', 'a')] }, null, 1)
  const { messages } = await importingOne(ann, one)
  expect(messages.map(lineOf)).toEqual(['user: q', 'assistant: a'])
  const roles = [
    { role: 'user', content: id },
    { role: 'assistant', content: 'a' },
  ]
  const answer = await importing(ann, JSON.stringify(roles) + JSON.stringify([roles[0]]) + one)
  expect(answer).toMatchObject({ source: 'generic', imported: 2, unchanged: 1 })
  const first = await importedAs(ann, answer.conversations[0]!.id)
  expect(first.messages.map(lineOf)).toEqual([`user: ${id}`, 'assistant: a'])
  const held = await importingOne(ann, JSON.stringify({ conversations: roles }, null, 1))
  expect(held.messages.map(lineOf)).toEqual([`user: ${id}`, 'assistant: a'])
  const before = await importing(ann, JSON.stringify([roles[0]]) + JSON.stringify(said('n')))
  expect(before).toMatchObject({ imported: 1, unchanged: 1 })
})

test('a list of messages that lacks some is no conversation', async () => {
  const large = { ...turn('gpt', 'x'.repeat(7 * 1024 * 1024)) }
  const wrong = async (file: string) =>
    (await importing(ann, `${file}\n${JSON.stringify(said(file.slice(0, 50)))}`)).errors
  const odd = JSON.stringify([turn('human', 'q'), 7, turn('gpt', 'a')])
  expect(await wrong(odd)).toMatchObject([
    { index: 0, offset: 1, detail: 'One of its messages can not be read' },
  ])
  expect(await wrong(JSON.stringify([turn('human', 'q'), { odd: 1 }]))).toHaveLength(1)
  expect(await wrong(JSON.stringify([7, turn('human', 'q')]))).toMatchObject([{ index: 0 }])
  expect(await wrong(JSON.stringify([large, large, turn('gpt', 'a')]))).toMatchObject([
    { detail: expect.stringMatching(/^Larger than/) },
  ])
  const cut = `${JSON.stringify([said('o')])}[${JSON.stringify(turn('human', 'q'))},{"fr`
  expect(await importing(ann, cut)).toMatchObject({
    imported: 1,
    failed: 1,
    complete: false,
    errors: [{ detail: 'The file ends in the middle of it' }],
  })
})
