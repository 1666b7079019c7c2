import { createScheduledController } from 'cloudflare:test'
import { env } from 'cloudflare:workers'

import worker from '../../src/worker.ts'
import { Client, as, bodyOf } from './api.ts'
import { sessionToken } from './tokens.ts'

export interface Linked {
  linked: number
  session: { session_id: string; token: string; expires_at: string }
}

/** Somebody who has not logged in yet. */
export async function aVisitor() {
  const id = crypto.randomUUID()
  const token = await sessionToken(id)
  return { id, token, client: new Client({ authorization: `Bearer ${token}` }) }
}

export const link = (client: Client, body: object = {}, headers: Record<string, string> = {}) =>
  client.request('POST', '/api/sessions/link', body, headers)

/** Logs a visitor in as a user, and says how many conversations came along. */
export async function logIn(token: string, userId: string): Promise<Linked> {
  const user = await as.user(userId)
  return bodyOf<Linked>(link(user, { session_token: token }))
}

export const runCron = (now = Date.now(), settings: Partial<Env> = {}) =>
  worker.scheduled(createScheduledController({ scheduledTime: new Date(now) }), {
    ...env,
    ...settings,
  })

/** As the record shows it when a call was cut right after the link was written. */
export const givenCutLink = (sessionId: string, userId: string) =>
  env.DB.prepare('INSERT INTO session_links (session_id, user_id, linked_at) VALUES (?, ?, ?)')
    .bind(sessionId, userId, Date.now())
    .run()
