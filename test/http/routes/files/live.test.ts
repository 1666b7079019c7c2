import { runInDurableObject } from 'cloudflare:test'
import { expect, test } from 'vitest'

import type { Parts } from '../../../../src/conversation/parts.ts'
import { type Client, append, as, at } from '../../../support/api.ts'
import { eventsOf } from '../../../support/events.ts'
import { addressIn, fetched, givenFile, picture, showing } from '../../../support/files.ts'
import { givenConversation, objectOf, userMessages } from '../../../support/given.ts'
import { evict } from '../../../support/record.ts'
import { connected, live, listenerOf } from '../../../support/sockets.ts'
import { givenRunningReply, historyOf, turnOf } from '../../../support/turns.ts'

async function given(client: Client) {
  const bytes = picture()
  const file = await givenFile(client, bytes)
  return { file, bytes, id: await givenConversation(client) }
}

/** What anybody reads at an address. */
const bytesAt = async (url: string) => new Uint8Array(await (await fetched(url)).arrayBuffer())

test('a message that is told as it happens brings addresses for its files, whoever listens', async () => {
  const ann = await as.user()
  const { file, bytes, id } = await given(ann)
  const staff = as.service('staff')
  const tabs = [await connected(ann, id), await connected(ann, id), await connected(staff, id)]
  await append(ann, id, [showing(file.id)])
  // The object may sleep meanwhile.
  await evict(id)
  await append(ann, id, [showing(file.id), ...userMessages(1)])
  const history = await historyOf(ann, id)
  expect(history).toHaveLength(3)
  for (const tab of tabs) {
    await tab.until(({ seqs }) => seqs.length === 3)
    expect(tab.of('message').map(({ message }) => message)).toEqual(history)
  }
  expect(await bytesAt(addressIn(tabs[0]?.of('message')[1]?.message))).toEqual(bytes)
})

test('what was missed comes with addresses too, and in its turn', async () => {
  const ann = await as.user()
  const { file, bytes, id } = await given(ann)
  for (let each = 0; each < 3; each += 1) {
    await append(ann, id, [...userMessages(30, 100 * each), showing(file.id)])
  }
  const socket = live(ann, id, '?after=0')
  await append(ann, id, [showing((await givenFile(ann)).id), ...userMessages(2, 500)])
  const tab = listenerOf(await socket)
  await tab.until(({ seqs }) => seqs.length === 96)
  await tab.ready()
  const history = await historyOf(ann, id)
  expect(tab.of('message').map(({ message }) => message)).toEqual(history)
  expect(await bytesAt(addressIn(tab.of('message')[30]?.message))).toEqual(bytes)
})

test('what happens while addresses are made is told after them, in its order', async () => {
  const ann = await as.user()
  const { file, id } = await given(ann)
  const tab = await connected(ann, id)
  const message = showing(file.id)
  const { replyId, finish } = await givenRunningReply(ann, id, 'live-file', {
    messages: [message, ...turnOf('live-file').messages],
  })
  await finish()
  await tab.until((self) => self.of('reply-ended').length === 1)
  expect(tab.textOf(replyId)).toBe('One two')
  expect(tab.frames.map(({ event }) => event).filter((event) => event !== 'conversation')).toEqual([
    'ready',
    'message',
    'message',
    'reply-started',
    'delta',
    'delta',
    'message',
    'reply-ended',
  ])
  expect(tab.seqs).toEqual([1, 2, 3])
})

test('words that are deleted while addresses are made are not told', async () => {
  const ann = await as.user()
  const { file, id } = await given(ann)
  await append(ann, id, [showing(file.id)])
  await runInDurableObject(objectOf(id), (object) => {
    const { parts } = object as unknown as { parts: Parts }
    const connect = parts.live.connect.bind(parts.live)
    parts.live.connect = (head, ...rest) => {
      const connection = connect(head, ...rest)
      const row = parts.log.messageAt(1)!
      const wordless = { ...row, content: '', parts: null, status: 'deleted' as const }
      parts.log.remove(row, wordless, head, Date.now())
      return connection
    }
  })
  const listener = await connected(ann, id, '?after=0')
  expect(listener.raw.join()).not.toContain(file.id)
  expect(listener.of('message')).toMatchObject([{ seq: 1, message: { status: 'deleted' } }])
})

test('a stream says with addresses what it answers, also to who joins', async () => {
  const ann = await as.user()
  const { file, bytes, id } = await given(ann)
  const { finish } = await givenRunningReply(ann, id, 'stream-file', {
    messages: [...turnOf('stream-file').messages, showing(file.id)],
  })
  const joined = eventsOf(await ann.get(`${at(id)}/stream`))
  const first = await joined.next()
  const [accepted] = await finish()
  await Array.fromAsync(joined)
  const [question, shown] = await historyOf(ann, id)
  expect(accepted?.data['messages']).toEqual([question, shown])
  expect(first.value?.data['messages']).toEqual([shown])
  expect(await bytesAt(addressIn(shown))).toEqual(bytes)
})
