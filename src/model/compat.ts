import { APIError } from 'openai/core/error'

import { log } from '../events.ts'
import { SettingError, list } from '../settings.ts'
import { type Quirk, type Quirks, helps, quirkNames, quirks } from './quirks.ts'
import { Refused } from './refused.ts'

/** What the deployment says of its endpoint. Throws `SettingError`. */
export function compatOf(env: object): Quirk[] {
  return list(env, 'MODEL_COMPAT').map((name) => {
    const known = quirkNames.find((one) => one === name)
    if (known) return known
    throw new SettingError(
      `MODEL_COMPAT does not know "${name}". It takes ${quirkNames.join(', ')}.`,
    )
  })
}

/** What endpoints have refused, by endpoint and model, as long as this isolate lives. */
const learned = new Map<string, Set<Quirk>>()
const MOST_LEARNED = 1_000

/** A picture or a file may be refused for itself: only if such words fall can the model take none. */
const TAKES_NONE = /support|unknown variant|(valid|be a) string|not allowed|permitted|capab|accept/i
/** So may what somebody asked for with a field: then it is the value that is not taken. */
const OF_VALUE =
  /too (large|big|high|small|low|many)|at (most|least)|maximum|minimum|exceed|(less|greater) than|<=|>=|between|range|supported values|must be one of|invalid schema|in the completion/i
const VALUED: Quirks = new Set<Quirk>([
  'max_tokens',
  'no-max-tokens',
  'no-tool-choice',
  'no-sampling',
  'no-effort',
  'no-format',
])
/** Servers that run models themselves answer 500 to what their templates don't know. */
const STATUSES = [400, 404, 413, 415, 422, 500, 501]
/** An endpoint that quotes the whole request seems to refuse all of it. */
const MOST_TRIES = 8
/** Statuses that are about the request as it is. */
const OF_REQUEST = [400, 413, 415, 422]

/**
 * Asks an endpoint. What it says it does not take is left out of the next try, or sent in the older form, and of all that
 * follow.
 *
 * @param endpoint names endpoint and model
 * @param ask makes one try, and yields signs of life; throws `APIError` or `Refused`
 */
export async function* asking<Body extends object, Sign, T>(
  endpoint: string,
  known: Quirk[],
  bodyWith: (applied: Quirks) => Body,
  ask: (body: Body) => AsyncGenerator<Sign, T>,
): AsyncGenerator<Sign, T> {
  const applied = new Set<Quirk>([...known, ...(learned.get(endpoint) ?? [])])
  const lasting = new Set<Quirk>()
  for (let tries = 1; ; tries += 1) {
    const body = bodyWith(applied)
    try {
      const answer = yield* ask(body)
      for (const quirk of lasting) learn(endpoint, quirk)
      return answer
    } catch (error) {
      const refused = refusedBy(error, body, applied)
      if (refused === null || tries >= MOST_TRIES) throw error
      applied.add(refused.quirk)
      if (refused.lasts) lasting.add(refused.quirk)
    }
  }
}

function learn(endpoint: string, quirk: Quirk): void {
  const known = learned.get(endpoint) ?? new Set()
  if (learned.size >= MOST_LEARNED) learned.clear()
  learned.set(endpoint, known.add(quirk))
  log({ event: 'model-quirk', quirk })
}

/** What a refusal names of what was sent; null if nothing can be done without it. */
function refusedBy(
  error: unknown,
  body: object,
  applied: Quirks,
): { quirk: Quirk; lasts: boolean } | null {
  const refusal = refusalIn(error)
  if (refusal === null) return null
  const { status, said } = refusal
  const sent = JSON.stringify(body)
  const isOfValue = OF_VALUE.test(said)
  const left = quirkNames.filter((name) => !applied.has(name))
  // The older name would not make a number smaller.
  const named = left.find(
    (name) => helps(name, sent, said) && !(isOfValue && name === 'max_tokens'),
  )
  if (named) {
    const isAttached = named === 'no-images' || named === 'no-files'
    const lasts = isAttached ? TAKES_NONE.test(said) : !(isOfValue && VALUED.has(named))
    return { quirk: named, lasts }
  }
  // Some refuse a picture without a word of it, or in words of another language.
  if (status !== null && !OF_REQUEST.includes(status)) return null
  const attached = (['no-images', 'no-files'] as const).find(
    (name) => left.includes(name) && quirks[name].body.some((one) => sent.includes(one)),
  )
  return attached ? { quirk: attached, lasts: false } : null
}

/** What an endpoint says of why it refuses a request; null if that is not about the request. */
function refusalIn(error: unknown): { status: number | null; said: string } | null {
  if (error instanceof Refused) {
    const { kind, failure } = error.failure
    const isOther = failure.status !== null && !STATUSES.includes(failure.status)
    return kind === 'overloaded' || isOther ? null : { status: failure.status, said: error.said }
  }
  if (!(error instanceof APIError)) return null
  const { status, message: said } = error
  // However long one waits, what is too large for a minute does not pass.
  const isTooLarge = status === 429 && /request too large/i.test(said)
  return isTooLarge || STATUSES.includes(status as number)
    ? { status: status as number, said }
    : null
}
