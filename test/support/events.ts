/** One server-sent event, as a client reads it. */
export interface ServerEvent {
  id: string
  event: string
  data: Record<string, unknown>
}

/** Reads server-sent events one by one; comment lines are left out. */
export async function* eventsOf(response: Response): AsyncGenerator<ServerEvent> {
  if (!response.body) throw new Error('no stream')
  let buffered = ''
  for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
    buffered += text
    const blocks = buffered.split('\n\n')
    buffered = blocks.pop() ?? ''
    for (const block of blocks) {
      const lines = block.split('\n')
      const field = (name: string) =>
        lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2)
      const event = field('event')
      if (event === undefined) continue
      yield { event, id: field('id') ?? '', data: JSON.parse(field('data') ?? '{}') }
    }
  }
}

export async function allEvents(response: Response): Promise<ServerEvent[]> {
  const events: ServerEvent[] = []
  for await (const event of eventsOf(response)) events.push(event)
  return events
}

/** The text that a stream's deltas add up to. */
export const textOf = (events: ServerEvent[]): string =>
  events.flatMap(({ event, data }) => (event === 'delta' ? [String(data['content'])] : [])).join('')
