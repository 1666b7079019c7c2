import { APIError } from 'openai/core/error'

import { log } from '../events.ts'
import { SettingError, list } from '../settings.ts'

/** What an endpoint does not take, and what it is sent in its place. MODEL_COMPAT names them. */
const quirks = {
  /** The older name of the field that bounds the answer. */
  max_tokens: { body: ['max_completion_tokens'], says: /max_(\w+_)?tokens/i },
  /** No bound at all. */
  'no-max-tokens': { body: ['max_tokens'], says: /max_(\w+_)?tokens/i },
  'no-stream-options': { body: ['stream_options'], says: /stream_options|include_usage/i },
  /** No reasoning, and nothing else, of what it sent with its calls. */
  'no-reasoning': { body: ['reasoning_content', 'reasoning'], says: /reasoning/i },
  /** The system's words as the beginning of the first message. */
  'no-system': {
    body: ['"system"'],
    says: /(system|developer)\W+(role|instruction|message|prompt)|role\W[^.]{0,40}\b(system|developer)\b/i,
  },
  /** Ids of calls as Mistral wants them: nine letters or digits. */
  'short-ids': { body: ['tool_call_id'], says: /tool.?call.?id\b.*(\b9\b|length|character)/i },
  /** Pictures become their names. */
  'no-images': {
    body: ['image_url'],
    says: /image|vision|multi-?modal|unknown variant|(valid|be a) string/i,
  },
  /** No `temperature` and no `top_p`. */
  'no-sampling': { body: ['"temperature"', '"top_p"'], says: /temperature|top_p/i },
  'no-effort': { body: ['reasoning_effort'], says: /reasoning_?effort/i },
  /** No form that the answer must have. */
  'no-format': { body: ['response_format'], says: /response_?format|json_(schema|object)/i },
  'no-parallel': { body: ['parallel_tool_calls'], says: /parallel_?tool_?calls/i },
  /** Files become their names. */
  'no-files': { body: ['"file"'], says: /file|document|pdf|unknown variant|(valid|be a) string/i },
} as const

export type Quirk = keyof typeof quirks
export type Quirks = ReadonlySet<Quirk>

const names = Object.keys(quirks) as Quirk[]

/** What the deployment says of its endpoint. Throws `SettingError`. */
export function compatOf(env: object): Quirk[] {
  return list(env, 'MODEL_COMPAT').map((name) => {
    const known = names.find((one) => one === name)
    if (known) return known
    throw new SettingError(`MODEL_COMPAT does not know "${name}". It takes ${names.join(', ')}.`)
  })
}

/** What endpoints have refused, by endpoint and model, as long as this isolate lives. */
const learned = new Map<string, Set<Quirk>>()
const MOST_LEARNED = 1_000

/** A picture or a file may be refused for itself: only if such words fall can the model take none. */
const TAKES_NONE = /support|unknown variant|(valid|be a) string|not allowed|permitted|capab|accept/i
const STATUSES = [400, 404, 413, 415, 422]

/**
 * Asks an endpoint. What it says it does not take is left out of the next try, or sent in the older form, and of all that
 * follow.
 *
 * @param endpoint names endpoint and model
 * @param ask makes one try; throws `APIError`
 */
export async function asking<Body extends object, T>(
  endpoint: string,
  known: Quirk[],
  bodyWith: (applied: Quirks) => Body,
  ask: (body: Body) => Promise<T>,
): Promise<T> {
  const applied = new Set<Quirk>([...known, ...(learned.get(endpoint) ?? [])])
  const lasting = new Set<Quirk>()
  for (;;) {
    const body = bodyWith(applied)
    try {
      const answer = await ask(body)
      for (const quirk of lasting) learn(endpoint, quirk)
      return answer
    } catch (error) {
      const refused = refusedBy(error, body, applied)
      if (refused === null) throw error
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
  if (!(error instanceof APIError) || !STATUSES.includes(error.status as number)) return null
  const said = `${error.param ?? ''} ${error.message}`
  const sent = JSON.stringify(body)
  const quirk = names.find((name) => {
    const { body: fields, says } = quirks[name]
    return !applied.has(name) && says.test(said) && fields.some((field) => sent.includes(field))
  })
  if (quirk === undefined) return null
  const isAttached = quirk === 'no-images' || quirk === 'no-files'
  return { quirk, lasts: !isAttached || TAKES_NONE.test(said) }
}
