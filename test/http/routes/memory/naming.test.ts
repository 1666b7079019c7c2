import { expect, test } from 'vitest'

import { type Client, as, read } from '../../../support/api.ts'
import { givenConversation, userMessages } from '../../../support/given.ts'
import { network } from '../../../support/network.ts'
import { eventually } from '../../../support/record.ts'

const ask = (client: Client, id: string, key: string) =>
  client.post(`/api/conversations/${id}/continue`, {
    messages: [{ role: 'user', content: `Where is the sea? #${key}` }],
  })

const named = (client: Client, id: string) =>
  eventually(async () => (await read(client, id)).title !== null)

test('gives a title and a topic after the first reply, and only then', async () => {
  await network.script('sea.names', [
    { text: '**TITLE: "The sea, and where it is"**\nTOPIC: the open sea today.' },
    { finish: 'stop' },
  ])
  const ann = await as.user()
  const id = await givenConversation(ann, { language: 'en', messages: userMessages(2) })
  expect(await network.seen('sea.names')).toHaveLength(0)
  await ask(ann, id, 'sea')
  await named(ann, id)
  expect(await read(ann, id)).toMatchObject({
    title: 'The sea, and where it is',
    topic: 'the open sea',
  })
  await ask(ann, id, 'sea')
  await ask(ann, id, 'sea')
  expect(await network.seen('sea.names')).toHaveLength(1)
  const [seen] = await network.seen('sea.names')
  expect(JSON.stringify(seen?.body)).toContain('in the language \\"en\\"')
})

test('keeps within sixty characters and three words', async () => {
  await network.script('long.names', [
    { text: `TITLE: ${'titles that go on '.repeat(20)}\nTOPIC: one two three four five` },
    { finish: 'stop' },
  ])
  const ann = await as.user()
  const id = await givenConversation(ann)
  await ask(ann, id, 'long')
  await named(ann, id)
  const { title, topic } = await read(ann, id)
  expect(title?.length).toBeLessThanOrEqual(60)
  expect(title).toMatch(/^titles that go on/)
  expect(topic).toBe('one two three')
})

test('leaves what a person has set, also while it is under way', async () => {
  await network.script('mine.names', [
    { gate: 'mine' },
    { text: 'TITLE: Theirs\nTOPIC: theirs' },
    { finish: 'stop' },
  ])
  const ann = await as.user()
  const id = await givenConversation(ann)
  await ask(ann, id, 'mine')
  await eventually(async () => (await network.seen('mine.names')).length === 1)
  await ann.patch(`/api/conversations/${id}`, { title: 'Mine' })
  await network.open('mine')
  await eventually(async () => (await read(ann, id)).topic !== null)
  expect(await read(ann, id)).toMatchObject({ title: 'Mine', topic: 'theirs' })
})

test('asks nothing when both are there', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann, { title: 'Mine', topic: 'mine' })
  await ask(ann, id, 'both')
  await ask(ann, id, 'both')
  expect(await network.seen('both.names')).toHaveLength(0)
})

test('does without a title when the model gives up', async () => {
  await network.script('rude.names', [{ text: 'I would rather not.' }, { finish: 'stop' }])
  const ann = await as.user()
  const id = await givenConversation(ann)
  expect((await ask(ann, id, 'rude')).status).toBe(200)
  await eventually(async () => (await network.seen('rude.names')).length === 1)
  expect(await read(ann, id)).toMatchObject({ title: null, topic: null, message_count: 2 })
})
