import { DefaultChatTransport, type UIMessage } from 'ai'

import { headersFor, send } from '../api/hilo.ts'
import { locale, words } from '../words/words.ts'
import type { Thread } from './thread.ts'

/** What an answer says is shown to people as it stands: in their language, where the page has words for it. */
async function inTheirWords(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const response = await send(new Request(input, init))
  const type = response.headers.get('hilo-problem')?.split('/').at(-1)
  const known = words.problems[type ?? '']
  return response.ok || known === undefined ? response : new Response(known, response)
}

/**
 * The AI SDK's own transport. It sends what Hilo does not have yet, or the one message that is asked about, and not the whole
 * history.
 */
export const transportFor = (
  thread: Pick<Thread, 'actingFor' | 'outbox'>,
): DefaultChatTransport<UIMessage> =>
  new DefaultChatTransport({
    api: '/api/chat',
    fetch: inTheirWords,
    // A model answers in the language of the page, which may not be the first of the browser's.
    headers: () => ({ ...headersFor(thread.actingFor), 'accept-language': locale }),
    prepareSendMessagesRequest: ({ id, messages, trigger, messageId, body }) => {
      const fresh = trigger === 'submit-message' ? thread.outbox.keep() : []
      const about = fresh.length > 0 ? { messages: fresh } : { messageId, message: messages.at(-1) }
      return { body: { ...body, id, trigger, ...about } }
    },
  })
