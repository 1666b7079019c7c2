import { expect, test } from 'vitest'

import {
  type Client,
  type ContinueAnswer,
  type Listed,
  type Message,
  append,
  as,
  at,
  bodyOf,
  read,
} from '../../../support/api.ts'
import { allEvents } from '../../../support/events.ts'
import { givenConversation } from '../../../support/given.ts'
import { network } from '../../../support/network.ts'
import { problemOf } from '../../../support/problems.ts'
import { callsTo, promptOf, question, result, says } from '../../../support/questions.ts'
import { answered, givenRunningReply, historyOf, proceed, turnOf } from '../../../support/turns.ts'

const idsOf = (messages: Message[]) => messages.map(({ id }) => id)

/** A question and its answer. */
async function givenTurn(key: string, ...more: string[]) {
  await network.script(key, ...['First', ...more].map(says))
  const ann = await as.user()
  const id = await givenConversation(ann, { language: 'en', title: 'T', topic: 'T' })
  const { message } = await answered(ann, id, turnOf(key))
  return { ann, id, first: message }
}

test('another reply to the same question stands beside the first', async () => {
  const { ann, id, first } = await givenTurn('br-again', 'Second')
  const { message, conversation } = await answered(ann, id, { parent_id: 'q' })
  expect(message).toMatchObject({ content: 'Second', parent_id: 'q' })
  expect(message.siblings).toEqual([first.id, message.id])
  expect(conversation).toMatchObject({ head_id: message.id, message_count: 3 })
  expect(idsOf(await historyOf(ann, id))).toEqual(['q', message.id])
  // The model was asked the same, without the first reply.
  const [one, two] = await network.seen('br-again')
  expect(promptOf(two)).toEqual(promptOf(one))
})

test('a reply that has an id is found again, and asked for once', async () => {
  const { ann, id } = await givenTurn('br-named', 'Second', 'Third')
  const body = { parent_id: 'q', reply_id: 'r-2' }
  const { message } = await answered(ann, id, body)
  expect(message).toMatchObject({ id: 'r-2', content: 'Second' })
  expect((await answered(ann, id, body)).message).toEqual(message)
  await ann.patch(at(id), { head_id: 'q' })
  expect((await answered(ann, id, body)).message.content).toBe('Second')
  expect(await network.seen('br-named')).toHaveLength(2)
  const third = await answered(ann, id, { parent_id: 'q', reply_id: 'r-3' })
  expect(third.message).toMatchObject({ id: 'r-3', content: 'Third' })
  expect(third.message.siblings).toHaveLength(3)
})

test('a reply that has an id and runs is joined', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const body = { ...turnOf('br-named-runs'), reply_id: 'r-1' }
  const { replyId, finish } = await givenRunningReply(ann, id, 'br-named-runs', body)
  expect(replyId).toBe('r-1')
  const joined = allEvents(await ann.stream(id, body))
  const events = await finish()
  expect((await joined).at(-1)).toEqual(events.at(-1))
  expect(events.at(-1)).toMatchObject({ id: 'r-1:7' })
  expect(await network.seen('br-named-runs')).toHaveLength(1)
})

test('the id of a reply is its own', async () => {
  const { ann, id, first } = await givenTurn('br-own-id', 'Second')
  for (const reply_id of ['q', first.id]) {
    const other = { messages: [question('br-own-id', 'q2')], reply_id }
    const problem = await problemOf(proceed(ann, id, other))
    expect(problem).toMatchObject({ status: 409, errors: [{ pointer: '/reply_id' }] })
  }
  const same = { messages: [question('br-own-id', 'q3')], reply_id: 'q3' }
  expect(await problemOf(proceed(ann, id, same))).toMatchObject({ status: 409 })
  expect((await read(ann, id)).message_count).toBe(2)
})

test('an edited question stands beside the first, and the model is sent one of them', async () => {
  const { ann, id } = await givenTurn('br-edit')
  await network.script('br-edited', says('To Lima'))
  const edited = { ...turnOf('br-edited', 'q-2'), parent_id: null }
  const { message } = await answered(ann, id, edited)
  expect(idsOf(await historyOf(ann, id))).toEqual(['q-2', message.id])
  const [seen] = await network.seen('br-edited')
  expect(promptOf(seen).map(({ content }) => content)).toEqual([question('br-edited').content])
  // Again: nothing is added, and the reply is the same, wherever the conversation is.
  await ann.patch(at(id), { head_id: 'q' })
  expect((await answered(ann, id, edited)).message.id).toBe(message.id)
  expect((await read(ann, id)).message_count).toBe(4)
})

