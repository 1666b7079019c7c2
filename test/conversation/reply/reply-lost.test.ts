import { abortAllDurableObjects } from 'cloudflare:test'
import { expect, test } from 'vitest'

import { type Client, type Message, as } from '../../support/api.ts'
import { allEvents, eventsOf, textOf } from '../../support/events.ts'
import type { Step } from '../../support/fake-network.ts'
import { givenConversation } from '../../support/given.ts'
import { network } from '../../support/network.ts'
import {
  dutiesOf,
  eventually,
  inStorage,
  recordOf,
  ring,
  ringWhenDue,
  writeDown,
} from '../../support/record.ts'
import { listen } from '../../support/said.ts'
import { answered, historyOf, proceed, turnOf } from '../../support/turns.ts'

/** A reply that is being written: what is there of it has been streamed, and no more comes. Nobody follows it. */
async function givenRunning(client: Client, key: string, steps: Step[], later: Step[] = []) {
  await network.script(key, [...steps, { hang: true }], later)
  const id = await givenConversation(client)
  const events = eventsOf(await client.stream(id, turnOf(key)))
  const accepted = await events.next()
  const replyId = String(accepted.value?.data['reply_id'])
  let said = ''
  const wanted = steps.map((step) => ('text' in step ? step.text : '')).join('')
  while (said !== wanted) said += String((await events.next()).value?.data['content'])
  await eventually(async () => (await network.seen(key)).length === 1)
  await events.return(undefined)
  return { id, replyId }
}

const finish: Step[] = [{ text: 'Anew' }, { finish: 'stop' }]

const interrupted = (replyId: string, content: string): Partial<Message> => ({
  id: replyId,
  seq: 2,
  role: 'assistant',
  origin: 'model',
  content,
  status: 'interrupted',
  finish_reason: null,
  tool_calls: null,
  model: 'test-model',
})

test('a lost object has written down what was said, though the model paused after it', async () => {
  const ann = await as.user()
  const said: Step[] = [{ text: 'Half' }, { text: ' a text' }, { hang: true }]
  const { id, replyId } = await givenRunning(ann, 'checkpointed', said)
  await eventually(async () => {
    const [row] = await inStorage(id, 'SELECT text FROM reply')
    return row?.['text'] === 'Half a text'
  })
  await abortAllDurableObjects()
  expect((await historyOf(ann, id))[1]).toMatchObject(interrupted(replyId, 'Half a text'))
})

test('what it has written down is kept once, under the id that was announced', async () => {
  const log = listen()
  const ann = await as.user()
  const { id, replyId } = await givenRunning(ann, 'lost', [{ text: 'Half a text' }])
  await writeDown(id, 'Half a')
  await abortAllDurableObjects()
  for (let times = 0; times < 3; times += 1) {
    const messages = await historyOf(ann, id)
    expect(messages).toHaveLength(2)
    expect(messages[1]).toMatchObject(interrupted(replyId, 'Half a'))
    await abortAllDurableObjects()
  }
  await ringWhenDue(id)
  expect((await recordOf(id)).map(({ seq }) => seq)).toEqual([1, 2])
  expect((await recordOf(id))[1]).toMatchObject({ seq: 2, id: replyId, content: 'Half a' })
  expect(await inStorage(id, 'SELECT * FROM reply')).toEqual([])
  expect((await dutiesOf(id)).due.map(({ kind }) => kind)).not.toContain('reply')
  expect(log.events('reply-finished', id)).toMatchObject([
    { outcome: 'interrupted', reason: 'restarted', reply_id: replyId },
  ])
})

test('the request that asked finds what was kept, and asks nobody again', async () => {
  const ann = await as.user()
  const { id, replyId } = await givenRunning(ann, 'found', [{ text: 'Half a text' }], finish)
  await writeDown(id, 'Half a text')
  await abortAllDurableObjects()
  const retold = await allEvents(await ann.stream(id, turnOf('found')))
  expect(retold.map(({ event }) => event)).toEqual(['accepted', 'delta', 'interrupted'])
  expect(retold[0]?.data).toMatchObject({ reply_id: replyId })
  expect(textOf(retold)).toBe('Half a text')
  expect(retold.at(-1)?.data).toMatchObject({ message: interrupted(replyId, 'Half a text') })
  expect(await network.seen('found')).toHaveLength(1)
})

