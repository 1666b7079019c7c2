import { env } from 'cloudflare:workers'

import type { Client } from './api.ts'
import { givenConversation, userMessages } from './given.ts'
import { inStorage, rowOf, underSettings } from './record.ts'

export const DAY = 24 * 60 * 60 * 1000
type Settings = Partial<Pick<Env, 'ERASE_AFTER_DAYS' | 'ERASE_ANONYMOUS_AFTER_DAYS'>>

/** A conversation that was archived so many days ago, under settings for how long it is kept. */
export async function givenArchived(
  client: Client,
  days: number,
  settings: Settings,
): Promise<string> {
  const id = await givenConversation(client, { messages: userMessages(1) })
  await client.delete(`/api/conversations/${id}`)
  const at = Date.now() - days * DAY
  await inStorage(id, 'UPDATE conversation SET archived_at = ?1, quiet_since = ?1', at)
  await env.DB.prepare('UPDATE conversations SET archived_at = ?1, quiet_since = ?1 WHERE id = ?2')
    .bind(at, id)
    .run()
  await underSettings(id, settings)
  return id
}

/** Which of them the record still shows. */
export const standing = async (ids: string[]): Promise<boolean[]> =>
  Promise.all(ids.map(async (id) => (await rowOf(id)) !== null))
