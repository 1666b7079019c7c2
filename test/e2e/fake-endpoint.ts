import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** An endpoint that speaks the chat-completions API: it echoes, and fails where it is asked to. */
export async function fakeEndpoint() {
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (data: Buffer) => (body += data.toString()))
    request.on('end', () => {
      const { stream, messages } = JSON.parse(body) as {
        stream?: boolean
        messages: { content: string }[]
      }
      const said = messages.at(-1)?.content ?? ''
      if (said.includes('fail')) {
        response.writeHead(400, { 'content-type': 'application/json' })
        response.end(JSON.stringify({ error: { message: said } }))
      } else if (stream) {
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        const chunk = (choice: object) =>
          response.write(
            `data: ${JSON.stringify({ id: 'c', model: 'm-1', choices: [choice] })}\n\n`,
          )
        for (const word of `You said: ${said}`.split(/(?<= )/)) {
          chunk({ index: 0, delta: { content: word }, finish_reason: null })
        }
        chunk({ index: 0, delta: {}, finish_reason: 'stop' })
        response.end('data: [DONE]\n\n')
      } else {
        const message = { role: 'assistant', content: 'TITLE: A title\nTOPIC: a topic' }
        response.writeHead(200, { 'content-type': 'application/json' })
        response.end(JSON.stringify({ choices: [{ index: 0, message, finish_reason: 'stop' }] }))
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/v1`,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}
