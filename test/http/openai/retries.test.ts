import { exports } from 'cloudflare:workers'
import { expect, test } from 'vitest'

import { uuidIn } from '../../../src/http/openai/ids.ts'
import { type Client, type Conversation, type Listed, as, bodyOf } from '../../support/api.ts'
import { network } from '../../support/network.ts'
import { all, openaiFor } from '../../support/openai.ts'

/** A client whose first answers are lost: it is told of a broken connection after everything was done. */
function lossy(client: Client, losses = 1) {
  const sent: string[] = []
  let left = losses
  const openai = openaiFor(client, {
    fetch: async (url, init) => {
      const request = new Request(url as string, init as RequestInit)
      sent.push(request.headers.get('x-stainless-retry-count') ?? '')
      const answer = await exports.default.fetch(request)
      if (left-- <= 0) return answer
      await answer.arrayBuffer()
      throw new TypeError('the connection is lost')
    },
  })
  return { openai, sent }
}

const listOf = async (client: Client) =>
  (await bodyOf<Listed<Conversation>>(client.get('/api/conversations'))).data

const person = () => as.user()

test('a conversation, its items and a response that are sent again are there once', async () => {
  const ann = await person()
  const { openai, sent } = lossy(ann, 2)
  const { id } = await openai.conversations.create({ items: [{ role: 'user', content: 'Hello' }] })
  expect(sent).toEqual(['0', '1', '2'])
  expect(await listOf(ann)).toHaveLength(1)
  const items = lossy(ann)
  await items.openai.conversations.items.create(id, { items: [{ role: 'user', content: 'Hello' }] })
  expect(items.sent).toEqual(['0', '1'])
  const key = crypto.randomUUID()
  const response = await lossy(ann).openai.responses.create({
    conversation: id,
    input: `Yes #${key}`,
  })
  expect(await network.seen(key)).toHaveLength(1)
  const kept = await all(openaiFor(ann).conversations.items.list(id, { order: 'asc' }))
  expect(kept).toMatchObject([
    { role: 'user' },
    { role: 'user' },
    { role: 'user' },
    response.output[0],
  ])
})

test('a stream that is lost is sent again, and its reply is the same one', async () => {
  const ann = await person()
  const [key, gate] = [crypto.randomUUID(), crypto.randomUUID()]
  await network.script(key, [{ text: 'One ' }, { gate }, { text: 'Two' }, { finish: 'stop' }])
  let tries = 0
  const openai = openaiFor(ann, {
    fetch: async (url, init) => {
      const answer = await exports.default.fetch(new Request(url as string, init as RequestInit))
      tries += 1
      if (tries > 1) return answer
      await answer.body?.cancel()
      throw new TypeError('the connection is lost')
    },
  })
  const { id } = await openaiFor(ann).conversations.create()
  const stream = openai.responses.stream({
    model: 'test-model',
    conversation: id,
    input: `Go #${key}`,
  })
  stream.on('response.output_text.delta', () => void network.open(gate))
  expect((await stream.finalResponse()).output_text).toBe('One Two')
  expect(tries).toBe(2)
  expect(await network.seen(key)).toHaveLength(1)
})

test('a first response that is sent again begins one conversation', async () => {
  const ann = await person()
  const key = crypto.randomUUID()
  const { openai } = lossy(ann)
  const response = await openai.responses.create({ input: `Hello #${key}` })
  expect(await listOf(ann)).toHaveLength(1)
  expect(await network.seen(key)).toHaveLength(1)
  const next = await lossy(ann).openai.responses.create({
    input: `More #${key}`,
    previous_response_id: response.id,
  })
  expect(await network.seen(key)).toHaveLength(2)
  expect(await openaiFor(ann).responses.retrieve(next.id)).toEqual(next)
})

test('the same words that are no retry are said again', async () => {
  const ann = await person()
  const openai = openaiFor(ann)
  const first = await openai.responses.create({ input: 'Hello' })
  const second = await openai.responses.create({ input: 'Hello' })
  expect(second.conversation).not.toEqual(first.conversation)
  const { id } = await openai.conversations.create()
  const other = await openai.conversations.create()
  expect(other.id).not.toBe(id)
  for (let times = 0; times < 6; times += 1) await openai.conversations.create()
  expect(await listOf(ann)).toHaveLength(10)
  const item = { items: [{ role: 'user' as const, content: 'Yes' }] }
  await openai.conversations.items.create(id, item)
  await openai.conversations.items.create(id, item)
  await openai.responses.create({ conversation: id, input: 'Yes' })
  await openai.responses.create({ conversation: id, input: 'Yes' })
  expect(await all(openai.conversations.items.list(id))).toHaveLength(6)
  const sample = () => openai.responses.create({ previous_response_id: first.id, input: 'Again' })
  expect((await sample()).id).not.toBe((await sample()).id)
  // At once, the second is refused while the first is answered, and its retry can't be told from one of that.
  const [one, two] = await Promise.all([sample(), sample()])
  expect(one.id).toBe(two.id)
})

