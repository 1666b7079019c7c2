import { type Client, bodyOf } from './api.ts'

export interface Made {
  id: string
  token: string
  name: string
  created_at: string
  expires_at: string
}

/** A token that somebody makes. */
export async function makeToken(client: Client, body: object = { name: 'Agent' }): Promise<Made> {
  const answer = await client.post('/api/tokens', body)
  if (answer.status !== 201) throw new Error(await answer.text())
  return bodyOf<Made>(answer)
}

export const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
