import { type Client, as, send } from './api.ts'
import { givenFile } from './files.ts'
import { makeToken } from './made-tokens.ts'
import { sessionToken } from './tokens.ts'
import { inTools, tools } from './tool-calls.ts'
import { DOWNLOAD, UPLOAD, withBytes } from './uploads.ts'

const aSession = await sessionToken(crypto.randomUUID())
const another = await sessionToken(crypto.randomUUID())

export interface Route {
  method: string
  /** As the reference has it: `/api/conversations/{id}`. */
  path: string
  /** What is sent, if it is not what the route takes by itself. */
  body?: object
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

/** A path with the ids that it names: of a conversation, and of its message `m` as each protocol calls that. */
export const placed = (path: string, id: string): string =>
  path
    .replaceAll('{id}', id)
    .replaceAll('{item_id}', 'msg_0.m')
    .replaceAll('{response_id}', responseIn(id))
    .replaceAll(/\{\w+\}/g, 'm')

const responseIn = (id: string): string =>
  /^[0-9a-f-]{36}$/.test(id) ? `resp_${id.replaceAll('-', '')}_m` : id

/** Sends what a route takes about a conversation. */
export const sendAbout = (client: Client, route: Route, id: string): Promise<Response> =>
  client.request(route.method, placed(route.path, id), bodyFor(route, id))

const items = () => [{ role: 'user', content: 'Hello' }]

const said = (text: string, more: object = {}) => ({
  id: crypto.randomUUID(),
  role: 'user',
  parts: [{ type: 'text', text }],
  ...more,
})
const hello = () => ({ messages: [{ role: 'user', content: 'Hello' }] })

const AUI = '/assistant-ui/v1'
const THREAD = `${AUI}/threads/{id}`
const auiHello = () => ({ role: 'user', content: [{ type: 'text', text: 'Hello' }] })
const ofAssistantUi: Record<string, () => object> = {
  [`POST ${AUI}/auth/tokens/refresh`]: () => ({ refresh_token: another }),
  [`POST ${AUI}/threads`]: () => ({ last_message_at: new Date() }),
  // Its id is the word `claim`.
  [`POST ${THREAD}`]: () => ({ refresh_token: another }),
  [`PUT ${THREAD}`]: () => ({ title: 'Changed' }),
  [`POST ${THREAD}/messages`]: () => ({
    parent_id: null,
    format: 'aui/v0',
    content: auiHello(),
    external_id: 'm',
    open_run: true,
  }),
  [`PUT ${THREAD}/messages/{message_id}`]: () => ({ content: auiHello() }),
  [`POST ${THREAD}/messages/{message_id}/feedback`]: () => ({ type: 'positive' }),
  [`POST ${AUI}/runs/stream`]: () => ({
    thread_id: '{id}',
    assistant_id: 'system/thread_title',
    messages: [],
  }),
  [`POST ${UPLOAD}`]: () => ({ filename: 'photo.png' }),
  [`POST ${DOWNLOAD}`]: () => ({ key: '{file_id}' }),
  [`POST ${AUI}/events`]: () => ({ events: [{ kind: 'message_sent' }] }),
  [`POST ${AUI}/scores`]: () => ({ name: 'helpful', data_type: 'numeric', value: 1 }),
}

const bodies: Record<string, () => object> = {
  ...ofAssistantUi,
  'POST /api/conversations': () => ({}),
  'PATCH /api/conversations/{id}': () => ({ title: 'Changed' }),
  'POST /api/sessions/link': () => ({ session_token: aSession }),
  'POST /api/erase': () => ({}),
  'POST /api/tokens': () => ({ name: 'Agent' }),
  'POST /mcp': () => ({ jsonrpc: '2.0', id: 1, method: 'tools/list' }),
  // Any bytes are a file.
  'POST /api/files': () => ({ any: crypto.randomUUID() }),
  // Of what other tests have left in D1, some waits for an answer that never comes.
  'POST /api/admin/reconcile': () => ({ conversation_ids: [crypto.randomUUID()] }),
  'POST /api/conversations/{id}/messages': hello,
  'POST /api/conversations/{id}/continue': hello,
  'POST /v1/conversations': () => ({ items: items() }),
  'POST /v1/conversations/{id}': () => ({ metadata: { changed: 'yes' } }),
  'POST /v1/conversations/{id}/items': () => ({ items: items() }),
  'POST /v1/responses': () => ({ input: 'Hello' }),
  'POST /api/admin/reindex': () => ({ user_id: crypto.randomUUID() }),
  'POST /api/chat': () => ({ id: crypto.randomUUID(), messages: [said('Hello')] }),
  'POST /api/import': () => [{ uuid: crypto.randomUUID(), chat_messages: [] }],
}

/**
 * A body that the route takes; a new route that wants one says so by answering 422.
 *
 * @param id the conversation that it names, if it names one
 */
export function bodyFor({ method, path, body }: Route, id?: string): object | undefined {
  const taken = body ?? bodies[`${method} ${path}`]?.()
  if (taken === undefined || id === undefined) return taken
  const named = JSON.stringify(taken)
    .replaceAll('{response_id}', JSON.stringify(responseIn(id)).slice(1, -1))
    .replaceAll('{id}', JSON.stringify(id).slice(1, -1))
  return JSON.parse(named) as object
}

/** The path of a route that does what it is for, with what it names made before. */
export async function pathFor({ method, path }: Route, client: Client, id: string) {
  const isClaim = method === 'POST' && path === THREAD
  if (path.includes('{token_id}')) {
    const { id: tokenId } = await makeToken(client)
    return path.replace('{token_id}', tokenId)
  }
  if (path.includes('{message_id}') || path.includes('{lease_id}')) {
    await client.post(`${AUI}/threads/${id}/messages`, bodies[`POST ${THREAD}/messages`]!())
  }
  const file = path.includes('{file_id}') ? (await givenFile(client)).id : ''
  return path
    .replace('{file_id}', file)
    .replace('{id}', isClaim ? 'claim' : id)
    .replace('{message_id}', 'm')
    .replace('{lease_id}', 'm')
}

/** The query without which a route takes nothing. */
export const queryFor = ({ path }: Route): string => (path === '/api/search' ? '?q=hello' : '')

/** How a route answers if there is nothing. A page of the AI SDK has its chat's id before anything is said. */
export const nothingAt = (path: string): number => {
  if (path === '/api/chat/{id}/messages') return 200
  // A tool says in its result that it failed.
  if (path === '/mcp') return 200
  return path === '/api/chat/{id}/stream' ? 204 : 404
}

const ONE = '/api/conversations/{id}'

/** What names a message of the conversation: that too says nothing of what is not the caller's. */
export const onBranches: Route[] = [
  { method: 'GET', path: `${ONE}/messages?branch=all` },
  { method: 'GET', path: `${ONE}/messages?branch=m` },
  { method: 'GET', path: `${ONE}/messages?around=m` },
  { method: 'PATCH', path: ONE, body: { head_id: 'm' } },
  { method: 'POST', path: `${ONE}/continue`, body: { parent_id: 'm' } },
  { method: 'POST', path: `${ONE}/continue`, body: { parent_id: 'm', reply_id: 'r' } },
  {
    method: 'POST',
    path: `${ONE}/messages`,
    body: { parent_id: null, messages: [{ role: 'user', content: 'Mine' }] },
  },
]

/** What names a conversation, or a response in one, in its body. */
export const inBodies: Route[] = [
  { conversation: '{id}' },
  { conversation: { id: '{id}' }, stream: true },
  { conversation: '{id}', store: false },
  { previous_response_id: '{response_id}' },
  { previous_response_id: '{response_id}', background: true },
].map((body) => ({ method: 'POST', path: '/v1/responses', body: { input: 'Mine', ...body } }))

/** All that a route takes: what it takes by itself, what names messages, and messages that have everything. */
export const bodiesFor = (route: Route): (object | undefined)[] => [
  bodyFor(route),
  ...[...onBranches, ...inBodies, ...inTools, ...tools, ...withBytes]
    .filter(({ method, path }) => method === route.method && path === route.path)
    .map(({ body }) => body),
  ...(route.path === '/api/chat' ? chats() : []),
  ...(route.path.endsWith('/messages') || route.path.endsWith('/continue') ? [whole()] : []),
]

/** What a page of the AI SDK sends beside a first message. */
const chats = () => {
  const id = crypto.randomUUID()
  const everything = [
    { type: 'text', text: 'Look', providerMetadata: { p: { a: 1 } } },
    { type: 'file', mediaType: 'image/png', url: 'data:image/png;base64,iVBORw0KGgo=' },
    { type: 'source-url', sourceId: 's', url: 'https://a.test' },
    { type: 'data-x', id: 'd', data: { list: [1, null] } },
    { type: 'custom', kind: 'a.b' },
  ]
  const result = {
    type: 'tool-look',
    toolCallId: 'c',
    state: 'output-available',
    input: {},
    output: 1,
  }
  const turn = { id: 'a', role: 'assistant', parts: [{ type: 'step-start' }, result] }
  return [
    {
      id,
      message: said('Hi', { metadata: { a: 1 }, parts: everything }),
      trigger: 'regenerate-message',
    },
    { id: 'a name', messages: [said('Hi'), turn], messageId: 'a' },
  ]
}

const whole = () => ({
  parent_id: 'm',
  messages: [
    {
      role: 'user',
      parts: [
        { type: 'text', text: 'Look' },
        { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } },
        { type: 'source', url: 'https://a.test', title: 'A', rank: [1, { deep: null }] },
        { type: 'data', name: 'd', data: { list: [1, 'x'] } },
        { type: 'x-odd', anything: { goes: true } },
      ],
      extra: { protocol: { id: 1 } },
    },
  ],
})

/** Who may call it: what is the operator's is not for users. */
export const callerFor = ({ path }: Route, user: Client): Client =>
  path.startsWith('/api/admin/') ? as.service('operator') : user
