import { Hilo, HiloError, type components } from '../../client/client.ts'
import { words } from '../words/words.ts'
import { access, identity, session, visitor } from './identity.ts'

export type Conversation = components['schemas']['Conversation']
export type Message = components['schemas']['Message']
export type NewMessage = components['schemas']['NewMessage']

const DAY_MS = 86_400_000

interface Session {
  token: string
  expires_at: string
}

/** Begins the session of a visitor, or renews it. Its token stays in the cookie. */
async function begin(): Promise<Session> {
  const response = await fetch('/api/sessions', { method: 'POST', headers: cookieless() })
  if (!response.ok) throw await HiloError.of(response)
  const begun = (await response.json()) as Session
  session.endsAt = Date.parse(begun.expires_at)
  if (visitor.token !== null) visitor.token = begun.token
  return begun
}

/** Where a browser keeps no cookie, as Safari does without TLS, the tab keeps the session's token in its place. */
const cookieless = (): Record<string, string> =>
  visitor.token === null ? {} : { authorization: `Bearer ${visitor.token}` }

function asVisitor(request: Request): Request {
  const headers = new Headers(request.headers)
  for (const [name, value] of Object.entries(cookieless())) headers.set(name, value)
  return new Request(request, { headers })
}

let beginning: Promise<Session> | null = null
const beginOnce = (): Promise<Session> =>
  (beginning ??= begin().finally(() => {
    beginning = null
  }))

/** A visitor needs a session before anything else; one who comes back has theirs renewed now and then. */
async function ready(): Promise<void> {
  if (identity.kind !== 'visitor') return
  const { endsAt } = session
  if (endsAt === null || endsAt < Date.now()) return void (await beginOnce())
  // Renewed beside what is being asked: it holds for days yet.
  if (endsAt < Date.now() + 15 * DAY_MS) void beginOnce().catch(() => {})
}

/** `fetch`, as whoever is here. */
export async function send(request: Request): Promise<Response> {
  await ready()
  if (identity.kind === 'visitor') return sendAsVisitor(request)
  const response = await fetch(request)
  if (response.status === 401) access.set({ hasEnded: true })
  return response
}

async function sendAsVisitor(request: Request): Promise<Response> {
  const response = await fetch(asVisitor(request.clone()))
  if (response.status !== 401) return response
  const begun = await beginOnce()
  const hadToken = visitor.token !== null
  const again = await fetch(asVisitor(request.clone()))
  if (again.status !== 401 || hadToken) return again
  // Of several requests at once, the first to find out says which session it is.
  visitor.token ??= begun.token
  return fetch(asVisitor(request))
}

export const token = identity.kind === 'visitor' ? undefined : identity.token

/** A client for all that is the caller's; with an owner, as a service that acts for them. */
export const hiloFor = (actingFor?: string): Hilo =>
  new Hilo({
    url: location.origin,
    fetch: send,
    ...(token !== undefined && { token }),
    ...(actingFor !== undefined && { actingFor }),
  })

export const hilo = hiloFor()

/** The headers of a call that no client makes: a file on its way in or out. */
export const headersFor = (actingFor?: string): Record<string, string> => ({
  ...(token !== undefined && { authorization: `Bearer ${token}` }),
  ...(actingFor !== undefined && { 'hilo-acting-for': actingFor }),
})

export const ownerOf = ({ user_id: user, session_id: visitor }: Conversation): string =>
  user === null ? `session:${visitor}` : `user:${user}`

/** What `openapi-fetch` answered, or why not. */
export async function granted<T>(
  asked: Promise<{ data?: T; error?: unknown; response: Response }>,
): Promise<T> {
  const { data, error, response } = await asked
  if (data !== undefined) return data
  throw new HiloError(response.status, (error ?? {}) as Record<string, unknown>)
}

/** What went wrong, for people. Hilo's own words where the page has none in their language. */
export function explain(error: unknown): string {
  if (error instanceof HiloError) return explainProblem(error.problem) ?? words.failed
  return navigator.onLine ? words.failed : words.lost
}

export function explainProblem(problem: Record<string, unknown>): string | null {
  const { type, title, detail } = problem as Record<string, string | undefined>
  const known = words.problems[type?.split('/').at(-1) ?? '']
  return known ?? ([title, detail].filter(Boolean).join('. ') || null)
}

export const isGone = (error: unknown): boolean =>
  error instanceof HiloError && error.status === 404
