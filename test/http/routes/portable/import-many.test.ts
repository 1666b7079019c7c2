import { expect, test } from 'vitest'

import { as, bodyOf, sendWith } from '../../../support/api.ts'
import { asLines, exported } from '../../../support/given-exports.ts'
import { type ImportAnswer, importing, upload, importers } from '../../../support/importing.ts'
import { problemOf } from '../../../support/problems.ts'
import { userToken } from '../../../support/tokens.ts'

const MB = 1024 * 1024
const encoder = new TextEncoder()

/** A file that is made as it is read, so that no test holds all of it; it says when it is read no further. */
function streamed(pieces: Iterable<string>) {
  const iterator = pieces[Symbol.iterator]()
  let isCancelled = false
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const next = iterator.next()
      if (next.done) controller.close()
      else controller.enqueue(encoder.encode(next.value))
    },
    cancel() {
      isCancelled = true
    },
  })
  return { body, isCancelled: () => isCancelled }
}

const claude = (uuid: string, text: string) =>
  JSON.stringify({ uuid, chat_messages: [{ uuid: 'm', sender: 'human', text }] })

function* list(count: number) {
  for (let from = 0; from < count; from += 100) {
    const some = Array.from({ length: 100 }, (_, at) => claude(`c${from + at}`, 'Hi'))
    yield `${from === 0 ? '[' : ','}${some.join(',')}`
  }
  yield ']'
}

test('a hundred conversations in one file go in, and again add nothing', async () => {
  const ann = await as.user()
  const take = async () => bodyOf<ImportAnswer>(upload(ann, streamed(list(100)).body))
  expect(await take()).toMatchObject({ imported: 100, failed: 0, complete: true })
  expect(await take()).toMatchObject({ imported: 0, unchanged: 100, failed: 0 })
  // It makes real objects: 2 s alone, and more than the usual 20 s beside other work.
}, 60_000)

// Objects that only answer: so many real ones take half a minute. An answer names a thousand.
test('fifteen hundred go in side by side, a few at a time, and are counted', async () => {
  let abreast = 0
  let most = 0
  let calls = 0
  const importConversation = async () => {
    abreast += 1
    most = Math.max(most, abreast)
    calls += 1
    if (calls <= 50) await scheduler.wait(5)
    abreast -= 1
    return { ok: true, outcome: 'imported' }
  }
  const response = await sendWith({ CONVERSATION: importers(importConversation) }, '/api/import', {
    method: 'POST',
    headers: { authorization: `Bearer ${await userToken('somebody')}` },
    body: streamed(list(1_500)).body,
    duplex: 'half',
  } as RequestInit)
  const answer = await bodyOf<ImportAnswer>(response)
  expect(answer).toMatchObject({ imported: 1_500, failed: 0, complete: true })
  expect(answer.conversations.map(({ index }) => index)).toEqual(
    Array.from({ length: 1_000 }, (_, index) => index),
  )
  expect(most).toBe(16)
})

test('a conversation that is larger than one may be fails, and its neighbours go in', async () => {
  const ann = await as.user()
  function* file() {
    yield `[${claude('a', 'Hi')},{"uuid":"large","chat_messages":["`
    for (let at = 0; at < 13; at += 1) yield 'x'.repeat(MB)
    yield `"]},${claude('b', 'Hi')}]`
  }
  const answer = await bodyOf<ImportAnswer>(upload(ann, streamed(file()).body))
  expect(answer).toMatchObject({ imported: 2, failed: 1, complete: true })
  expect(answer.errors[0]?.detail).toMatch(/^Larger than 12582912 bytes/)
})

test('so does one of Hilo’s own, by its lines or by one of them', async () => {
  const ann = await as.user()
  const large = exported({
    messages: Array.from({ length: 60 }, () => ({ content: 'x'.repeat(240_000) })),
  })
  const wide = exported({ extra: 'x'.repeat(13 * MB) })
  const answer = await importing(ann, await asLines([exported(), large, wide, exported()]))
  expect(answer).toMatchObject({ imported: 2, failed: 2 })
  expect(answer.errors.map(({ index, detail }) => [index, detail])).toEqual([
    [1, expect.stringMatching(/^Larger than/)],
    [2, expect.stringMatching(/^Larger than/)],
  ])
})

test('a conversation of many megabytes goes in whole', async () => {
  const ann = await as.user()
  const messages = Array.from({ length: 40 }, () => ({ content: 'é'.repeat(100_000) }))
  const answer = await importing(ann, await asLines([exported({ messages })]))
  expect(answer).toMatchObject({ imported: 1, complete: true })
})

test('a conversation that grew beyond what its object can be sent fails', async () => {
  const ann = await as.user()
  // Each quote takes two characters in the file, and three more within the arguments of a call.
  const input = '"'.repeat(1000)
  const use = { type: 'tool_use', id: 't', name: 'n', input }
  const turn = (at: number) => ({ uuid: `m${at}`, sender: 'assistant', content: [use] })
  const file = [
    { uuid: 'grown', chat_messages: Array.from({ length: 4_500 }, (_, at) => turn(at)) },
  ]
  const answer = await importing(ann, file)
  expect(answer.errors[0]?.detail).toBe('More than 15728640 characters')
})

test('a file that says it is too long is not read at all', async () => {
  const response = await sendWith({}, '/api/import', {
    method: 'POST',
    headers: {
      authorization: `Bearer ${await userToken('somebody')}`,
      'content-length': String(100 * MB + 1),
    },
    body: encoder.encode('[]'),
  })
  expect(await problemOf(response)).toMatchObject({
    type: '/problems/body-too-large',
    detail: 'A file may have 104857600 bytes. Nothing was stored; send it in parts.',
  })
})

test(
  'one that does not is read so far, and what came before stays',
  { timeout: 60_000 },
  async () => {
    const user = crypto.randomUUID()
    function* file() {
      yield `[${claude('a', 'Hi')},`
      for (let at = 0; at < 110; at += 1) yield ' '.repeat(MB)
      yield `${claude('b', 'Hi')}]`
    }
    const body = streamed(file())
    const response = await sendWith({}, '/api/import', {
      method: 'POST',
      headers: { authorization: `Bearer ${await userToken(user)}` },
      body: body.body,
      duplex: 'half',
    } as RequestInit)
    expect(await problemOf(response)).toMatchObject({
      type: '/problems/body-too-large',
      detail: expect.stringMatching(/What was taken in before that stays/),
    })
    expect(body.isCancelled()).toBe(true)
    expect(await importing(await as.user(user), `[${claude('a', 'Hi')}]`)).toMatchObject({
      unchanged: 1,
    })
  },
)
