import { send } from './api.ts'
import { sessionToken } from './tokens.ts'

const aSession = await sessionToken(crypto.randomUUID())

export interface Operation {
  method: string
  /** As the reference has it: `/api/conversations/{id}`. */
  path: string
}

/** Every route there is, out of the reference that is made of their contracts. */
export async function operations(): Promise<Operation[]> {
  const { paths } = await (await send('/openapi.json')).json<{ paths: Record<string, object> }>()
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => ({ method: method.toUpperCase(), path })),
  )
}

const hello = () => ({ messages: [{ role: 'user', content: 'Hello' }] })
const bodies: Record<string, () => object> = {
  'POST /api/conversations': () => ({}),
  'PATCH /api/conversations/{id}': () => ({ title: 'Changed' }),
  'POST /api/sessions/link': () => ({ session_token: aSession }),
  'POST /api/conversations/{id}/messages': hello,
  'POST /api/conversations/{id}/continue': hello,
  'POST /api/import': () => [{ uuid: crypto.randomUUID(), chat_messages: [] }],
}

/** A body that the route takes; a new route that wants one says so by answering 422. */
export const bodyFor = ({ method, path }: Operation): object | undefined =>
  bodies[`${method} ${path}`]?.()
