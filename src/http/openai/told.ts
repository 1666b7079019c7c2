import { type ReplyEvent, encoded } from '../../contract/reply-events.ts'
import { ResponseEvents } from './stream.ts'

type Lines = ReadableStream<Uint8Array>

/** A reply's events as those of a response, from the beginning or after one. */
export const encodedFor = (conversation: string, events: Lines, after?: number): Lines => {
  const response = new ResponseEvents(conversation, after)
  return encoded(events, (event) => response.encode(event))
}

/** A reply's events, one at a time. */
export async function* eventsIn(lines: Lines): AsyncGenerator<ReplyEvent, void, undefined> {
  const reader = lines.getReader()
  const decoder = new TextDecoder()
  let rest = ''
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      const complete = (rest + decoder.decode(value, { stream: true })).split('\n')
      rest = complete.pop() ?? ''
      for (const line of complete) yield JSON.parse(line) as ReplyEvent
    }
  } finally {
    await reader.cancel()
  }
}
