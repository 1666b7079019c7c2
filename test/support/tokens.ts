import { SignJWT } from 'jose'

import { bindings, serviceTokens } from './settings.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

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
