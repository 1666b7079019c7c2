import { type JWTPayload, SignJWT } from 'jose'

import { bindings, serviceTokens } from './settings.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

/** A token as a test says it, right or wrong, signed with a secret that both sides know. */
export const signed = (
  secret: string,
  claims: JWTPayload,
  header: { alg?: string; typ?: string } = {},
): Promise<string> =>
  new SignJWT(claims).setProtectedHeader({ alg: 'HS256', ...header }).sign(bytes(secret))

/** Seconds since the epoch, so many from now: what a token's times are in. */
export const inSeconds = (seconds: number): number => Math.floor(Date.now() / 1000) + seconds

/** The token of a user of the identity provider. */
export const userToken = (sub: string): Promise<string> =>
  new SignJWT()
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(sub)
    .setIssuedAt()
    .setExpirationTime('1h')
    .sign(bytes(bindings.AUTH_JWT_SECRET))

/** The token of a session, as `POST /api/sessions` issues it. */
export const sessionToken = (id: string): Promise<string> =>
  new SignJWT()
    .setProtectedHeader({ alg: 'HS256', typ: 'hilo-session+jwt' })
    .setSubject(id)
    .setIssuedAt()
    .setExpirationTime('1h')
    .sign(bytes(bindings.SESSION_SECRET))

export const serviceToken = (name: keyof typeof serviceTokens): string => serviceTokens[name]
