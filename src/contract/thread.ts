import type { Owner } from './caller.ts'
import { isObject, type JsonObject } from './json.ts'
import type { Draft, Message } from './message.ts'
import { type Lean, type OwnFields, lean, leaner } from './thread-content.ts'

/** The name under which `extra` has what an assistant-ui client sent of a message. */
export const ASSISTANT_UI = 'assistant-ui'

/** The same, as it is kept. */
export interface ThreadExtra {
  /** Such as `aui/v0` or `ai-sdk/v6`; none if only notes were made of a message of another protocol. */
  format?: string
  /** The content, without what the message's own fields have: see `thread-content.ts`. */
  content?: JsonObject
  /** The key of what stands for that, if it is not the usual one. */
  mark?: string
  /** Whether it has all of it all the same. Nothing is kept so any more. */
  is_whole?: true
  /** The client's own id, if the message could not take it for its own. */
  external_id?: string
  /** What the content says of it; left out if it is complete. */
  status?: Draft['status']
  /** Whether a client holds it to go on writing, or did. */
  run?: 'running' | 'ended'
  feedback?: { type: 'positive' | 'negative'; comment?: string }
  /** By name. */
  scores?: JsonObject
}

/** A message as a client wrote it: the message, and the results of its tool calls. */
export type ThreadWriting = [message: Draft, ...results: Draft[]]

export interface ThreadWrite {
  writing: ThreadWriting
  /** The message that it follows; null if it begins the conversation. */
  parentId: string | null
  /** Whether its client goes on writing it. */
  isRunning: boolean
}

/** Why a run ends. */
export type RunEnd = 'done' | 'cancelled' | 'error'

/** A message as a thread shows it. */
export interface ThreadMessage {
  message: Omit<Message, 'siblings'>
  /** The results of its tool calls, as far as they came. */
  results: { callId: string; content: string }[]
  /** Since when nothing was heard of its run, in ms; null if it has none. */
  quietMs: number | null
  updatedAt: number
}

export interface ThreadPage {
  /** Whose the thread is. The version before does not say it. */
  owner?: Owner
  /** The newest first. */
  messages: ThreadMessage[]
  /** The number below which older ones follow; null if none do. */
  next: number | null
}

/** What a client thinks of a message. */
export type ThreadNote =
  | { kind: 'feedback'; feedback: NonNullable<ThreadExtra['feedback']> }
  | { kind: 'score'; name: string; score: JsonObject }

export const threadExtraOf = ({ extra }: Pick<Draft, 'extra'>): ThreadExtra | null => {
  const own = extra?.[ASSISTANT_UI]
  return isObject(own) ? own : null
}

/** What of a message is kept of what was sent; null if nothing was. */
export const leanOf = (message: Pick<Draft, 'extra'>): Lean | null => {
  const { content, mark } = threadExtraOf(message) ?? {}
  return content === undefined ? null : { content, ...(mark !== undefined && { mark }) }
}

/**
 * What was noted of a message, once parts of it are files: what was sent has their bytes no more.
 *
 * @param places the strings that are files now, and in which part each
 */
export function extraWithFiles(
  draft: Draft,
  parts: Draft['parts'],
  places: Map<string, number>,
): Draft['extra'] {
  const kept = leanOf(draft)
  if (kept === null || draft.extra === null) return draft.extra
  const { is_whole: isWhole, ...own } = threadExtraOf(draft) ?? {}
  const { content, toolCalls: tool_calls } = draft
  const after: OwnFields = { content, parts, tool_calls }
  const now = isWhole
    ? lean(kept.content, after, places)
    : leaner(kept, { ...after, parts: draft.parts }, after, places)
  return { ...draft.extra, [ASSISTANT_UI]: { ...own, ...now } }
}

/** How often a client that writes should be heard, in ms. */
export const BEAT_MS = 10_000
