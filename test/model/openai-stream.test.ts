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

const LONG = 'x'.repeat(12 * 1024 * 1024 + 1)

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

const DOCUMENT = '{"a":\n1}'
const EVENTS = 'data: {"a":1}\n\ndata: {"b":2}\n\ndata: [DONE]\n\n'

test.each(['application/json', 'text/event-stream', 'text/plain; charset=utf-8', undefined])(
  'how it begins says what it is, not its type: %s',
  async (type) => {
    const read = async (body: string) => (await readOf(body, type)).filter(Boolean)
    expect(await read(DOCUMENT)).toEqual([{ a: 1 }])
    expect(await read(`\uFEFF\n\n ${DOCUMENT}`)).toEqual([{ a: 1 }])
    expect(await read(`[${DOCUMENT}]`)).toEqual([{ a: 1 }])
    expect(await read(EVENTS)).toEqual([{ a: 1 }, { b: 2 }])
    expect(await read(`\r\n\r\n: hi\r\n\r\n${EVENTS}`)).toEqual([{ a: 1 }, { b: 2 }])
    // The lines alone, as a proxy leaves them that takes the word before them away.
    expect(await read('{"a":1}\n\n{"b":2}\n[DONE]'.replace('[DONE]', ''))).toEqual([
      { a: 1 },
      { b: 2 },
    ])
  },
)

test('blank lines in front of a document are signs of life', async () => {
  const body = new ReadableStream({
    async pull(controller) {
      for (const piece of ['\n', '\n', DOCUMENT])
        controller.enqueue(new TextEncoder().encode(piece))
      controller.close()
    },
  })
  expect(await readOf(body, 'application/json')).toEqual([null, null, { a: 1 }])
})

test('words that are no JSON are signs of life, and half an object is a failure', async () => {
  expect(await readOf('data: ping\n\ndata: keep-alive\n\ndata: {"a":1}\n\n')).toEqual([
    null,
    null,
    { a: 1 },
  ])
  await expect(readOf('data: {"a":\n\ndata: {"b":2}\n\n')).rejects.toThrow('no JSON')
})

const refusal = '{"error":{"code":503,"message":"Loading"}}'
const told = { error: { code: 503, message: 'Loading' } }
const SAID = 'data: {"a":1}\n\n'

test.each([
  ['behind a field of its own', `${SAID}error: {"code":503,"message":"Loading"}\n\n`],
  ['as it is', `${SAID}${refusal}\n`],
  ['as it is, without an end', `${SAID}${refusal}`],
  ['on several lines', `${SAID}{\n  "error": {\n    "code": 503,\n "message": "Loading"\n  }\n}\n`],
  ['behind a comment', `: hi\n\n${SAID}: hi\n\n${refusal}\n\n`],
  ['as an event that is marked twice', `data: ${SAID}data: data: ${refusal}\ndata: \n\n`],
])(
  'a failure that stands in a stream %s is found, in whatever pieces it comes',
  async (_, events) => {
    const whole = (await readOf(events)).filter(Boolean)
    expect(whole).toEqual([{ a: 1 }, told])
    const bytes = new TextEncoder().encode(events)
    const cut = new ReadableStream({
      start(controller) {
        for (const byte of bytes) controller.enqueue(Uint8Array.of(byte))
        controller.close()
      },
    })
    expect((await readOf(cut)).filter(Boolean)).toEqual([{ a: 1 }, told])
  },
)

test.each(['data: Error: 503 overloaded\n\n', 'data: [ERROR] overloaded\n\n'])(
  'a failure in plain words is one: %j',
  async (event) => {
    const [, failure] = await readOf(SAID + event)
    expect(failure).toEqual({ error: expect.stringContaining('overloaded') })
  },
)

test.each([
  ['an empty line before its end', 'data: {"a":1}\ndata: {"b":2}\ndata: [DONE]\n'],
  ['an empty line anywhere, and an end', 'data: {"a":1}\ndata: {"b":2}\n'],
  ['the word for data', '{"a":1}\n{"b":2}\n[DONE]\n'],
  ['it but with the end', 'data: {"a":1}\n\ndata: {"b":2}\ndata: [DONE]\n\ndata: {"c":3}\n\n'],
])('a stream without %s is read', async (_, events) => {
  expect((await readOf(events)).filter(Boolean)).toEqual([{ a: 1 }, { b: 2 }])
})

test('one document is through when it can be read, and lines are when they say so', async () => {
  const isDone = async (body: string) => {
    const { chunks, isDone: isThrough } = chunksOf(new Response(body))
    for await (const _ of chunks);
    return isThrough()
  }
  expect(await isDone(DOCUMENT)).toBe(true)
  expect(await isDone('{"a":1}\n{"b":2}')).toBe(false)
  expect(await isDone('{"a":1}\n{"b":2}\n[DONE]')).toBe(true)
  expect(await isDone(SAID)).toBe(false)
})
