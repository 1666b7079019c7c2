import type { Draft } from '../../contract/message.ts'
import { type Part, isKnownPart, reasoningOf } from '../../contract/part.ts'
import {
  ASSISTANT_UI,
  type RunEnd,
  type ThreadExtra,
  threadExtraOf,
} from '../../contract/thread.ts'

/** What a message says, and its results: in whichever way it is kept. */
export interface Said {
  message: Draft
  results: Pick<Draft, 'toolCallId' | 'content'>[]
}

/**
 * Whether the second says all that the first does, and perhaps more: no word, picture, call or result is lost by putting
 * it in its place.
 */
export function goesOn(before: Said, after: Said): boolean {
  const [a, b] = [before.message, after.message]
  return (
    a.role === b.role &&
    b.content.startsWith(a.content) &&
    reasoningOf(b.parts).startsWith(reasoningOf(a.parts)) &&
    others(a).every((part) => others(b).includes(part)) &&
    (a.toolCalls ?? []).every((call) =>
      b.toolCalls?.some(
        ({ id, function: { name, arguments: given } }) =>
          id === call.id &&
          name === call.function.name &&
          given.startsWith(call.function.arguments),
      ),
    ) &&
    before.results.every((result) =>
      after.results.some(
        ({ toolCallId, content }) => toolCallId === result.toolCallId && content === result.content,
      ),
    )
  )
}

const isText = (part: Part): boolean =>
  isKnownPart(part) && ['text', 'refusal', 'reasoning'].includes(part.type)

const others = ({ parts }: Draft): string[] =>
  (parts ?? []).filter((part) => !isText(part)).map((part) => JSON.stringify(part))

/** What a client sent of it, word for word. */
export const isSentTheSame = (a: Draft, b: Draft): boolean => sent(a) === sent(b)

const sent = (draft: Draft): string =>
  JSON.stringify([
    draft.role,
    draft.content,
    draft.parts,
    draft.toolCalls,
    threadExtraOf(draft)?.content ?? null,
  ])

/** A message with what it says now, and what was noted of it before. */
export function rewritten<T extends Draft>(standing: T, now: Draft): T {
  const { content, parts, toolCalls, status } = now
  const said = threadExtraOf(now)
  const thread = { ...said, ...threadExtraOf(standing) }
  return withThread(
    { ...standing, content, parts, toolCalls, status },
    {
      ...thread,
      content: said?.content,
      mark: said?.mark,
      is_whole: said?.is_whole,
      status: said?.status,
    },
  )
}

/** A message with these fields of `extra`, those that are undefined left out. */
export function withThread<T extends Draft>(
  message: T,
  fields: { [key in keyof ThreadExtra]: ThreadExtra[key] | undefined },
): T {
  const all = { ...threadExtraOf(message), ...fields }
  const kept = Object.fromEntries(Object.entries(all).filter(([, one]) => one !== undefined))
  return { ...message, extra: { ...message.extra, [ASSISTANT_UI]: kept } }
}

/** A message as it is once its run is over, or its client is not heard of any more. */
export function over<T extends Draft>(message: T, reason: RunEnd | 'silent'): T {
  const status = reason === 'done' ? message.status : 'interrupted'
  const run = reason === 'silent' ? 'running' : 'ended'
  return withThread(
    { ...message, status: message.role === 'assistant' ? status : 'complete' },
    { run },
  )
}
