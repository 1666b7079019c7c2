import type { Context } from 'hono'

import { keyOf } from '../../contract/caller.ts'
import type { Series } from '../../contract/reply.ts'
import type { HonoEnv } from '../caller/caller.ts'
import { ask } from '../frame/ask.ts'
import { secretKeys } from '../frame/secret-keys.ts'

/** How many conversations may begin with the same words within an hour, and each of them still be found by a retry. */
const SLOTS = 8
const HOUR_MS = 60 * 60 * 1000

/** A nonce for what the client names itself, or what is named by its place. */
const NO_NONCE = '00000000'

/** Whether the client says that it sends a request again. */
export const isAgain = (c: Context): boolean =>
  Number(c.req.header('x-stainless-retry-count') ?? 0) > 0

const keySent = (c: Context): string | undefined => c.req.header('idempotency-key')

/** Whether the client itself says which requests are the same. */
export const isKeyed = (c: Context): boolean => keySent(c) !== undefined

export async function digest(...of: unknown[]): Promise<Uint8Array> {
  const bytes = new TextEncoder().encode(JSON.stringify(of))
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
}

/**
 * How the messages of a request are named, so that the same request again is found. The OpenAI client sends a request
 * up to three times, and says with each how often it was sent before; it names none of them. So the key is made of what is
 * sent, and a retry looks for messages of that key. With an `Idempotency-Key` nothing needs to be looked for.
 *
 * @param about where it is sent to
 */
export async function seriesOf(c: Context<HonoEnv>, about: string): Promise<Series> {
  const given = keySent(c)
  const what = given === undefined ? ['body', await c.req.text()] : ['key', given]
  const key = (await digest(about, ...what)).slice(0, 8).toHex()
  const nonce = crypto.getRandomValues(new Uint8Array(4)).toHex()
  return given === undefined
    ? { key, nonce, isAgain: isAgain(c) }
    : { key, nonce: NO_NONCE, isAgain: false }
}

/** A series in a conversation that is found by its own id. */
export const inItsPlace = (series: Series): Series => ({ ...series, nonce: NO_NONCE })

/** The id of a message of a request; it has to hold the series' key and nonce. */
export const messageId = ({ key, nonce }: Series, kind: string, place: number): string =>
  `${kind}_${key}${nonce}.${place}`

export const replyId = ({ key, nonce }: Series): string => `${key}${nonce}.r`

/** An id of version 8 (RFC 9562): no client can give one, so none is taken by somebody else, or asked for. */
async function idBy(key: CryptoKey, ...of: unknown[]): Promise<string> {
  const input = new TextEncoder().encode(JSON.stringify(of))
  const hex = new Uint8Array(await crypto.subtle.sign('HMAC', key, input)).toHex()
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-8$3-a$4-$5')
}

/**
 * Begins a conversation that its client names no id for: under one of a few ids that are made of whose it is, what is
 * sent, and the hour. The first time, the first that is free is taken; a retry looks at those that are not, the last
 * one first. If all are taken, the conversation gets a random id, and a retry of that can't be known.
 *
 * @param begin makes it; null if the id is taken, or if what stands there is not what this request would have made
 */
export async function beginning<T>(
  c: Context<HonoEnv>,
  begin: (id: string, isAgain: boolean) => Promise<T | null>,
): Promise<T> {
  const [ids = [], ...before] = await slotsOf(c)
  const standing = isAgain(c) || isKeyed(c) ? await standingAmong(c, [ids, ...before]) : []
  for (const id of standing) {
    const found = await begin(id, true)
    if (found !== null) return found
  }
  for (const id of ids) {
    const begun = await begin(id, isKeyed(c))
    if (begun !== null) return begun
  }
  const begun = await begin(crypto.randomUUID(), false)
  if (begun === null) throw new Error('A random id is taken')
  return begun
}

/** The ids that a request's conversation gets; then those that it may have got an hour before, or by an older secret. */
async function slotsOf(c: Context<HonoEnv>): Promise<string[][]> {
  const now = Math.floor(Date.now() / HOUR_MS)
  const given = keySent(c)
  const what = given === undefined ? ['body', await c.req.text()] : ['key', given]
  const about = [keyOf(c.get('caller')), c.req.path, ...what]
  const slots = Array.from({ length: given === undefined ? SLOTS : 1 }, (_, slot) => slot)
  const keys = await secretKeys(c.env, 'hilo: ids of conversations begun through /v1')
  const groups = keys.flatMap((key) => [now, now - 1].map((hour) => ({ key, hour })))
  return Promise.all(
    groups.map(({ key, hour }) =>
      Promise.all(slots.map((slot) => idBy(key, hour, slot, ...about))),
    ),
  )
}

/** Those that are conversations of the caller's: the newest first. One that was erased leaves a gap. */
async function standingAmong(c: Context<HonoEnv>, groups: string[][]): Promise<string[]> {
  const ids = groups.flatMap((group) => group.toReversed())
  const own = await Promise.all(
    ids.map((id) =>
      ask(c, id, async (object, call) => {
        const answer = await object.isOwn(call)
        return { isOwn: answer.ok && answer.isOwn }
      }),
    ),
  )
  return ids.filter((_, at) => own[at]?.isOwn)
}
