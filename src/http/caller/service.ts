import * as z from 'zod'

import { Scope } from '../../contract/caller.ts'
import { SettingError, text } from '../../settings.ts'

/** Name → the SHA-256 of its tokens (two while one is rotated), in hex, and what they may do. */
const Services = z.record(
  z.string().regex(/^[\w.-]{1,64}$/),
  z.strictObject({
    sha256: z
      .array(z.string().regex(/^[0-9a-f]{64}$/))
      .min(1)
      .max(2),
    scopes: z.array(Scope),
  }),
)

export interface Service {
  name: string
  scopes: Scope[]
}

interface Known extends Service {
  hashes: Uint8Array[]
}

let parsed: { source: string; services: Known[] } | null = null

/** The service whose token this is, or null. */
export async function verifyService(
  env: Pick<Env, 'SERVICE_TOKENS'>,
  token: string,
): Promise<Service | null> {
  const services = servicesOf(text(env, 'SERVICE_TOKENS') ?? '{}')
  const hash = new Uint8Array(
    await crypto.subtle.digest('SHA-256', new TextEncoder().encode(token)),
  )
  // All of them are compared, each in constant time, so that the time tells nothing.
  const matches = services.filter(
    ({ hashes }) => hashes.filter((known) => crypto.subtle.timingSafeEqual(known, hash)).length > 0,
  )
  const [match] = matches
  return match ? { name: match.name, scopes: match.scopes } : null
}

function servicesOf(source: string): Known[] {
  if (parsed?.source === source) return parsed.services
  const services = Object.entries(parse(source)).map(([name, { sha256, scopes }]) => ({
    name,
    scopes,
    hashes: sha256.map((hex) => Uint8Array.fromHex(hex)),
  }))
  parsed = { source, services }
  return services
}

function parse(source: string): z.infer<typeof Services> {
  try {
    return Services.parse(JSON.parse(source))
  } catch {
    throw new SettingError(
      'SERVICE_TOKENS is not of the form {"name": {"sha256": ["<64 hex digits>"], "scopes": ["act"]}}.',
    )
  }
}
