import { type Client, as, send } from './api.ts'
import { sessionToken } from './tokens.ts'

const aSession = await sessionToken(crypto.randomUUID())

export interface Route {
  method: string
  /** As the reference has it: `/api/conversations/{id}`. */
  path: string
}

export interface Operation extends Route {
  /** Whether it wants to know who is calling. */
  isForCallers: boolean
}

type Paths = { paths: Record<string, Record<string, { security?: object[] }>> }

/** Every route there is, out of the reference that is made of their contracts. */
export async function operations(): Promise<Operation[]> {
  const { paths } = await (await send('/openapi.json')).json<Paths>()
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { security }]) => ({
      method: method.toUpperCase(),
      path,
      isForCallers: security !== undefined,
    })),
  )
}

const hello = () => ({ messages: [{ role: 'user', content: 'Hello' }] })
const bodies: Record<string, () => object> = {
  'POST /api/conversations': () => ({}),
  'PATCH /api/conversations/{id}': () => ({ title: 'Changed' }),
  'POST /api/sessions/link': () => ({ session_token: aSession }),
  'POST /api/erase': () => ({}),
  // Of what other tests have left in D1, some waits for an answer that never comes.
  'POST /api/admin/reconcile': () => ({ conversation_ids: [crypto.randomUUID()] }),
  'POST /api/conversations/{id}/messages': hello,
  'POST /api/conversations/{id}/continue': hello,
  'POST /api/import': () => [{ uuid: crypto.randomUUID(), chat_messages: [] }],
}

/** A body that the route takes; a new route that wants one says so by answering 422. */
export const bodyFor = ({ method, path }: Route): object | undefined =>
  bodies[`${method} ${path}`]?.()

/** Who may call it: what is the operator's is not for users. */
export const callerFor = ({ path }: Route, user: Client): Client =>
  path.startsWith('/api/admin/') ? as.service('operator') : user
