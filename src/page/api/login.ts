import { HiloError } from '../../client/client.ts'
import { tell } from '../state/notices.ts'
import { words } from '../words/words.ts'
import { explain } from './hilo.ts'
import { forgetAll, hasJustSignedIn, identity, session, visitor } from './identity.ts'

/** Where this deployment has people log in, if it says so; it leads back to `/#token=…`. */
export const loginUrl =
  document.querySelector<HTMLMetaElement>('meta[name="login-url"]')?.content || null

/** Hands what a visitor said in this browser to the user that they turned out to be. */
export async function takeAlong(): Promise<void> {
  if (!hasJustSignedIn || identity.kind !== 'user' || session.endsAt === null) return
  const response = await fetch('/api/sessions/link', {
    method: 'POST',
    headers: { authorization: `Bearer ${identity.token}`, 'content-type': 'application/json' },
    body: JSON.stringify(visitor.token === null ? {} : { session_token: visitor.token }),
  })
  if (!response.ok) return tell(explain(await HiloError.of(response)), true)
  const { linked } = (await response.json()) as { linked: number }
  // The cookie is a fresh session's by now, which has nothing to take along.
  session.endsAt = null
  visitor.token = null
  if (linked > 0) tell(words.linked(linked))
}

/** Leaves nothing behind: not the token, the session, a draft, nor anything on the screen. */
export async function signOut(): Promise<void> {
  forgetAll()
  await fetch('/api/sessions', { method: 'DELETE' }).catch(() => {})
  location.replace(location.pathname)
}
