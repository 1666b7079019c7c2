import type { Context } from 'hono'

import type { JsonObject } from '../../contract/json.ts'
import type { NewMessage } from '../../contract/message.ts'
import type { HonoEnv } from '../caller/caller.ts'
import { ask } from '../frame/ask.ts'
import { Problem } from '../frame/problem.ts'
import { askingIn } from './response.ts'
import { digest, isKeyed } from './retries.ts'

/** An `Idempotency-Key` is of one request: what another one of that key would be answered is not its own. */
const taken = () =>
  new Problem('key-taken', {
    detail: 'Nothing of this request was stored. Send a key of its own with each request.',
  })

/** What tells whether a request of the same key is the same request; nothing without a key. */
export async function keyedBody(c: Context): Promise<{ keyed?: string }> {
  return isKeyed(c) ? { keyed: (await digest(await c.req.text())).slice(0, 16).toHex() } : {}
}

interface Turn {
  reply_id?: string | undefined
  asked?: { extra?: JsonObject | null | undefined } | undefined
}

/** Refuses a request whose `Idempotency-Key` another one had: the reply would be an answer to that. */
export async function refuseOther(c: Context<HonoEnv>, id: string, turn: Turn): Promise<void> {
  const known = await ask(c, id, (object, call) => object.reply(call, turn.reply_id ?? ''))
  if (!known.ok) return
  const { extra, end } = known.reply
  const kept = end?.kind === 'failed' || !end?.message ? extra : end.message.extra
  const [before, now] = [kept, turn.asked?.extra ?? null].map((one) => askingIn(one).keyed)
  if (before !== undefined && before !== now) throw taken()
}

/** Refuses items of which some came with the same `Idempotency-Key` before, and others did not. */
export async function refuseMore(
  c: Context<HonoEnv>,
  id: string,
  sent: NewMessage[],
): Promise<void> {
  const ends = [sent[0]?.id ?? '', sent.at(-1)?.id ?? '']
  const known = await Promise.all(
    ends.map((one) => ask(c, id, async (object, call) => (await object.message(call, one)).ok)),
  )
  if (known[0] !== known[1]) throw taken()
}

type Created =
  | { ok: true; isNew: boolean; conversation: { metadata: Record<string, string> } }
  | { ok: false; why: string }

/** Refuses a conversation that another request of the same key began. */
export function refuseOtherConversation(answer: Created, metadata: Record<string, string>): void {
  const isOther = answer.ok
    ? !answer.isNew && !isSame(answer.conversation.metadata, metadata)
    : answer.why === 'conversation-started'
  if (isOther) throw taken()
}

const isSame = (a: Record<string, string>, b: Record<string, string>): boolean =>
  Object.keys(a).length === Object.keys(b).length &&
  Object.entries(a).every(([key, value]) => b[key] === value)
