import { type JsonObject, changedByKeeping, isObject } from '../../contract/json.ts'
import { CONTENT_BYTES, MESSAGE_BYTES } from '../../contract/limits.ts'
import { type Draft, type ToolCall, unsaid } from '../../contract/message.ts'
import type { Part } from '../../contract/part.ts'
import type { ProblemExtra, ProblemType } from '../../contract/problem.ts'
import { madeKeepable, utf8Bytes } from '../../contract/text.ts'
import { nameOf } from '../../events.ts'
import { type Ending, ModelError } from '../../model/model.ts'
import { thoughtApart } from '../../model/thoughts.ts'
import { TimedOut } from '../../within.ts'
import { SENT } from '../log/rows.ts'

/** Why a reply ended before the model said so. */
type Reason =
  | 'upstream-cut'
  | 'upstream-error'
  | 'upstream-timeout'
  | 'too-long'
  | 'restarted'
  | 'stopped'

/** Unless an overloaded provider says otherwise. */
const RETRY_AFTER_S = 10

type Failure = { kind: 'failed'; why: ProblemType; extra: ProblemExtra; reason: string }

export type Verdict =
  | { kind: 'completed'; draft: Draft }
  | { kind: 'interrupted'; draft: Draft; reason: Reason }
  /** Stopped before it said anything. */
  | { kind: 'interrupted'; draft: null; reason: Reason }
  | Failure

/** The reply is as long as a message may be. */
export class TooLong extends Error {
  override readonly name = 'TooLong'
}

/** The object that wrote the reply is gone; another one finds what it left. */
export class Restarted extends Error {
  override readonly name = 'Restarted'
}

/** Somebody wants no more of it. */
export class Stopped extends Error {
  override readonly name = 'Stopped'
}

interface Written {
  id: string
  text: string
  reasoning: string
  model: string | null
  extra?: JsonObject | undefined
  /** Pictures that it came with, and pages that it comes from, as far as this object knows. */
  beside?: Part[]
}

/**
 * What became of a reply. Complete only if the model said why it finished: a connection that is cut ends
 * without an error, and looks like an end unless one asks.
 */
export function verdictOf(written: Written, result: Ending | Error): Verdict {
  const ending = result instanceof Error ? null : result
  const draft = draftOf(written, ending)
  const isWhole = ending?.finishReason != null && ending.isCut !== true
  if (isWhole && fits(draft)) return { kind: 'completed', draft }
  const error = result instanceof Error ? result : null
  if (written.text !== '') {
    const reason = isWhole ? 'too-long' : reasonOf(error)
    return {
      kind: 'interrupted',
      draft: {
        ...draft,
        status: 'interrupted',
        toolCalls: null,
        extra: asked(written, { ended: reason }),
      },
      reason,
    }
  }
  if (error instanceof Stopped) return { kind: 'interrupted', draft: null, reason: 'stopped' }
  return failureOf(error)
}

const jsonBytes = (value: unknown): number => utf8Bytes(JSON.stringify(value))

/** Its text was kept within its bounds while it came; its parts make room for its calls. */
const fits = ({ toolCalls, extra }: Draft): boolean =>
  toolCalls === null || jsonBytes([toolCalls, extra]) + CONTENT_BYTES <= MESSAGE_BYTES

/** What the protocol that asked for it wants kept; one that keeps a `response` is told what only the end tells. */
function asked({ extra }: Written, told: JsonObject): JsonObject | null {
  if (extra === undefined) return null
  const entries = Object.entries(extra).map(([name, said]) => [
    name,
    isObject(said) && isObject(said['response']) ? { ...said, ...told } : said,
  ])
  return Object.fromEntries(entries) as JsonObject
}

function draftOf(written: Written, ending: Ending | null): Draft {
  const { id, model } = written
  const isTold = written.reasoning !== '' || ending?.finishReason == null
  const { text, reasoning } = isTold ? written : thoughtApart(written.text)
  const content = madeKeepable(text)
  const draft: Draft = {
    ...unsaid,
    id,
    role: 'assistant',
    origin: 'model',
    content,
    parts: partsOf(content, madeKeepable(reasoning), ending?.isRefusal === true, written.beside),
    extra: extraOf(written, ending),
    toolCalls: ending?.toolCalls?.map(keepableCall) ?? null,
    finishReason: ending?.finishReason ?? null,
    model: ending?.model ?? model,
    tokensUsed: ending?.tokensUsed ?? null,
  }
  const { parts, toolCalls, extra } = draft
  // Written as JSON, a text can take several times its bytes. What was said comes before what was thought.
  const isTooLarge = jsonBytes([parts, toolCalls, extra]) + CONTENT_BYTES > MESSAGE_BYTES
  return isTooLarge ? { ...draft, parts: null } : draft
}

function extraOf(written: Written, ending: Ending | null): JsonObject | null {
  const kept = asked(written, ending?.usage ? { usage: ending.usage } : {})
  return ending?.sent ? { ...kept, [SENT]: ending.sent } : kept
}

/** Null if there is nothing but text. */
function partsOf(
  text: string,
  reasoning: string,
  isRefusal: boolean,
  beside: Part[] = [],
): Part[] | null {
  if (reasoning === '' && !isRefusal && beside.length === 0) return null
  const parts: Part[] = []
  if (reasoning !== '') parts.push({ type: 'reasoning', text: reasoning })
  if (text !== '') parts.push({ type: isRefusal ? 'refusal' : 'text', text })
  parts.push(...beside)
  return parts.length > 0 ? parts : null
}

const keepableCall = ({ extra, ...call }: ToolCall): ToolCall => ({
  ...call,
  ...(extra && changedByKeeping(extra) === null && { extra }),
  id: madeKeepable(call.id),
  function: {
    name: madeKeepable(call.function.name),
    arguments: madeKeepable(call.function.arguments),
  },
})

function reasonOf(error: Error | null): Reason {
  if (error === null) return 'upstream-cut'
  if (error instanceof TooLong) return 'too-long'
  if (error instanceof Restarted) return 'restarted'
  if (error instanceof Stopped) return 'stopped'
  const isTimeout =
    error instanceof TimedOut || (error instanceof ModelError && error.kind === 'timeout')
  return isTimeout ? 'upstream-timeout' : 'upstream-error'
}

/** What may be logged of a failure. */
export const factsOf = (error: unknown) =>
  error instanceof ModelError
    ? { error: error.kind, failure: error.failure }
    : { error: nameOf(error), failure: null }

export function failureOf(error: Error | null): Failure {
  const reason = reasonOf(error)
  const detail =
    error instanceof ModelError
      ? error.detail
      : reason === 'upstream-timeout'
        ? "The model's endpoint did not answer in time."
        : "The model's answer ended before it said anything."
  if (error instanceof ModelError && error.kind === 'overloaded') {
    const extra = { detail, retry_after: error.retryAfter ?? RETRY_AFTER_S }
    return { kind: 'failed', why: 'model-overloaded', extra, reason }
  }
  const why = reason === 'upstream-timeout' ? 'model-timeout' : 'model-failed'
  return { kind: 'failed', why, extra: { detail }, reason }
}
