import { expect, test } from 'vitest'

import { chatOf, messagesOf, storedIn, textOf } from '../../support/ai-sdk.ts'
import { as, bodyOf } from '../../support/api.ts'
import type { Conversation, Listed } from '../../support/api.ts'
import { network } from '../../support/network.ts'
import { says } from '../../support/questions.ts'
import { aVisitor, logIn } from '../../support/visitors.ts'

const everything = 'All that a visitor said is theirs'

async function asking(answer: string): Promise<string> {
  const key = crypto.randomUUID()
  await network.script(key, says(answer))
  return `${everything} #${key}`
}

const listOf = async (client: Parameters<typeof storedIn>[0]) =>
  (await bodyOf<Listed<Conversation>>(client.get('/api/conversations'))).data

test('a name means something to its owner alone', async () => {
  const [ann, bob] = [await as.user(), await as.user()]
  const chat = chatOf(7, ann, { id: 'main' })
  await chat.sendMessage({ text: await asking('For Ann') })
  expect(await storedIn(bob, 'main')).toEqual([])
  const other = chatOf(7, bob, { id: 'main' })
  await other.sendMessage({ text: await asking('For Bob') })
  expect((await storedIn(ann, 'main')).map(textOf)[1]).toBe('For Ann')
  expect((await storedIn(bob, 'main')).map(textOf)[1]).toBe('For Bob')
  const [conversation] = await listOf(ann)
  expect(await listOf(ann)).toHaveLength(1)
  expect(await storedIn(ann, conversation!.id.toUpperCase())).toEqual(await storedIn(ann, 'main'))
})

test.each(['main', 'Ω / ? # % ü', 'x'.repeat(256), crypto.randomUUID()])(
  'a chat of a visitor is the same to the user whom they turn out to be: %s',
  async (id) => {
    const visitor = await aVisitor()
    const before = chatOf(7, visitor.client, { id })
    await before.sendMessage({ text: await asking('Before') })
    expect(before.error).toBeUndefined()
    const userId = crypto.randomUUID()
    await logIn(visitor.token, userId)
    const user = await as.user(userId)
    expect(await storedIn(user, id)).toEqual(messagesOf(before))
    const after = chatOf(7, user, { id, messages: await storedIn(user, id) })
    await after.sendMessage({ text: await asking('After') })
    expect(after.error).toBeUndefined()
    expect(await storedIn(user, id)).toEqual(messagesOf(after))
    expect(await listOf(user)).toHaveLength(1)
    expect(await storedIn(visitor.client, id)).toEqual([])
    await before.sendMessage({ text: await asking('Too late') })
    expect(before.error?.message).toMatch(/handed to a user|taken/)
  },
)

test('names that are too long are refused, and no conversation can be made under an id that stands for a name', async () => {
  const client = await as.user()
  const messages = [{ id: 'm', role: 'user', parts: [{ type: 'text', text: 'Hi' }] }]
  for (const id of ['x'.repeat(257), '', '.', '..']) {
    expect((await client.post('/api/chat', { id, messages })).status).toBe(422)
  }
  expect(await storedIn(client, 'x'.repeat(257))).toEqual([])
  const made = '0198c0de-0000-8000-8000-000000000001'
  const refused = await client.post('/api/chat', { id: made, messages })
  expect([refused.status, await refused.text()]).toEqual([404, 'No such conversation.'])
  expect(refused.headers.get('hilo-problem')).toBe('/problems/no-such-conversation')
})

test('somebody else’s conversation can not be talked in, nor stopped, nor seen', async () => {
  const [ann, bob] = [await as.user(), await as.user()]
  const id = crypto.randomUUID()
  const chat = chatOf(7, ann, { id })
  await chat.sendMessage({ text: await asking('For Ann') })
  const intruder = chatOf(7, bob, { id, messages: await storedIn(ann, id) })
  await intruder.sendMessage({ text: await asking('For Bob') })
  expect(intruder.error?.message).toBe('This conversation id is taken.')
  expect((await bob.post(`/api/chat/${id}/stop`, {})).status).toBe(404)
  expect(await storedIn(bob, id)).toEqual([])
  expect((await bob.get(`/api/chat/${id}/stream`)).status).toBe(204)
  expect(await storedIn(ann, id)).toEqual(messagesOf(chat))
})

test('a service talks for whom it names', async () => {
  const id = crypto.randomUUID()
  const service = as.service('backend', `user:${id}`)
  const chat = chatOf(7, service, { id: 'of-the-service' })
  await chat.sendMessage({ text: await asking('Yes') })
  expect(chat.error).toBeUndefined()
  expect(await storedIn(await as.user(id), 'of-the-service')).toEqual(messagesOf(chat))
  const nobody = chatOf(7, as.service('backend'), { id: 'of-the-service' })
  await nobody.sendMessage({ text: await asking('No') })
  expect(nobody.error?.message).toBe('No such conversation.')
})
