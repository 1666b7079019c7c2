import { type JWTPayload, errors } from 'jose'

/** Whom a token proves, and until when (ms since the epoch). */
export interface Proof {
  id: string
  expiresAt: number
}

/** Why a token proves nobody, for its holder: ASCII without double quotes, since a header says it too. */
export interface Fault {
  fault: string
}

export const isFault = (proof: Proof | Fault): proof is Fault => 'fault' in proof

/** @param toleranceS seconds for which the token is still taken once it has expired */
export const proofOf = (
  { exp }: JWTPayload,
  id: string | undefined,
  toleranceS = 0,
): Proof | Fault =>
  id === undefined || exp === undefined
    ? wrongClaim('sub')
    : { id, expiresAt: (exp + toleranceS) * 1000 }

const wrongClaim = (claim: string): Fault => ({
  fault: `The claim \`${claim}\` of the token is missing, or not what this deployment takes.`,
})

/** What is wrong with a token, as `jose` found. What its claims are it says only once the signature is right. */
export function faultOf(error: errors.JOSEError): Fault {
  if (error instanceof errors.JWTExpired) {
    return {
      fault:
        'The token has expired. Get a new one: of a user from the identity provider, of a session from POST /api/sessions.',
    }
  }
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim !== 'nbf') return wrongClaim(error.claim)
    return { fault: 'The token is not valid yet. Check the clock of its issuer.' }
  }
  if (error instanceof errors.JWSInvalid || error instanceof errors.JWTInvalid) {
    return { fault: 'The token is no JWT that can be read. Send it whole, as it was issued.' }
  }
  return {
    fault:
      'The signature of the token is not of a key and an algorithm that this deployment takes.',
  }
}
