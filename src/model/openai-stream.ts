import { type EventSourceParser, createParser } from 'eventsource-parser'

import { ModelError } from './model.ts'

/** An answer as it comes. */
export interface Chunks {
  /** The data of each event; null as a sign of life: an event without data, or a comment. */
  chunks: AsyncGenerator<unknown>
  /** Ends them, also one that is waited for. */
  hangUp: () => void
  /** Whether the endpoint has said that it is through. */
  isDone: () => boolean
}

/** Characters of an answer that comes whole, and of one event. */
const LONGEST = 8 * 1024 * 1024

/** What an endpoint answers: server-sent events, or one document from those that don't stream. */
export function chunksOf(response: Response): Chunks {
  const reader = (response.body ?? new Blob([]).stream()).getReader()
  const hangUp = () => void reader.cancel().catch(() => {})
  const end = { isDone: false }
  return { chunks: chunksIn(textsOf(reader), hangUp, end), hangUp, isDone: () => end.isDone }
}

type Texts = AsyncGenerator<string>

async function* textsOf(reader: ReadableStreamDefaultReader<Uint8Array>): Texts {
  const decoder = new TextDecoder()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    yield decoder.decode(value, { stream: true })
  }
}

/** How it begins says which of the two it is: proxies send either with the content type of the other, or with none. */
async function* chunksIn(
  texts: Texts,
  hangUp: () => void,
  end: { isDone: boolean },
): AsyncGenerator<unknown> {
  for (;;) {
    const { done, value = '' } = await texts.next()
    if (done) return
    if (value.trim() !== '') {
      return yield* /^\s*[[{]/.test(value)
        ? documentIn(value, texts)
        : eventsIn(value, texts, hangUp, end)
    }
    // Blank lines keep a connection open while a document is being made.
    yield null
  }
}

async function* documentIn(beginning: string, texts: Texts): AsyncGenerator<unknown> {
  let text = beginning
  for await (const more of texts) {
    text += more
    if (text.length > LONGEST) throw tooLong()
  }
  for (const value of parsedLines(text))
    yield* Array.isArray(value) ? (value as unknown[]) : [value]
}

async function* eventsIn(
  beginning: string,
  texts: Texts,
  hangUp: () => void,
  end: { isDone: boolean },
): AsyncGenerator<unknown> {
  let pending: unknown[] = []
  const parser = createParser({
    maxBufferSize: LONGEST,
    onComment: () => pending.push(null),
    onError: (error) => {
      if (error.type === 'max-buffer-size-exceeded') throw tooLong()
    },
    onEvent: ({ data, event }) => {
      if (end.isDone) return
      if (data.trim() === '') pending.push(null)
      else if (data.trim() === '[DONE]') end.isDone = true
      else if (event === 'error') pending.push({ error: errorIn(data) })
      else pending.push(...parsedLines(data))
    },
  })
  const taken = () => {
    const ready = pending
    pending = []
    return ready
  }
  try {
    parser.feed(beginning)
    yield* taken()
    while (!end.isDone) {
      const { done, value } = await texts.next()
      if (done) finish(parser)
      else parser.feed(value)
      yield* taken()
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

/** Null for words that proxies send to show that they are alive, such as `ping`. */
function parsed(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return null
  try {
    return JSON.parse(text)
  } catch {
    throw new ModelError('failed', 'The model sent what is no JSON.')
  }
}

/** Some endpoints leave out the empty line between two events, or all but the lines of data. */
function parsedLines(data: string): unknown[] {
  try {
    return [JSON.parse(data)]
  } catch {
    return data.split('\n').map(parsed)
  }
}

function errorIn(data: string): unknown {
  try {
    const value = JSON.parse(data) as { error?: unknown } | null
    return value?.error ?? value ?? data
  } catch {
    return data
  }
}
