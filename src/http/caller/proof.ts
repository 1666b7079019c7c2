import type { JWTPayload } from 'jose'

/** Whom a token proves, and until when (ms since the epoch). */
export interface Proof {
  id: string
  expiresAt: number
}

/** @param toleranceS seconds for which the token is still taken once it has expired */
export const proofOf = (
  { exp }: JWTPayload,
  id: string | undefined,
  toleranceS = 0,
): Proof | null =>
  id === undefined || exp === undefined ? null : { id, expiresAt: (exp + toleranceS) * 1000 }
