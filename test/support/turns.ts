import {
  type Client,
  type ContinueAnswer,
  type Conversation,
  type Listed,
  type Message,
  bodyOf,
} from './api.ts'
import { type ServerEvent, eventsOf } from './events.ts'
import { network } from './network.ts'
import { question } from './questions.ts'

/** A request to continue, answered by the script of `key`. */
export const turnOf = (key: string, id = 'q') => ({
  messages: [question(key, id)],
})

export const proceed = (client: Client, id: string, body: unknown) =>
  client.post(`/api/conversations/${id}/continue`, body)

export const answered = (client: Client, id: string, body: unknown) =>
  bodyOf<ContinueAnswer>(proceed(client, id, body))

export const historyOf = async (client: Client, id: string, branch = 'head'): Promise<Message[]> =>
  (
    await bodyOf<Listed<Message>>(
      client.get(`/api/conversations/${id}/messages?limit=200&branch=${branch}`),
    )
  ).data

/** All branches of somebody's only conversation. */
export async function wholeHistoryOf(client: Client): Promise<Message[]> {
  const { data } = await bodyOf<Listed<Conversation>>(client.get('/api/conversations'))
  return historyOf(client, data[0]!.id, 'all')
}

/** Reads on to the end. */
export async function restOf(events: AsyncGenerator<ServerEvent>): Promise<ServerEvent[]> {
  const rest: ServerEvent[] = []
  for await (const event of events) rest.push(event)
  return rest
}

/** A reply that has said `One` and goes on to ` two` when `finish` is called, which reads it to its end. */
export async function givenRunningReply(
  client: Client,
  id: string,
  key: string,
  body: object = turnOf(key),
) {
  await network.script(key, [
    { text: 'One' },
    { gate: key },
    { text: ' two' },
    { finish: 'stop', tokens: 9 },
  ])
  const response = await client.stream(id, body)
  const events = eventsOf(response)
  const { value: accepted } = (await events.next()) as { value?: ServerEvent }
  const { value: delta } = (await events.next()) as { value?: ServerEvent }
  if (accepted?.event !== 'accepted' || delta?.event !== 'delta') throw new Error('no reply runs')
  const finish = async () => {
    await network.open(key)
    return [accepted, delta, ...(await restOf(events))]
  }
  return { replyId: String(accepted.data['reply_id']), finish }
}
