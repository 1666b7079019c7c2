import { expect, test } from 'vitest'

import { as } from '../../support/api.ts'
import { all, openaiFor } from '../../support/openai.ts'

const taken = { status: 409, code: 'key_taken' }

test.each(['at once', 'as a stream', 'in the background'])(
  'an Idempotency-Key that another response had is refused, and the same body gets the same: %s',
  async (how) => {
    const openai = openaiFor(await as.user())
    const { id } = await openai.conversations.create()
    const keyed = { headers: { 'idempotency-key': crypto.randomUUID() } }
    const more =
      how === 'as a stream'
        ? { stream: true }
        : how === 'in the background'
          ? { background: true }
          : {}
    const ask = (change: object = {}) =>
      openai.responses.create(
        { conversation: id, input: 'Hello', ...more, ...change } as never,
        keyed,
      ) as Promise<{ id?: string }>
    const first = await ask()
    if (how === 'as a stream') for await (const _ of first as AsyncIterable<object>);
    await expect(ask({ temperature: 0.5 })).rejects.toMatchObject(taken)
    await expect(ask({ metadata: { a: 'b' } })).rejects.toMatchObject(taken)
    const again = await ask()
    // A stream has no id of its own.
    expect(again.id).toBe(first.id)
    const items = await all(openai.conversations.items.list(id))
    expect(items.length).toBeLessThanOrEqual(2)
  },
)

test('the same of what begins a conversation, and of items', async () => {
  const openai = openaiFor(await as.user())
  const keyed = { headers: { 'idempotency-key': crypto.randomUUID() } }
  const begin = (input: object) =>
    openai.responses.create({ input: 'Hello', ...input } as never, keyed)
  const begun = await begin({})
  expect((await begin({})).id).toBe(begun.id)
  await expect(begin({ max_output_tokens: 7 })).rejects.toMatchObject(taken)
  const create = (body: object) => openai.conversations.create(body as never, keyed)
  const { id } = await create({ metadata: { a: '1' } })
  expect((await create({ metadata: { a: '1' } })).id).toBe(id)
  await expect(create({ metadata: { a: '2' } })).rejects.toMatchObject(taken)
  await expect(create({})).rejects.toMatchObject(taken)
  const say = (...texts: string[]) =>
    openai.conversations.items.create(
      id,
      { items: texts.map((content) => ({ role: 'user', content })) } as never,
      keyed,
    )
  await say('One')
  await say('One')
  await expect(say('One', 'Two')).rejects.toMatchObject(taken)
  expect(await all(openai.conversations.items.list(id))).toHaveLength(1)
})

test('a response is deleted once, and its client’s own retry finds it done', async () => {
  const openai = openaiFor(await as.user())
  const { id } = await openai.responses.create({ input: 'Hello' })
  await openai.responses.delete(id)
  await expect(openai.responses.delete(id)).rejects.toMatchObject({ status: 404 })
  const again = { headers: { 'x-stainless-retry-count': '1' } }
  await openai.responses.delete(id, again)
})

test.each([{}, { stream: true }, { background: true }, { store: false }])(
  'a response that was deleted is not continued: %j',
  async (how) => {
    const openai = openaiFor(await as.user())
    const { id, conversation } = await openai.responses.create({ input: 'Hello' })
    await openai.responses.delete(id)
    const next = { input: 'Go on', previous_response_id: id, ...how }
    const gone = { status: 404, code: 'no_such_message' }
    await expect(openai.responses.create(next as never)).rejects.toMatchObject(gone)
    expect(await all(openai.conversations.items.list(conversation!.id))).toHaveLength(1)
  },
)

test('items that say nothing are refused, and errors name no field that its client does not have', async () => {
  const openai = openaiFor(await as.user())
  const { id } = await openai.conversations.create()
  const blank = [
    { role: 'user', content: ' ' },
    { role: 'user', content: [{ type: 'input_text', text: '' }] },
  ]
  const sent = openai.conversations.items.create(id, { items: blank } as never)
  await expect(sent).rejects.toMatchObject({ status: 400, param: 'items' })
  const asked = openai.responses.create({ conversation: id, input: blank } as never)
  await expect(asked).rejects.toMatchObject({ status: 400, param: 'input' })
  const answer = openai.responses.create({
    conversation: id,
    input: [{ type: 'function_call_output', call_id: 'c', output: 'x' }],
  })
  const error = await answer.then(
    () => null,
    (one: { message: string; param: string }) => one,
  )
  expect(error).toMatchObject({ param: 'input[0].call_id' })
  expect(error?.message).not.toContain('tool_call_ids')
  expect(error?.message).toContain('No call waits for a result')
})
