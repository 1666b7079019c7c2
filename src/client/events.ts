import type { components } from './schema.d.ts'

export type Message = components['schemas']['Message']
export type Problem = components['schemas']['Problem']

/** What happens to a reply, in order. The last one is one of the four that end it. */
export type ReplyEvent =
  | { type: 'accepted'; messages: Message[]; replyId: string }
  /** What the model thinks before it speaks. */
  | { type: 'reasoning'; content: string }
  | { type: 'delta'; content: string }
  | { type: 'tool_calls'; toolCalls: NonNullable<Message['tool_calls']> }
  | { type: 'completed'; message: Message }
  | { type: 'interrupted'; message: Message | null; reason: string }
  | { type: 'failed'; problem: Problem }
  | { type: 'closed'; reason: string; detail: string }

/** An event and its id, after which a stream goes on. */
export interface Told {
  id: string
  event: ReplyEvent
}

const endings = ['completed', 'interrupted', 'failed', 'closed']

export const isEnd = ({ type }: ReplyEvent): boolean => endings.includes(type)

/** Reads server-sent events; comments and unknown events are left out. Ends when the body does, for whatever reason. */
export async function* eventsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Told> {
  // Browsers and Workers type it differently.
  const decoder = new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>
  const reader = body.pipeThrough(decoder).getReader()
  let buffered = ''
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      buffered += value
      const blocks = buffered.split('\n\n')
      buffered = blocks.pop() ?? ''
      for (const block of blocks) {
        const told = toldIn(block)
        if (told) yield told
      }
    }
  } finally {
    await reader.cancel().catch(() => {})
  }
}

function toldIn(block: string): Told | null {
  const field = (name: string) =>
    block
      .split('\n')
      .find((line) => line.startsWith(`${name}: `))
      ?.slice(name.length + 2)
  const [id, event, data] = [field('id'), field('event'), field('data')]
  if (id === undefined || event === undefined || data === undefined) return null
  const body = JSON.parse(data) as Record<string, never>
  switch (event) {
    case 'accepted':
      return { id, event: { type: event, messages: body['messages']!, replyId: body['reply_id']! } }
    case 'tool_calls':
      return { id, event: { type: event, toolCalls: body['tool_calls']! } }
    case 'reasoning':
    case 'delta':
    case 'completed':
    case 'interrupted':
    case 'failed':
    case 'closed':
      return { id, event: { type: event, ...body } as unknown as ReplyEvent }
    default:
      return null
  }
}
