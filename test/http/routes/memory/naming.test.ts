import { expect, test } from 'vitest'

import { type Client, as, read } from '../../../support/api.ts'
import { givenConversation, userMessages } from '../../../support/given.ts'
import { attemptsOf } from '../../../support/memory.ts'
import { network } from '../../../support/network.ts'
import { eventually, ringWhenDue } from '../../../support/record.ts'

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

const noName = [{ text: 'I think.\nAnd I think.\nAnd so on.' }, { finish: 'stop' }]

test('takes the first words for a title when two tries bring none, and the next good one after that', async () => {
  await network.script('rude.names', noName, noName, [
    { text: 'TITLE: The <b>deep</b> `sea`\nTOPIC: sea' },
    { finish: 'stop' },
  ])
  const ann = await as.user()
  const id = await givenConversation(ann)
  expect((await ask(ann, id, 'rude')).status).toBe(200)
  await eventually(async () => (await attemptsOf(id)) === 1)
  expect(await read(ann, id)).toMatchObject({ title: null, topic: null, message_count: 2 })
  await ringWhenDue(id)
  expect(await read(ann, id)).toMatchObject({ title: 'Where is the sea? #rude', topic: null })
  expect((await ask(ann, id, 'rude')).status).toBe(200)
  await eventually(async () => (await read(ann, id)).title === 'The deep sea')
  expect(await read(ann, id)).toMatchObject({ topic: 'sea' })
  await ask(ann, id, 'rude')
  expect(await network.seen('rude.names')).toHaveLength(3)
})

test('leaves a title that a person has put in the place of the first words', async () => {
  await network.script('rude-mine.names', noName, noName, [
    { text: 'TITLE: Theirs\nTOPIC: theirs' },
    { finish: 'stop' },
  ])
  const ann = await as.user()
  const id = await givenConversation(ann)
  await ask(ann, id, 'rude-mine')
  await eventually(async () => (await attemptsOf(id)) === 1)
  await ringWhenDue(id)
  await ann.patch(`/api/conversations/${id}`, { title: 'Mine' })
  await ask(ann, id, 'rude-mine')
  expect(await read(ann, id)).toMatchObject({ title: 'Mine', topic: null })
  expect(await network.seen('rude-mine.names')).toHaveLength(2)
})

test('waits for a model that is busy as long as it takes, and not once it answers again', async () => {
  await network.script(
    'crowd.names',
    [{ status: 429 }],
    [{ status: 529 }],
    [{ status: 503 }],
    [{ text: 'TITLE: The sea\nTOPIC: sea' }, { finish: 'stop' }],
  )
  const ann = await as.user()
  const id = await givenConversation(ann)
  await ask(ann, id, 'crowd')
  for (let attempt = 1; attempt < 3; attempt += 1) {
    await eventually(async () => (await attemptsOf(id)) === attempt)
    await ringWhenDue(id)
  }
  await eventually(async () => (await attemptsOf(id)) === 3)
  expect(await read(ann, id)).toMatchObject({ title: null })
  // A reply shows that it is well: nobody waits for the alarm.
  await ask(ann, id, 'crowd')
  await named(ann, id)
  expect(await read(ann, id)).toMatchObject({ title: 'The sea', topic: 'sea' })
})
