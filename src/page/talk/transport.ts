import type { ChatTransport, UIMessage, UIMessageChunk } from 'ai'

import type { Hilo, Reply } from '../../client/client.ts'
import { toNewMessage } from './ui-messages.ts'

interface Known {
  hilo: Hilo
  /** Whether the conversation is there already. */
  isThere: () => boolean
  /** Whether Hilo has a message. */
  has: (id: string) => boolean
}

/** What `sendMessage` and `regenerate` take along in `body`. */
export interface Where {
  /** The message that this one follows; left out for the newest. */
  parent_id?: string | null
  language?: string
}

/** Talks to Hilo in the words of its own routes. */
export class HiloTransport implements ChatTransport<UIMessage> {
  readonly #known: Known

  constructor(known: Known) {
    this.#known = known
  }

  sendMessages: ChatTransport<UIMessage>['sendMessages'] = async ({ chatId, messages, body }) => {
    const { hilo, isThere, has } = this.#known
    const { parent_id: parent, language } = (body ?? {}) as Where
    const last = messages.at(-1)
    if (!last) throw new Error('Nothing to send')
    if (!isThere()) {
      return chunksOf(
        hilo.begin([toNewMessage(last)], { id: chatId, ...(language && { language }) }),
      )
    }
    if (has(last.id)) return chunksOf(hilo.again(chatId, last.id))
    const where = parent === undefined ? {} : { parent_id: parent }
    return chunksOf(hilo.continue(chatId, [toNewMessage(last)], where))
  }

  reconnectToStream: ChatTransport<UIMessage>['reconnectToStream'] = async ({ chatId }) => {
    const reply = await this.#known.hilo.join(chatId)
    return reply === null ? null : chunksOf(reply)
  }
}

async function* told(reply: Reply): AsyncGenerator<UIMessageChunk> {
  let open: 'text' | 'reasoning' | null = null
  function* turn(to: typeof open): Generator<UIMessageChunk> {
    if (open === to) return
    if (open !== null) yield { type: `${open}-end`, id: open }
    if (to !== null) yield { type: `${to}-start`, id: to }
    open = to
  }
  for await (const event of reply) {
    if (event.type === 'accepted') {
      yield { type: 'start', messageId: event.replyId }
      yield { type: 'start-step' }
    } else if (event.type === 'delta' || event.type === 'reasoning') {
      const kind = event.type === 'delta' ? 'text' : 'reasoning'
      yield* turn(kind)
      yield { type: `${kind}-delta`, id: kind, delta: event.content }
    } else if (event.type === 'tool_calls') {
      yield* turn(null)
      for (const { id, function: called } of event.toolCalls) {
        const call = { toolCallId: id, toolName: called.name, dynamic: true }
        yield { type: 'tool-input-available', ...call, input: called.arguments }
      }
    } else if (event.type === 'failed') {
      yield* turn(null)
      yield { type: 'error', errorText: JSON.stringify(event.problem) }
      return
    } else {
      yield* turn(null)
      yield { type: 'finish-step' }
      yield { type: 'finish' }
      return
    }
  }
}

function chunksOf(reply: Reply): ReadableStream<UIMessageChunk> {
  const chunks = told(reply)
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await chunks.next()
      if (done) controller.close()
      else controller.enqueue(value)
    },
    cancel: () => void chunks.return(undefined),
  })
}