test('a retry finds its reply on its own branch, and moved-on means that its own branch went on', async () => {
  const { ann, id, first } = await givenTurn('br-own-branch', 'Second')
  await append(ann, id, [{ id: 'm', role: 'user', content: 'Elsewhere' }], { parent_id: null })
  expect((await answered(ann, id, turnOf('br-own-branch'))).message.id).toBe(first.id)
  await append(ann, id, [{ id: 'u1', role: 'user', content: 'No answer' }])
  await append(ann, id, [{ id: 'u2', role: 'user', content: 'Next' }])
  await ann.patch(at(id), { head_id: first.id })
  const late = { messages: [{ id: 'u1', role: 'user', content: 'No answer' }] }
  expect(await problemOf(proceed(ann, id, late))).toMatchObject({ type: '/problems/moved-on' })
})

test('a reply that failed is asked for again below its own question, though the conversation went elsewhere', async () => {
  await network.script('br-failed-branch', [{ status: 400 }], says('Now'))
  const ann = await as.user()
  const id = await givenConversation(ann, { language: 'en', title: 'T', topic: 'T' })
  await problemOf(proceed(ann, id, turnOf('br-failed-branch')))
  await append(ann, id, [{ id: 'b', role: 'user', content: 'Other branch' }], { parent_id: null })
  const { message } = await answered(ann, id, turnOf('br-failed-branch'))
  expect(message).toMatchObject({ content: 'Now', parent_id: 'q' })
  const [, again] = await network.seen('br-failed-branch')
  expect(JSON.stringify(promptOf(again))).not.toContain('Other branch')
  expect((await read(ann, id)).head_id).toBe(message.id)
})

test('while a reply runs nobody goes elsewhere, and another one is refused or interrupts it', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  await append(ann, id, [{ id: 'other', role: 'user', content: 'Other' }])
  const { replyId } = await givenRunningReply(ann, id, 'br-runs', {
    ...turnOf('br-runs'),
    parent_id: null,
  })
  const busy = { type: '/problems/conversation-busy', reply_id: replyId }
  expect(await problemOf(ann.patch(at(id), { head_id: 'other' }))).toMatchObject(busy)
  expect(await problemOf(proceed(ann, id, { parent_id: 'other' }))).toMatchObject(busy)
  expect(
    await problemOf(append(ann, id, [question('x', 'x')], { parent_id: replyId })),
  ).toMatchObject(busy)
  const { message } = await answered(ann, id, { parent_id: 'other', on_busy: 'interrupt' })
  expect(message.parent_id).toBe('other')
  const kept = await linesOf(ann, id, replyId)
  expect(kept.map((one) => [one.id, one.status])).toEqual([
    ['q', 'complete'],
    [replyId, 'interrupted'],
  ])
})

test('there has to be something to answer', async () => {
  const { ann, id, first } = await givenTurn('br-nothing')
  expect(await problemOf(proceed(ann, id, { parent_id: first.id }))).toMatchObject({
    type: '/problems/nothing-to-answer',
  })
  for (const body of [{}, { parent_id: null }, { parent_id: null, messages: [] }]) {
    expect(await problemOf(proceed(ann, id, body))).toMatchObject({ status: 422 })
  }
})

test('calls wait on their own branch: a result on another one is refused, and closes none', async () => {
  await network.script('br-calls-branch', callsTo('c1'), says('Found'))
  await network.script('br-plain-branch', says('Plain'))
  const ann = await as.user()
  const id = await givenConversation(ann, { language: 'en', title: 'T', topic: 'T' })
  const { message } = await answered(ann, id, turnOf('br-calls-branch'))
  await answered(ann, id, { ...turnOf('br-plain-branch', 'p'), parent_id: null })
  const late = { messages: [result('c1', '#br-calls-branch')] }
  expect(await problemOf(proceed(ann, id, late))).toMatchObject({ status: 422, tool_call_ids: [] })
  const there = await answered(ann, id, { ...late, parent_id: message.id })
  expect(there.message.content).toBe('Found')
  const [, seen] = await network.seen('br-calls-branch')
  expect(promptOf(seen).map(({ role }) => role)).toEqual(['user', 'assistant', 'tool'])
})

test('a stream tells of a reply on a branch as of any', async () => {
  const { ann, id, first } = await givenTurn('br-stream-branch', 'Second')
  const events = await allEvents(await ann.stream(id, { parent_id: 'q' }))
  expect(events.map(({ event }) => event)).toEqual(['accepted', 'delta', 'completed'])
  const last = events.at(-1)?.data['message'] as Message
  expect(last.siblings).toEqual([first.id, last.id])
})

const linesOf = async (client: Client, id: string, branch: string) =>
  (await bodyOf<Listed<Message>>(client.get(`${at(id)}/messages?branch=${branch}`))).data

test('a reply may be asked for by id alone, in one JSON answer', async () => {
  const { ann, id } = await givenTurn('br-alone', 'Second')
  const answer = await bodyOf<ContinueAnswer>(proceed(ann, id, { parent_id: 'q', messages: [] }))
  expect(answer).toMatchObject({ accepted: [], message: { content: 'Second' } })
})
