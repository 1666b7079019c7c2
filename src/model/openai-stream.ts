import { type EventSourceParser, createParser } from 'eventsource-parser'

import { ModelError } from './model.ts'

/** An answer as it comes. */
export interface Chunks {
  /** The data of each event; null as a sign of life: an event without data, or a comment. */
  chunks: AsyncGenerator<unknown>
  /** Ends them, also one that is waited for. */
  hangUp: () => void
}

/** Characters of an answer that comes whole, and of one event. */
const LONGEST = 8 * 1024 * 1024

/** What an endpoint answers: server-sent events, or one document from those that don't stream. */
export function chunksOf(response: Response): Chunks {
  const reader = (response.body ?? new Blob([]).stream()).getReader()
  const hangUp = () => void reader.cancel().catch(() => {})
  const isDocument = /json/i.test(response.headers.get('content-type') ?? '')
  return { chunks: isDocument ? documentIn(reader) : eventsIn(reader, hangUp), hangUp }
}

type Reader = ReadableStreamDefaultReader<Uint8Array>

async function* documentIn(reader: Reader): AsyncGenerator<unknown> {
  const decoder = new TextDecoder()
  let text = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    text += decoder.decode(value, { stream: true })
    if (text.length > LONGEST) throw tooLong()
  }
  yield parsed(text)
}

async function* eventsIn(reader: Reader, hangUp: () => void): AsyncGenerator<unknown> {
  let isOver = false
  let pending: unknown[] = []
  const parser = createParser({
    maxBufferSize: LONGEST,
    onComment: () => pending.push(null),
    onError: (error) => {
      if (error.type === 'max-buffer-size-exceeded') throw tooLong()
    },
    onEvent: ({ data, event }) => {
      if (isOver) return
      if (data.trim() === '') pending.push(null)
      else if (data.trim() === '[DONE]') isOver = true
      else if (event === 'error') pending.push({ error: errorIn(data) })
      else pending.push(...parsedLines(data))
    },
  })
  const decoder = new TextDecoder()
  try {
    while (!isOver) {
      const { done, value } = await reader.read()
      if (done) finish(parser)
      else parser.feed(decoder.decode(value, { stream: true }))
      const ready = pending
      pending = []
      yield* ready
      if (done) return
    }
  } finally {
    hangUp()
  }
}

/** The last event counts though the empty line behind it is missing, unless it was cut. */
function finish(parser: EventSourceParser): void {
  try {
    parser.feed('\n\n')
  } catch (error) {
    if (!(error instanceof ModelError)) throw error
  }
}

const tooLong = () => new ModelError('failed', 'The model sent more than can be read.')

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new ModelError('failed', 'The model sent what is no JSON.')
  }
}

/** Some endpoints leave out the empty line between two events. */
function parsedLines(data: string): unknown[] {
  try {
    return [JSON.parse(data)]
  } catch {
    return data.split('\n').map(parsed)
  }
}

function errorIn(data: string): unknown {
  try {
    const value = JSON.parse(data) as { error?: unknown }
    return value.error ?? value
  } catch {
    return {}
  }
}
