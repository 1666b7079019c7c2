import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'

/**
 * Answers as Node's own servers do, so that a connection that one side ends or breaks is so for the other: to a
 * function that takes a request and returns a response Miniflare tells neither.
 */
export const overTheWire =
  (answer: (request: Request) => Promise<Response>) =>
  async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const { method = 'GET', url = '/', headers } = incoming
    const request = new Request(new URL(url, `https://${headers.host}`), {
      method,
      headers: headers as Record<string, string>,
      ...(method !== 'GET' && { body: Readable.toWeb(incoming) as never, duplex: 'half' }),
    })
    const response = await answer(request)
    const reader = response.body?.getReader()
    outgoing.once('close', () => void reader?.cancel().catch(() => {}))
    outgoing.writeHead(response.status, Object.fromEntries(response.headers))
    outgoing.flushHeaders()
    try {
      for (;;) {
        const piece = await reader?.read()
        if (!piece || piece.done) break
        outgoing.write(piece.value)
      }
      outgoing.end()
    } catch {
      outgoing.destroy()
    }
  }
