import { DefaultChatTransport, type UIMessage } from 'ai'

import { headersFor, send } from '../api/hilo.ts'
import { locale, words } from '../words/words.ts'

/** What an answer says is shown to people as it stands: in their language, where the page has words for it. */
async function inTheirWords(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const response = await send(new Request(input, init))
  const type = response.headers.get('hilo-problem')?.split('/').at(-1)
  const known = words.problems[type ?? '']
  return response.ok || known === undefined ? response : new Response(known, response)
}

/** The AI SDK's own transport. It sends the newest message and not the whole history, which Hilo has. */
export const transportFor = (
  actingFor: () => string | undefined,
): DefaultChatTransport<UIMessage> =>
  new DefaultChatTransport({
    api: '/api/chat',
    fetch: inTheirWords,
    // A model answers in the language of the page, which may not be the first of the browser's.
    headers: () => ({ ...headersFor(actingFor()), 'accept-language': locale }),
    prepareSendMessagesRequest: ({ id, messages, trigger, messageId, body }) => ({
      body: { ...body, id, trigger, messageId, message: messages.at(-1) },
    }),
  })
