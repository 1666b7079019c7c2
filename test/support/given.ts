import { env } from 'cloudflare:workers'

import { openDatabase } from '../../src/storage/database.ts'
import { type Client, type ContinueAnswer, type Conversation, bodyOf } from './api.ts'

export const db = openDatabase(env.DB)

/** A conversation of somebody's, created by the front door. Returns its id. */
export async function givenConversation(client: Client, body: object = {}): Promise<string> {
  const response = await client.post('/api/conversations', body)
  if (response.status !== 201) throw new Error(`not created: ${await response.text()}`)
  const created = await bodyOf<Conversation | ContinueAnswer>(response)
  return 'conversation' in created ? created.conversation.id : created.id
}

/** Messages that users write, named `m1`, `m2`, … */
export const userMessages = (count: number, from = 1) =>
  Array.from({ length: count }, (_, index) => ({
    id: `m${from + index}`,
    role: 'user',
    content: `message ${from + index}`,
  }))

export const objectOf = (id: string) => env.CONVERSATION.getByName(id)
