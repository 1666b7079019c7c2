import { device, tab } from '../state/shelf.ts'
import { Store } from '../state/store.ts'

/** Who is at the screen. A visitor is known by the session's cookie, which no script sees. */
export type Identity =
  | { kind: 'visitor' }
  | { kind: 'user'; token: string; name: string }
  | { kind: 'service'; token: string }

const TOKEN = 'hilo.token'
const SESSION = 'hilo.session'
const ARRIVED = 'hilo.arrived'

/** A service's token opens everybody's conversations: it is gone with the tab. */
const shelves = { user: device, service: tab }

const isJwt = (token: string): boolean => token.split('.').length === 3

const shelfOf = (token: string) => shelves[isJwt(token) ? 'user' : 'service']

/** Only to be shown: who it is, Hilo finds out by the signature. */
function nameIn(token: string): string {
  try {
    const [, claims = ''] = token.split('.')
    const bytes = Uint8Array.from(atob(claims.replaceAll('-', '+').replaceAll('_', '/')), (one) =>
      one.charCodeAt(0),
    )
    const { name, email, sub } = JSON.parse(new TextDecoder().decode(bytes)) as Record<
      string,
      string
    >
    return name ?? email ?? sub ?? ''
  } catch {
    return ''
  }
}

function known(): Identity {
  const service = shelves.service.get(TOKEN)
  if (service) return { kind: 'service', token: service }
  const user = shelves.user.get(TOKEN)
  return user ? { kind: 'user', token: user, name: nameIn(user) } : { kind: 'visitor' }
}

/** A token in the address is kept here, and taken out of the address before anything can read it there. */
function fromAddress(): string | null {
  const token = /^#token=(.+)$/.exec(location.hash)?.[1]
  if (token === undefined) return null
  history.replaceState(null, '', location.pathname)
  return decodeURIComponent(token)
}

export function keep(token: string): void {
  const before = known()
  // Nothing of one user's is for another: not what they had begun to write, either.
  if (before.kind === 'user' && isJwt(token) && before.name !== nameIn(token)) forgetAll()
  shelves.service.put(TOKEN, null)
  shelfOf(token).put(TOKEN, token)
}

const given = fromAddress()
if (given !== null) keep(given)

export const identity: Identity = known()
export const hasJustSignedIn = given !== null || tab.get(ARRIVED) !== null
tab.put(ARRIVED, null)

/** Begins anew as whom a token proves. */
export function signInWith(token: string): void {
  keep(token)
  tab.put(ARRIVED, 'yes')
  // Where nothing is kept, it goes by the address.
  const hash = shelfOf(token).isLasting(TOKEN) ? '' : `#token=${encodeURIComponent(token)}`
  history.replaceState(null, '', location.pathname + hash)
  location.reload()
}

/** When the session of this browser ends, in ms; null if it has none. The cookie itself is not to be read. */
export const session = {
  get endsAt(): number | null {
    return Number(device.get(SESSION)) || null
  },
  set endsAt(time: number | null) {
    device.put(SESSION, time === null ? null : String(time))
  },
}

const VISITOR = 'hilo.visitor'

/** The token of a visitor whose browser keeps no cookie; null for all others. */
export const visitor = {
  get token(): string | null {
    return tab.get(VISITOR)
  },
  set token(token: string | null) {
    tab.put(VISITOR, token)
  },
}

/** Takes everything of Hilo's out of this browser. */
export function forgetAll(): void {
  for (const shelf of [device, tab]) shelf.clear()
}

/** Whether the token that was kept is taken no more. */
export const access = new Store<{ hasEnded: boolean }>({ hasEnded: false })

// Another tab has signed in or out: this one must not go on as somebody else.
addEventListener('storage', ({ key }) => {
  if (key === TOKEN || key === null) location.reload()
})
// A link with a token that is opened in this very tab.
addEventListener('hashchange', () => {
  const token = fromAddress()
  if (token !== null) signInWith(token)
})
