import { APIError } from 'openai/core/error'

import { log } from '../events.ts'
import { SettingError, list } from '../settings.ts'
import { isFiltered } from './failures.ts'
import { type Quirk, type Quirks, anyOf, helps, isSent, quirkNames } from './quirks.ts'
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

/** What endpoints have refused, by endpoint and model, as long as this isolate lives, and until when that is believed. */
const learned = new Map<string, Map<Quirk, number>>()
const MOST_LEARNED = 1_000
/** How long it is believed of what requests bring themselves: somebody's odd one must not speak for all others for good. */
const BELIEVED_MS = 10 * 60_000

/** Says that a field, or pictures, or files, are not taken at all. */
const OF_ALL = anyOf(
  /(unknown|unrecogni[sz]ed|unexpected|unsupported)([ _]\w+)?[ _](param|arg|field|key|name|variant|propert)/,
  /(extra|additional) (inputs|fields|propert)|\b(is|are|was|were) (unknown|unexpected|unsupported)|不支持/,
  /(not|n't|no)\s(\w+\s){0,2}?(support|allow|permit|accept|recogni|enabled|available|capab|multimodal)/,
  /only supported by|(valid|be a) string|only (accept|support|take)s? text|\brequires? --|\broles?\b/,
)
/** The number that somebody asked for is what is not taken. */
const OF_NUMBER =
  /too (large|big|high|small|low|many)|at (most|least)|maximum|minimum|exceed|(less|greater) than|<=|>=|between|range|in the completion|up to \d/i
/** So is what they sent, or that they sent it beside something else: others may send it otherwise. */
const OF_VALUE = anyOf(
  OF_NUMBER,
  /supported values|must be one of|only \W*\w+\W* (is|are) supported|invalid schema|(invalid|unsupported)[ _]value/,
  /input should be (?!a valid)|not found|only the default|must contain|tool.?choice\W+(auto|none|required|any|function)\b/,
  /effort\W{1,4}(none|minimal|low|medium|x?high|max)\b|structured|json[ _](schema|object|mode)/,
  /cannot (both )?be|combin|at the same time|together|\bw(ith|hen) (\w+ )?(tool|think|reason|function|stream|json)/,
  /\bformats?\b|\bmime\b|content-type|media.?type|(file|image|document) types?\b|extension|\bvalid\b(?! string)/,
  /unsupported[ _](image|file|document|content|media|data)|decod|corrupt|download/,
  /\b(this|the) (image|picture|file|document|pdf|url|tool_choice|schema)\b|being set to|in (\w+ )?(thinking|reasoning) mode/,
  /\burls?\b|base64|https?:|password|encrypted|scanned|animated|expired|\bmultiple\b|\baccess|\bpermission/,
)
/** What a request brings itself: one that is refused says little of the next. */
const OF_REQUEST: Quirks = new Set<Quirk>([
  'no-images',
  'no-files',
  'no-max-tokens',
  'no-tool-choice',
  'no-sampling',
  'no-effort',
  'no-format',
  'no-tools',
])
/** Servers that run models themselves answer 500 to what their templates don't know. */
const STATUSES = [400, 404, 413, 415, 422, 500, 501]
/** An endpoint that quotes the whole request seems to refuse all of it. */
const MOST_TRIES = 8
/** What an endpoint may refuse without saying so. */
const UNSAID = ['no-images', 'no-files', 'no-bare-calls'] as const
/** Statuses that are about the request as it is. */
const ABOUT_REQUEST = [400, 413, 415, 422]

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
  const applied = new Set<Quirk>([...known, ...believedOf(endpoint)])
  const lasting = new Set<Quirk>()
  let last: { quirk: Quirk; said: string } | null = null
  for (let tries = 1; ; tries += 1) {
    const body = bodyWith(applied)
    try {
      const answer = yield* ask(body)
      for (const quirk of lasting) learn(endpoint, quirk)
      return answer
    } catch (error) {
      const refused = refusedBy(error, body, applied)
      if (refused === null || tries >= MOST_TRIES) throw error
      // The same again: what was left out was not what it said.
      if (last?.said === refused.said) lasting.delete(last.quirk)
      last = refused
      applied.add(refused.quirk)
      if (refused.lasts) lasting.add(refused.quirk)
    }
  }
}

function believedOf(endpoint: string): Quirk[] {
  const now = Date.now()
  return [...(learned.get(endpoint) ?? [])].flatMap(([quirk, until]) => (until > now ? quirk : []))
}

function learn(endpoint: string, quirk: Quirk): void {
  const known = learned.get(endpoint) ?? new Map<Quirk, number>()
  if (learned.size >= MOST_LEARNED) learned.clear()
  const until = OF_REQUEST.has(quirk) ? Date.now() + BELIEVED_MS : Infinity
  learned.set(endpoint, known.set(quirk, until))
  log({ event: 'model-quirk', quirk })
}

/** What a refusal names of what was sent; null if nothing can be done without it. */
function refusedBy(
  error: unknown,
  body: object,
  applied: Quirks,
): { quirk: Quirk; lasts: boolean; said: string } | null {
  const refusal = refusalIn(error)
  if (refusal === null) return null
  const { status, said } = refusal
  const sent = JSON.stringify(body)
  const left = quirkNames.filter((name) => !applied.has(name))
  // The older name would not make a number smaller.
  const named = left.find(
    (name) => helps(name, sent, said) && !(name === 'max_tokens' && OF_NUMBER.test(said)),
  )
  if (named) {
    const isOfAll = OF_ALL.test(said) && !OF_VALUE.test(said)
    return { quirk: named, lasts: isOfAll || !OF_REQUEST.has(named), said }
  }
  // Some refuse a picture, or a call, without a word of it, or in words of another language.
  if (status !== null && !ABOUT_REQUEST.includes(status)) return null
  const guessed = UNSAID.find((name) => left.includes(name) && isSent(name, sent))
  return guessed ? { quirk: guessed, lasts: false, said } : null
}

/** What an endpoint says of why it refuses a request; null if that is not about the request. */
function refusalIn(error: unknown): { status: number | null; said: string } | null {
  // Less of it would be filtered as well.
  if (isFiltered(error)) return null
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