test('the conversation goes on from what was kept', async () => {
  const ann = await as.user()
  const { id } = await givenRunning(ann, 'goes-on', [{ text: 'Half a text' }])
  await writeDown(id, 'Half a text')
  await abortAllDurableObjects()
  expect((await proceed(ann, id, turnOf('going-on', 'q2'))).status).toBe(200)
  const [seen] = await network.seen('going-on')
  expect(seen?.body).toMatchObject({
    messages: [
      { role: 'user' },
      { role: 'assistant', content: 'Half a text' },
      { role: 'user', content: 'Hello #going-on' },
    ],
  })
})

test('nothing is kept of a reply that had said nothing, and the same request asks the model again', async () => {
  const log = listen()
  const ann = await as.user()
  const { id, replyId } = await givenRunning(ann, 'mute', [], finish)
  await abortAllDurableObjects()
  const messages = await historyOf(ann, id)
  expect(messages.map((message) => message.id)).toEqual(['q'])
  expect(log.events('reply-finished', id)).toMatchObject([
    { outcome: 'failed', reason: 'restarted', reply_id: replyId },
  ])
  const { message } = await answered(ann, id, turnOf('mute'))
  expect(message).toMatchObject({ seq: 2, content: 'Anew', status: 'complete' })
  expect(message.id).not.toBe(replyId)
  expect(await network.seen('mute')).toHaveLength(2)
})

test('the watchdog brings a lost reply in when nobody calls', async () => {
  const ann = await as.user()
  const { id, replyId } = await givenRunning(ann, 'watched', [{ text: 'Half a text' }])
  const { due } = await dutiesOf(id)
  expect(due.find(({ kind }) => kind === 'reply')?.at).toBeLessThan(Date.now() + 31_000)
  await writeDown(id, 'Half a text')
  await abortAllDurableObjects()
  // The alarm outlives the object: it alone makes the next one.
  expect(await ring(id)).toBe(true)
  await eventually(async () => (await recordOf(id)).length === 2)
  expect((await recordOf(id))[1]).toMatchObject({ id: replyId, content: 'Half a text' })
  expect((await historyOf(ann, id))[1]).toMatchObject(interrupted(replyId, 'Half a text'))
  expect((await dutiesOf(id)).due.map(({ kind }) => kind)).not.toContain('reply')
})

test('what an object of the version before has left of its reply is kept', async () => {
  const ann = await as.user()
  const { id, replyId } = await givenRunning(ann, 'before', [{ text: 'Half a text' }])
  await writeDown(id, 'Half a')
  // It knew of a reply by its own row, and of the duty too.
  await inStorage(id, 'UPDATE conversation SET begun = NULL')
  await inStorage(id, `INSERT INTO due (kind, at, attempts) VALUES ('reply', 0, 0)`)
  await abortAllDurableObjects()
  expect((await historyOf(ann, id))[1]).toMatchObject(interrupted(replyId, 'Half a'))
  expect(await inStorage(id, 'SELECT * FROM reply')).toEqual([])
  expect((await dutiesOf(id)).due.map(({ kind }) => kind)).not.toContain('reply')
})

test('the watchdog lets a reply be that is alive', async () => {
  await network.script('alive', [
    { text: 'One' },
    { gate: 'alive' },
    { text: ' two' },
    { finish: 'stop' },
  ])
  const ann = await as.user()
  const id = await givenConversation(ann)
  const events = allEvents(await ann.stream(id, turnOf('alive')))
  await eventually(async () => (await network.seen('alive')).length === 1)
  for (let times = 0; times < 2; times += 1) {
    await ringWhenDue(id)
    const reply = (await dutiesOf(id)).due.find(({ kind }) => kind === 'reply')
    expect(reply?.at).toBeGreaterThan(Date.now() + 25_000)
    expect((await dutiesOf(id)).alarm).not.toBeNull()
  }
  expect((await historyOf(ann, id)).map((message) => message.id)).toEqual(['q'])
  await network.open('alive')
  expect(textOf(await events)).toBe('One two')
  expect((await events).at(-1)?.event).toBe('completed')
  expect((await dutiesOf(id)).due.map(({ kind }) => kind)).not.toContain('reply')
  expect(await network.seen('alive')).toHaveLength(1)
})
