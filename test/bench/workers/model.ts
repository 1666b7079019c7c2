const encoder = new TextEncoder()

const chunk = (body: object): Uint8Array =>
  encoder.encode(
    `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', ...body })}\n\n`,
  )

const delta = (content: string) =>
  chunk({ choices: [{ index: 0, delta: { content }, finish_reason: null }] })

/** A provider that begins at once: what time is left until the first words is Hilo's. */
export default {
  async fetch(request) {
    const { stream } = await request.json<{ stream?: boolean }>()
    if (!stream) {
      const message = { role: 'assistant', content: 'TITLE: A title\nTOPIC: a topic' }
      return Response.json({ choices: [{ index: 0, message, finish_reason: 'stop' }] })
    }
    const body = new ReadableStream<Uint8Array>({
      async start(controller) {
        controller.enqueue(delta('Well, '))
        // The end of a reply is written down, which would hold its beginning back if they came together.
        await scheduler.wait(50)
        for (let word = 0; word < 20; word += 1) controller.enqueue(delta(`word ${word} `))
        controller.enqueue(chunk({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }))
        controller.enqueue(chunk({ choices: [], usage: { total_tokens: 30 } }))
        controller.enqueue(encoder.encode('data: [DONE]\n\n'))
        controller.close()
      },
    })
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
  },
} satisfies ExportedHandler