test('a retry whose first try never came is the first; and one after which others spoke is one of its own', async () => {
  const ann = await person()
  const openai = openaiFor(ann)
  const { id } = await openai.conversations.create()
  const yes = { items: [{ role: 'user' as const, content: 'Yes' }] }
  const again = { headers: { 'x-stainless-retry-count': '1' } }
  await openai.conversations.items.create(id, yes, again)
  await openai.conversations.items.create(id, yes, again)
  expect(await all(openai.conversations.items.list(id))).toHaveLength(1)
  await openai.conversations.items.create(id, { items: [{ role: 'user', content: 'No' }] })
  await openai.conversations.items.create(id, yes, again)
  expect(await all(openai.conversations.items.list(id))).toHaveLength(3)
})

const again = { headers: { 'x-stainless-retry-count': '1' } }

test('a retried create finds nothing that has gone on, and what is just as it left it', async () => {
  const ann = await person()
  const openai = openaiFor(ann)
  const first = await openai.conversations.create()
  await openai.conversations.items.create(first.id, { items: [{ role: 'user', content: 'Mine' }] })
  const second = await openai.conversations.create({}, again)
  expect(second.id).not.toBe(first.id)
  expect(await openai.conversations.create({}, again)).toEqual(second)
  await openai.conversations.update(second.id, { metadata: { topic: 'a trip' } })
  const third = await openai.conversations.create({}, again)
  expect([first.id, second.id]).not.toContain(third.id)
  // What was erased is a gap, and those behind it are found.
  await openai.conversations.delete(first.id)
  expect(await openai.conversations.create({}, again)).toEqual(third)
  const items = { items: [{ role: 'user' as const, content: 'Hello' }] }
  const begun = await openai.conversations.create(items)
  expect(await openai.conversations.create(items, again)).toEqual(begun)
  await openai.responses.create({ conversation: begun.id, input: 'More' })
  expect((await openai.conversations.create(items, again)).id).not.toBe(begun.id)
})

test('after six equal creates a retry still finds its own; and when all have gone on, makes one', async () => {
  const ann = await person()
  const openai = openaiFor(ann)
  const goOn = (id: string) =>
    openai.conversations.items.create(id, { items: [{ role: 'user', content: 'On' }] })
  for (let times = 0; times < 6; times += 1) await goOn((await openai.conversations.create()).id)
  const { id } = await lossy(ann).openai.conversations.create()
  expect(await listOf(ann)).toHaveLength(7)
  await goOn(id)
  await goOn((await openai.conversations.create()).id)
  const known = (await listOf(ann)).map((one) => one.id)
  const { id: next } = await openai.conversations.create({}, again)
  expect(known).not.toContain(uuidIn(next))
})

test('nobody can give an id that a conversation begun here may get, or ask for it', async () => {
  const ann = await person()
  const { id } = await openaiFor(ann).conversations.create()
  const answer = await (await person()).post('/api/conversations', { id: uuidIn(id) })
  expect(answer.status).toBe(422)
})

test('an Idempotency-Key needs no guessing', async () => {
  const ann = await person()
  const openai = openaiFor(ann)
  const keyed = { headers: { 'idempotency-key': 'k1' } }
  const made = [1, 2].map(() => openai.conversations.create({}, keyed))
  const [{ id }] = (await Promise.all(made)) as never as [{ id: string }]
  expect(await listOf(ann)).toHaveLength(1)
  const yes = { items: [{ role: 'user' as const, content: 'Yes' }] }
  await openai.conversations.items.create(id, yes, keyed)
  await openai.conversations.items.create(id, { items: [{ role: 'user', content: 'No' }] })
  await openai.conversations.items.create(id, yes, keyed)
  expect(await all(openai.conversations.items.list(id))).toHaveLength(2)
  const other = openai.conversations.items.create(
    id,
    { items: [{ role: 'user', content: 'Other' }] },
    keyed,
  )
  await expect(other).rejects.toMatchObject({ status: 409, code: 'message_id_taken' })
})

test('what fails is tried again by the client itself, under the same ids', async () => {
  const ann = await person()
  const key = crypto.randomUUID()
  await network.script(
    key,
    [{ status: 400 }],
    [{ status: 400 }],
    [{ text: 'At last' }, { finish: 'stop' }],
  )
  const openai = openaiFor(ann)
  const { id } = await openai.conversations.create()
  const response = await openai.responses.create({ conversation: id, input: `Go #${key}` })
  expect(response.output_text).toBe('At last')
  expect(await all(openai.conversations.items.list(id))).toHaveLength(2)
})
