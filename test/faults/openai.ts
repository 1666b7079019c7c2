import type { Client } from '../support/api.ts'
import { type Act, MODEL, type Scene, outcome, path } from './scene.ts'
import { d1 } from './weather.ts'

/** How often a stock client sends a request. */
const TRIES = 3

interface Told {
  id: string
  status: string
  output: { content?: { text: string }[] }[]
}

/** Statuses that a stock client repeats, unless it is told that this does not help. */
const isRepeated = (answer: Response): boolean =>
  answer.headers.get('x-should-retry') !== 'false' &&
  ([408, 409, 429].includes(answer.status) || answer.status >= 500)

/** Sends a request as a stock client does: again if that may help, each time with how often it was sent before. */
async function sent(client: Client, body: object, key: string): Promise<Response> {
  for (let count = 0; ; count += 1) {
    const headers = { 'x-stainless-retry-count': `${count}`, 'idempotency-key': key }
    const answer = await client.request('POST', '/v1/responses', body, headers)
    if (count + 1 === TRIES || !isRepeated(answer)) return answer
    await answer.body?.cancel()
    await scheduler.wait(20)
  }
}

const textIn = ({ output }: Told): string =>
  output.flatMap(({ content = [] }) => content.map(({ text }) => text)).join('')

/** A response that is asked for in one of the ways there are; what the client is told of it stays so. */
async function respond(scene: Scene, way: 'whole' | 'streamed' | 'background'): Promise<void> {
  const { model, world, about, number } = scene
  const client = world.ownerOf(model, about)
  const key = crypto.randomUUID()
  const said = `What I said: ${key} #${await world.scripted(number)}`
  // It gives its item no id: how often it is there is what matters.
  about.unnamed.set(said, 'maybe')
  const ways = { whole: {}, streamed: { stream: true }, background: { background: true } }
  const body = { conversation: about.id, input: said, ...ways[way] }
  const answer = await outcome(scene, sent(client, body, key), MODEL)
  if (answer === null) return
  about.unnamed.set(said, 'yes')
  const events = way === 'streamed' ? await eventsIn(scene, answer, number % 3 === 0) : []
  const id = way === 'streamed' ? events[0]?.response?.id : (await answer.json<Told>()).id
  if (id === undefined) return
  if (number % 4 === 1) await client.post(`/v1/responses/${id}/cancel`)
  await resumed(scene, client, id, events)
}

interface Event {
  type: string
  sequence_number: number
  delta?: string
  response?: Told
}

/** What a stream told until it ended, or broke, or its client went away. */
async function eventsIn({ world }: Scene, answer: Response, isLeaving: boolean): Promise<Event[]> {
  const events: Event[] = []
  let text = ''
  try {
    for await (const piece of answer.body!.pipeThrough(new TextDecoderStream())) {
      const blocks = (text + piece).split('\n\n')
      text = blocks.pop() ?? ''
      for (const block of blocks) {
        const data = /^data: (\{.*)$/m.exec(block)?.[1]
        if (data) events.push(JSON.parse(data) as Event)
      }
      if (isLeaving && events.length > 3) {
        d1.count('client gone')
        break
      }
    }
  } catch (error) {
    if (!world.isTroubled) throw error
  }
  return events
}

const wordsOf = (events: Event[]): string =>
  events.map(({ type, delta }) => (type === 'response.output_text.delta' ? delta : '')).join('')

/** A stream that is joined again tells what the first one did not, and nothing twice. */
async function resumed(scene: Scene, client: Client, id: string, before: Event[]): Promise<void> {
  const after = before.at(-1)?.sequence_number
  const query = after === undefined ? '' : `&starting_after=${after}`
  const answer = await client.get(`/v1/responses/${id}?stream=true${query}`)
  // Of one that failed, or was deleted, nothing is kept.
  if (!answer.ok) return answer.body?.cancel()
  const rest = await eventsIn(scene, answer, false)
  const numbers = [...before, ...rest].map(({ sequence_number: number }) => number)
  if (numbers.some((number, at) => at > 0 && number <= numbers[at - 1]!)) {
    throw new Error(`events out of order: ${numbers.join(' ')}`)
  }
  const last = rest.at(-1)?.response
  if (last === undefined || last.status === 'failed') return
  const all = wordsOf([...before, ...rest])
  if (all !== textIn(last) && textIn(last) !== '') {
    throw new Error(`a stream told ${all.length} units of ${textIn(last).length}`)
  }
}

/** What the clients of OpenAI do, and what is new with them. */
export const openai: Record<string, Act> = {
  respond: (scene) => respond(scene, 'whole'),
  respondStreaming: (scene) => respond(scene, 'streamed'),
  respondLater: (scene) => respond(scene, 'background'),
  /** A message is deleted, in one protocol or the other. */
  deleteIt: async (scene) => {
    const { model, world, about, number } = scene
    const known = [...about.acknowledged.keys()]
    const id = known[(number * 5) % Math.max(known.length, 1)]
    if (id === undefined) return
    const client = world.ownerOf(model, about)
    const before = about.deleted.get(id)
    if (before !== 'yes') about.deleted.set(id, 'maybe')
    const where =
      number % 2 === 0
        ? path(about, `/messages/${id}`)
        : `/v1/conversations/${about.id}/items/msg_0.${id}`
    const answer = await outcome(scene, client.delete(where), [404])
    if (answer) about.deleted.set(id, 'yes')
    else if (before === undefined && !world.isTroubled) about.deleted.set(id, 'maybe')
  },
}
