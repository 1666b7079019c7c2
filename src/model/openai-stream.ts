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

/** Characters of an answer that comes whole, and of one event: a picture comes in one. */
const LONGEST = 12 * 1024 * 1024

/** What an endpoint answers: server-sent events, or one document from those that don't stream. */
export function chunksOf(response: Response): Chunks {
  const reader = (response.body ?? new Blob([]).stream()).getReader()
  const hangUp = () => void reader.cancel().catch(() => {})
  const end = { isDone: false }
  return { chunks: chunksIn(textsOf(reader), hangUp, end), hangUp, isDone: () => end.isDone }
}

type Texts = AsyncGenerator<string>
type End = { isDone: boolean }

/** What an endpoint says when it is through. */
const DONE = '[DONE]'

async function* textsOf(reader: ReadableStreamDefaultReader<Uint8Array>): Texts {
  const decoder = new TextDecoder()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    yield decoder.decode(value, { stream: true })
  }
}

/** How it begins says which of the two it is: proxies send either with the content type of the other, or with none. */
async function* chunksIn(texts: Texts, hangUp: () => void, end: End): AsyncGenerator<unknown> {
  for (;;) {
    const { done, value = '' } = await texts.next()
    if (done) return
    if (value.trim() !== '') {
      return yield* /^\s*[[{]/.test(value)
        ? documentIn(value, texts, end)
        : eventsIn(value, texts, hangUp, end)
    }
    // Blank lines keep a connection open while a document is being made.
    yield null
  }
}

async function* documentIn(beginning: string, texts: Texts, end: End): AsyncGenerator<unknown> {
  let text = beginning
  for await (const more of texts) {
    text += more
    if (text.length > LONGEST) throw tooLong()
  }
  const values = [...parsedLines(text)]
  // A single document that can be read is whole.
  end.isDone = values.length === 1 || values.includes(DONE)
  for (const value of values) {
    if (value !== DONE) yield* Array.isArray(value) ? (value as unknown[]) : [value]
  }
}

async function* eventsIn(
  beginning: string,
  texts: Texts,
  hangUp: () => void,
  end: End,
): AsyncGenerator<unknown> {
  let pending: unknown[] = []
  const withFields = fieldsOf()
  const parser = createParser({
    maxBufferSize: LONGEST,
    onComment: () => pending.push(null),
    onError: (error) => {
      if (error.type === 'max-buffer-size-exceeded') throw tooLong()
    },
    onEvent: ({ data, event }) => {
      const values = event === 'error' ? [{ error: errorIn(data) }] : parsedLines(data)
      for (const value of values) {
        end.isDone ||= value === DONE
        if (!end.isDone) pending.push(value)
      }
    },
  })
  const taken = () => {
    const ready = pending
    pending = []
    return ready
  }
  try {
    parser.feed(withFields(beginning))
    yield* taken()
    while (!end.isDone) {
      const { done, value } = await texts.next()
      if (done) finish(parser)
      else parser.feed(withFields(value))
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
  // Some servers mark the data of an event twice.
  const line = text.replace(/^(?:\s*data:)?\s*/, '').trimEnd()
  if (line === DONE) return DONE
  if (/^\[?error\b/i.test(line)) return { error: line }
  if (!/^[[{]/.test(line)) return null
  try {
    return JSON.parse(line)
  } catch {
    throw new ModelError('failed', 'The model sent what is no JSON.')
  }
}

/** Some endpoints leave out the empty line between two events, or all but the lines of data. */
function* parsedLines(data: string): Generator<unknown> {
  let value: unknown
  try {
    value = JSON.parse(data)
  } catch {
    for (const line of data.split('\n')) yield parsed(line)
    return
  }
  yield value
}

/**
 * Gives lines of a stream their field that have none: proxies write what went wrong into it as it is, and llama.cpp as a
 * field that it calls `error`.
 */
function fieldsOf(): (text: string) => string {
  let isLineStart = true
  let held = ''
  return (text) => {
    const all = held + text
    const from = Math.max(all.lastIndexOf('\n'), all.lastIndexOf('\r')) + 1
    const line = all.slice(from)
    // How the last line begins may be cut in the middle.
    const isBeginning =
      (from > 0 || isLineStart) && /^(?:[ \t]{0,100}|er{0,2}|erro|error)$/.test(line)
    held = isBeginning ? line : ''
    const ready = isBeginning ? all.slice(0, from) : all
    const isStart = isLineStart
    isLineStart = isBeginning
    return ready.replaceAll(
      /(^|[\r\n])(error:|(?=[ \t]*[[\]{}"]))/g,
      (whole, before: string, name) => {
        if (before === '' && !isStart) return whole
        return `${before}${name === '' ? '' : 'event: error\n'}data: `
      },
    )
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
