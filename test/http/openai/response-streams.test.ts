import OpenAI from 'openai'
import { expect, test } from 'vitest'

import { as } from '../../support/api.ts'
import { network } from '../../support/network.ts'
import { all, openaiFor } from '../../support/openai.ts'

const ann = await as.user()
const openai = openaiFor(ann)
const keyed = () => crypto.randomUUID()

test('a stream is in its strict order, and its numbers stay the same when it is read again', async () => {
  const key = keyed()
  await network.script(key, [
    { chunk: { choices: [{ delta: { reasoning_content: 'I think ' } }] } },
    { chunk: { choices: [{ delta: { reasoning_content: 'so' } }] } },
    { text: 'Hello ' },
    { text: 'again' },
    {
      chunk: {
        choices: [
          {
            delta: {
              tool_calls: [
                {
                  index: 0,
                  id: 'c1',
                  type: 'function',
                  function: { name: 'f', arguments: '{"a":1}' },
                },
                { index: 1, id: 'c2', type: 'function', function: { name: 'f', arguments: '{}' } },
              ],
            },
          },
        ],
      },
    },
    { finish: 'tool_calls' },
  ])
  const stream = openai.responses.stream({
    model: 'test-model',
    input: `Hello #${key}`,
    tools: [
      {
        type: 'function',
        name: 'f',
        parameters: { type: 'object', properties: {} },
        strict: false,
      },
    ],
  })
  const events: OpenAI.Responses.ResponseStreamEvent[] = []
  for await (const event of stream) events.push(event)
  const final = await stream.finalResponse()
  expect(final.output.map(({ type }) => type)).toEqual([
    'reasoning',
    'message',
    'function_call',
    'function_call',
  ])
  expect(final.output_text).toBe('Hello again')
  const numbers = events.map((event) => event.sequence_number)
  expect(numbers).toEqual([...new Set(numbers)].toSorted((a, b) => a - b))
  const { parsed: _, ...kept } = (await openai.responses.retrieve(final.id)) as never as Record<
    string,
    unknown
  >
  expect(final).toMatchObject({ id: kept['id'], status: 'completed' })
  expect(JSON.parse(JSON.stringify(final.output.map(({ id }) => id)))).toEqual(
    (kept['output'] as { id: string }[]).map(({ id }) => id),
  )
  // Read again from each place: the same events, and the same texts behind it.
  const again = await all(await openai.responses.retrieve(final.id, { stream: true }))
  const textAfter = (list: OpenAI.Responses.ResponseStreamEvent[], after: number) =>
    list
      .flatMap((event) =>
        event.type === 'response.output_text.delta' && event.sequence_number > after
          ? [event.delta]
          : [],
      )
      .join('')
  const kinds = (list: OpenAI.Responses.ResponseStreamEvent[]) =>
    list
      .filter(({ type }) => !type.endsWith('.delta'))
      .map(({ type, sequence_number: n }) => [type, n])
  expect(kinds(again)).toEqual(kinds(events as never))
  for (const after of numbers) {
    const rest = await all(
      await openai.responses.retrieve(final.id, { stream: true, starting_after: after }),
    )
    expect(kinds(rest)).toEqual(kinds(events as never).filter(([, n]) => (n as number) > after))
    expect(textAfter(rest, after)).toBe(textAfter(events as never, after))
  }
  const followed = openai.responses.stream({ response_id: final.id, starting_after: numbers[5]! })
  expect((await followed.finalResponse()).output_text).toBe('Hello again')
})

test('with store: false nothing is kept', async () => {
  const { id } = await openai.conversations.create()
  await openai.responses.create({ conversation: id, input: 'My name is Ann' })
  const before = await all(openai.conversations.items.list(id))
  const key = keyed()
  const passed = await openai.responses.create({
    conversation: id,
    input: `What? #${key}`,
    store: false,
  })
  expect(passed).toMatchObject({ status: 'completed', store: false, conversation: null })
  expect(passed.output_text).toBe('Hello there')
  expect(JSON.stringify((await network.seen(key))[0]!.body)).toContain('My name is Ann')
  expect(await all(openai.conversations.items.list(id))).toEqual(before)
  await expect(openai.responses.retrieve(passed.id)).rejects.toMatchObject({ status: 404 })
  const stream = openai.responses.stream({ model: 'test-model', input: 'Alone', store: false })
  expect((await stream.finalResponse()).output_text).toBe('Hello there')
})

test('runs in the background, is followed, cancelled, and deleted', async () => {
  const [key, gate] = [keyed(), keyed()]
  await network.script(key, [{ text: 'One' }, { gate }, { text: 'Two' }, { finish: 'stop' }])
  const begun = await openai.responses.create({ input: `Go #${key}`, background: true })
  expect(begun).toMatchObject({ status: 'in_progress', background: true, output: [] })
  expect(await openai.responses.retrieve(begun.id)).toMatchObject({ status: 'in_progress' })
  const busy = openaiFor(ann, { maxRetries: 0 }).responses.create({
    conversation: begun.conversation!.id,
    input: 'x',
  })
  await expect(busy).rejects.toMatchObject({ status: 409, code: 'conversation_locked' })
  const followed = await openai.responses.retrieve(begun.id, { stream: true })
  const told: OpenAI.Responses.ResponseStreamEvent[] = []
  let cancelled: unknown = null
  for await (const event of followed) {
    told.push(event)
    if (event.type === 'response.output_text.delta')
      cancelled = await openai.responses.cancel(begun.id)
  }
  expect(cancelled).toMatchObject({ id: begun.id, status: 'cancelled' })
  expect(told.at(-1)).toMatchObject({
    type: 'response.incomplete',
    response: { status: 'cancelled' },
  })
  expect(await openai.responses.retrieve(begun.id)).toMatchObject(cancelled as object)
  await network.open(gate)
  await openai.responses.delete(begun.id)
  await expect(openai.responses.retrieve(begun.id)).rejects.toMatchObject({ status: 404 })
  const items = await all(openai.conversations.items.list(begun.conversation!.id))
  expect(items).toMatchObject([{ role: 'user' }])
})

test('a refusal is told as one, and the same when it is read again', async () => {
  const key = keyed()
  await network.script(key, [
    { chunk: { choices: [{ delta: { refusal: 'I will ' } }] } },
    { chunk: { choices: [{ delta: { refusal: 'not.' } }] } },
    { finish: 'stop' },
  ])
  const stream = openai.responses.stream({ model: 'test-model', input: `Harm #${key}` })
  const events: OpenAI.Responses.ResponseStreamEvent[] = []
  for await (const event of stream) events.push(event)
  const { id, output } = await stream.finalResponse()
  expect(output).toMatchObject([{ content: [{ type: 'refusal', refusal: 'I will not.' }] }])
  const again = await all(await openai.responses.retrieve(id, { stream: true }))
  for (const told of [events, again]) {
    expect(told.filter(({ type }) => !type.endsWith('.delta'))).toMatchObject([
      { type: 'response.created' },
      { type: 'response.in_progress' },
      { type: 'response.output_item.added' },
      { type: 'response.content_part.added', part: { type: 'refusal', refusal: '' } },
      { type: 'response.refusal.done', refusal: 'I will not.', content_index: 0 },
      { type: 'response.content_part.done', part: { type: 'refusal', refusal: 'I will not.' } },
      { type: 'response.output_item.done', item: { content: [{ type: 'refusal' }] } },
      { type: 'response.completed' },
    ])
    const deltas = told.flatMap((event) =>
      event.type === 'response.refusal.delta' ? [event.delta] : [],
    )
    expect(deltas.join('')).toBe('I will not.')
  }
})
