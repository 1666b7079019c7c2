import { expect, test } from 'vitest'

import { progressOf } from '../../../../src/http/routes/portable/import-progress.ts'
import { type Client, as, send } from '../../../support/api.ts'
import { allEvents, eventsOf } from '../../../support/events.ts'
import { asLines, exported } from '../../../support/given-exports.ts'
import { type ImportAnswer, importing } from '../../../support/importing.ts'
import { problemOf } from '../../../support/problems.ts'
import { eventually } from '../../../support/record.ts'

const encoder = new TextEncoder()

const following = (client: Client, body: BodyInit, headers: Record<string, string> = {}) =>
  send('/api/import', {
    method: 'POST',
    body,
    duplex: 'half',
    headers: {
      ...client.headers,
      accept: 'text/event-stream',
      'content-type': 'application/json',
      ...headers,
    },
  } as RequestInit)

/** A file that comes piece by piece, the next one when it is let. */
function slowly(...pieces: (string | Promise<string>)[]) {
  let isCancelled = false
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const piece = pieces.shift()
      if (piece === undefined) controller.close()
      else controller.enqueue(encoder.encode(await piece))
    },
    cancel() {
      isCancelled = true
    },
  })
  return { body, isCancelled: () => isCancelled }
}

const claude = (uuid: string) => `{"uuid":"${uuid}","chat_messages":[{"text":"Hi"}]}`

test('tells how far it has come, and at last what a caller who does not follow it is told', async () => {
  const ann = await as.user()
  const file = await asLines([exported(), exported()])
  const { byteLength } = encoder.encode(file)
  const response = await following(ann, file, { 'content-length': String(byteLength) })
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toBe('text/event-stream')
  expect(response.headers.get('x-accel-buffering')).toBe('no')
  const events = await allEvents(response)
  expect(events.at(-2)).toMatchObject({
    event: 'progress',
    data: {
      bytes: byteLength,
      total: byteLength,
      conversations: 2,
      imported: 2,
      unchanged: 0,
      failed: 0,
    },
  })
  const end = events.at(-1)!
  expect(end).toMatchObject({ event: 'completed', data: { imported: 2, unchanged: 0 } })
  const again = (await importing(ann, file)) as ImportAnswer & Record<string, unknown>
  expect(Object.keys(end.data)).toEqual(Object.keys(again))
  expect(again.conversations.map(({ id }) => id)).toEqual(
    (end.data as unknown as ImportAnswer).conversations.map(({ id }) => id),
  )
})

test('what fails at once has the status of its problem', async () => {
  const problem = await problemOf(following(await as.user(), '[]'))
  expect(problem).toMatchObject({ type: '/problems/invalid-request', status: 422 })
  expect(await problemOf(following(as.nobody, '[]'))).toMatchObject({ status: 401 })
  const text = await following(await as.user(), '[]', { 'content-type': 'text/plain' })
  expect(text.status).toBe(415)
})

test('what fails later is told by an event, and what came before that stays', async () => {
  const ann = await as.user()
  const wait = scheduler.wait(1_500)
  const rest = wait.then(() => '{"object":"hilo.export","version":99}\n')
  const { body } = slowly(
    `${(await asLines([exported()])).split('\n').slice(0, 3).join('\n')}\n`,
    rest,
  )
  const events = await allEvents(await following(ann, body))
  expect(events[0]).toMatchObject({ event: 'progress', data: { total: null } })
  expect(events.at(-1)).toMatchObject({
    event: 'failed',
    data: { problem: { type: '/problems/invalid-request', status: 422 } },
  })
})

test('says nothing but that it lives while nothing happens', async () => {
  const { promise: work, resolve: finish } = Promise.withResolvers<ImportAnswer>()
  const counts = { bytes: 1, total: 1, conversations: 0, imported: 0, unchanged: 0, failed: 0 }
  const watched = {
    work,
    progress: () => counts,
    problemOf: async () => null,
    left: () => {},
  }
  const reader = progressOf(watched, 500).pipeThrough(new TextDecoderStream()).getReader()
  const next = async () => (await reader.read()).value
  expect(await next()).toMatch(/^event: progress/)
  expect(await next()).toBe(':\n\n')
  finish({ object: 'import' } as ImportAnswer)
  expect(await next()).toBe('event: completed\ndata: {"object":"import"}\n\n')
  expect((await reader.read()).done).toBe(true)
})

test('of a file whose sender leaves nothing more is read', async () => {
  const pieces = Array.from({ length: 60 }, async (_, at) => {
    await scheduler.wait(at * 100)
    return `${at === 0 ? '[' : ','}${claude(`c${at}`)}`
  })
  const { body, isCancelled } = slowly(...pieces)
  for await (const { event } of eventsOf(await following(await as.user(), body))) {
    expect(event).toBe('progress')
    break
  }
  await eventually(isCancelled)
})
