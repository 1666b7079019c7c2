import type { JsonObject } from './json.ts'
import type { Message, ToolCall } from './message.ts'
import { type ProblemExtra, type ProblemType, problemBody } from './problem.ts'
import { type StreamClosing, streamClosings } from './reply.ts'

/** How a reply ended, as everybody who follows it is told. */
export type ReplyEnd =
  | { kind: 'completed'; message: Message }
  /** Without a message if it was stopped before it said anything. */
  | { kind: 'interrupted'; message: Message | null; reason: string }
  | { kind: 'failed'; why: ProblemType; extra: ProblemExtra }

/**
 * What happens to a reply, as its conversation's object tells it: each event is one line of JSON, and the last one is
 * `ended` or `closed`. The object knows no protocol: the Worker encodes these. `offset` is the length of the
 * reply's text after the event, and `reasoning_offset` that of what the model has thought, in UTF-16 units.
 */
export type ReplyEvent = { reply_id: string; offset: number; reasoning_offset: number } &
  /** `extra` is what is kept with the reply. */
  (
    | { type: 'accepted'; messages: Message[]; extra: JsonObject | null }
    /** `is_refusal`: with it the model refuses to answer. */
    | { type: 'text'; content: string; is_refusal?: boolean }
    | { type: 'reasoning'; content: string }
    | { type: 'tool-calls'; tool_calls: ToolCall[] }
    | { type: 'ended'; end: ReplyEnd }
    /** The caller may follow no longer; the reply may go on. */
    | { type: 'closed'; reason: StreamClosing }
    /** Nothing has happened for a while. A client that is gone is noticed by it. */
    | { type: 'alive' }
  )

/** Hilo's own server-sent events: the name and the data of each, with `id: REPLY:OFFSET` or `REPLY:OFFSET.REASONING`. */
export function serverSentEvent(event: ReplyEvent): string {
  if (event.type === 'alive') return ':\n\n'
  const [name, data] = named(event)
  const thought = event.reasoning_offset > 0 ? `.${event.reasoning_offset}` : ''
  const id = `${event.reply_id}:${event.offset}${thought}`
  return `id: ${id}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`
}

type Told = Exclude<ReplyEvent, { type: 'alive' }>

function named(event: Told): [name: string, data: object] {
  switch (event.type) {
    case 'accepted':
      return ['accepted', { messages: event.messages, reply_id: event.reply_id }]
    case 'text':
      return ['delta', { content: event.content }]
    case 'reasoning':
      return ['reasoning', { content: event.content }]
    case 'tool-calls':
      return ['tool_calls', { tool_calls: event.tool_calls }]
    case 'ended':
      return ending(event.end)
    case 'closed':
      return ['closed', { reason: event.reason, detail: streamClosings[event.reason] }]
  }
}

function ending(end: ReplyEnd): [name: string, data: object] {
  switch (end.kind) {
    case 'completed':
      return ['completed', { message: end.message }]
    case 'interrupted':
      return ['interrupted', { message: end.message, reason: end.reason }]
    case 'failed':
      return ['failed', { problem: problemBody(end.why, end.extra) }]
  }
}

/**
 * Encodes a stream of events, one at a time: what nobody reads is not read from the object either.
 *
 * @param lines one JSON event a line; a chunk may hold several, or a part of one
 */
export function encoded(
  lines: ReadableStream<Uint8Array>,
  encode: (event: ReplyEvent) => string,
): ReadableStream<Uint8Array> {
  const reader = lines.getReader()
  const [decoder, encoder] = [new TextDecoder(), new TextEncoder()]
  let rest = ''
  return new ReadableStream({
    type: 'bytes',
    pull: async (controller) => {
      for (;;) {
        // Rejects if the object is lost: the connection breaks here too, and the client joins the reply again.
        const { done, value } = await reader.read()
        if (done) return controller.close()
        const complete = (rest + decoder.decode(value, { stream: true })).split('\n')
        rest = complete.pop() ?? ''
        if (complete.length === 0) continue
        const text = complete.map((line) => encode(JSON.parse(line) as ReplyEvent)).join('')
        // Not every protocol has something to say of every event.
        if (text === '') continue
        return controller.enqueue(encoder.encode(text))
      }
    },
    cancel: (reason) => reader.cancel(reason),
  })
}
