import { expect, test } from 'vitest'

import { chunksOf } from '../../src/model/openai-stream.ts'

async function readOf(body: BodyInit | null, type?: string): Promise<unknown[]> {
  const response = new Response(
    body,
    type === undefined ? {} : { headers: { 'content-type': type } },
  )
  if (type === undefined) response.headers.delete('content-type')
  const all: unknown[] = []
  for await (const chunk of chunksOf(response).chunks) all.push(chunk)
  return all
}

const LONG = 'x'.repeat(8 * 1024 * 1024 + 1)

test('an answer without a body, or without a type, is one without chunks, or of events', async () => {
  expect(await readOf(null)).toEqual([])
  expect(await readOf('data: {"a":1}\n\ndata: [DONE]\n\ndata: {"b":2}\n\n')).toEqual([{ a: 1 }])
})

test('fields that nobody knows are passed over, and the last event counts without its empty line', async () => {
  const events = 'colour: red\nretry: soon\ndata: {"a":1}\n\n: still here\n\ndata:\n\ndata: {"b":2}'
  const chunks = await readOf(events, 'text/event-stream')
  expect(chunks.filter((chunk) => chunk !== null)).toEqual([{ a: 1 }, { b: 2 }])
})

test('an event or a document that is endless is a failure in words', async () => {
  const event = readOf(`data: ${LONG}`, 'text/event-stream')
  await expect(event).rejects.toThrow('more than can be read')
  const document = readOf(`{"a":"${LONG}"}`, 'application/json')
  await expect(document).rejects.toThrow('more than can be read')
})
