import * as z from 'zod'

/** Whose a conversation is: a user of the identity provider, or an anonymous session. */
export type Owner = { kind: 'user' | 'session'; id: string }

export const Scope = z.enum(['act', 'link', 'link-unproven', 'read-all', 'erase', 'hold', 'admin'])
export type Scope = z.infer<typeof Scope>

/** Who is calling: an owner, a service, or a service that acts for an owner. */
export type Caller = (
  | { owner: Owner; service: null }
  | { owner: Owner | null; service: { name: string; scopes: Scope[] } }
) & {
  /** When the token ends, in ms since the epoch, and with it what was opened with it; null if it doesn't. */
  expiresAt: number | null
  /** Whether it is a token that a user made for a program to read with. */
  isReader?: boolean
}

/** What a client can do that still holds the token of a session that was handed to a user. */
export const ONCE_LINKED =
  'Go on with the token of the user, or start a session anew with POST /api/sessions.'

/** Whom bounds of their own are counted for. */
export const keyOf = ({ owner, service }: Caller): string =>
  `${service ? `${service.name} ` : ''}${owner ? `${owner.kind}:${owner.id}` : ''}`

/** What every call of a conversation's object carries. */
export interface Call {
  caller: Caller
  requestId: string
  /** The address under which the deployment was called. */
  origin?: string
}
