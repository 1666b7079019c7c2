import { expect } from 'vitest'

import type { Client } from '../support/api.ts'
import { inStorage, storedIn } from '../support/record.ts'
import type { Model } from './expected.ts'
import { d1 } from './weather.ts'
import type { World } from './world.ts'

/** A link that D1 forgot is written anew if an object knows of it: nobody else gets the session. */
export async function checkLinks(model: Model, world: World): Promise<void> {
  for (const [index, { sessionId, userId }] of model.visitors.entries()) {
    const known = await Promise.all(model.conversations.map(({ id }) => claimOf(id)))
    if (!known.some((one) => one?.session_id === sessionId && one.user_id === userId)) continue
    const other = world.users[(index + 1) % world.users.length] as Client
    const body = { session_token: world.tokens[index] }
    expect((await other.post('/api/sessions/link', body)).status).toBe(409)
    d1.count('(a link that D1 had to have)')
  }
}

async function claimOf(id: string) {
  if (!(await storedIn(id)).tables.includes('conversation')) return undefined
  const rows = await inStorage(
    id,
    'SELECT session_id, user_id FROM conversation WHERE NOT EXISTS (SELECT 1 FROM erasure)',
  )
  return rows[0]
}
