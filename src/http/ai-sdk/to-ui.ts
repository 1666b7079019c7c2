import type { JsonObject, JsonValue } from '../../contract/json.ts'
import type { Message, ToolCall } from '../../contract/message.ts'
import { threadExtraOf } from '../../contract/thread.ts'
import { keptOf } from './kept.ts'
import { toUIParts } from './parts.ts'
import type { ShownMessage, UIPart } from './ui-message.ts'

/**
 * Messages as they follow one another, as the turns that the AI SDK has one message for: what a person said, or what a
 * model said with the results of its calls.
 */
export function turnsOf(messages: Message[]): Message[][] {
  const turns: Message[][] = []
  for (const message of messages) {
    const turn = turns.at(-1)
    if (turn && goesOn(message, turn)) turn.push(message)
    else turns.push([message])
  }
  return turns
}

function goesOn({ role }: Message, turn: Message[]): boolean {
  if (role === 'tool') return ['assistant', 'tool'].includes(turn[0]?.role ?? '')
  return role === 'assistant' && turn.at(-1)?.role === 'tool'
}

/** The id that a client knows a message by. */
export const uiIdOf = ({ id, extra }: Message): string => keptOf(extra).id ?? id

/** @param turn at least one message */
export function uiMessageOf(turn: Message[]): ShownMessage {
  const first = turn[0]!
  const role = first.role === 'tool' ? 'assistant' : first.role
  const metadata = metadataOf(turn)
  const parts = role === 'assistant' ? partsOfTurn(turn) : partsOfPerson(first)
  return {
    id: uiIdOf(first),
    role,
    ...(metadata !== undefined && { metadata }),
    // A message without parts is none for `validateUIMessages`.
    parts: parts.length > 0 ? parts : [{ type: 'text', text: '' }],
  }
}

/** What a message says and holds, whether or not it came with parts. */
function ownParts({ content, parts }: Message) {
  const hasText = (parts ?? []).some(({ type }) => type === 'text' || type === 'refusal')
  const said = content === '' || hasText ? [] : [{ type: 'text' as const, text: content }]
  return [...(parts ?? []), ...said]
}

const partsOfPerson = (message: Message): UIPart[] =>
  toUIParts(ownParts(message), keptOf(message.extra).parts)

const partsOfTurn = (turn: Message[]): UIPart[] => {
  const parts: UIPart[] = []
  let isThread = false
  for (const message of turn) {
    if (message.role === 'tool') settle(parts, message, isThread)
    else {
      parts.push(...partsOfModel(message))
      isThread = threadExtraOf(message)?.format !== undefined
    }
  }
  return parts
}

/** Clients keep the id that a thought is streamed with. */
const reasoningId = (at: number): string => `reasoning-${at + 1}`

/** Parts that are streamed say that they are done. */
export const STEP: UIPart = { type: 'step-start' }

function partsOfModel(message: Message): UIPart[] {
  const { tool_calls: calls, extra } = message
  const { parts: kept } = keptOf(extra)
  const said = toUIParts(ownParts(message), kept)
  if (kept !== undefined) return said
  const done = said.map((part, at) => {
    if (part.type === 'text') return { ...part, state: 'done' }
    return part.type === 'reasoning' ? { ...part, id: reasoningId(at), state: 'done' } : part
  })
  return [STEP, ...done, ...(calls ?? []).map((call) => callPart(message, call))]
}

/** A call that waits. The tools of other programs are none that a client knows by its type. */
function callPart({ id: messageId, origin, extra }: Message, call: ToolCall): UIPart {
  const { id, function: called } = call
  const name =
    origin === 'import'
      ? { type: 'dynamic-tool', toolName: called.name }
      : { type: `tool-${called.name}` }
  const input = jsonIn(called.arguments)
  const approvalId = approvalOf(messageId, call, keptOf(extra).askFirst ?? [])
  return approvalId === null
    ? { ...name, toolCallId: id, state: 'input-available', input }
    : { ...name, toolCallId: id, state: 'approval-requested', input, approval: { id: approvalId } }
}

/** The id of the question whether a tool may run; null if it needs none. */
export const approvalOf = (
  messageId: string,
  { id, function: { name } }: ToolCall,
  askFirst: string[],
): string | null => (askFirst.includes(name) ? `approve:${messageId}:${id}` : null)

/** What a tool is called with. A model may write what is no JSON. */
export function jsonIn(text: string): JsonValue {
  if (text.trim() === '') return {}
  try {
    return JSON.parse(text) as JsonValue
  } catch {
    return text
  }
}

/**
 * Puts the result of a call into its part; a result without a call makes one.
 *
 * @param isThread whether it came by assistant-ui, of which objects and lists are kept as JSON
 */
function settle(parts: UIPart[], message: Message, isThread: boolean): void {
  const callId = message.tool_call_id ?? ''
  const at = parts.findLastIndex((part) => part['toolCallId'] === callId)
  const call: UIPart = parts[at] ?? {
    type: 'dynamic-tool',
    toolName: 'unknown',
    toolCallId: callId,
    input: {},
  }
  const { approval: _, ...bare } = call
  const settled = { ...bare, ...resultOf(message, isThread) } as UIPart
  if (at === -1) parts.push(settled)
  else parts[at] = settled
}

/** The fields of a tool's part that say what it came to. */
function resultOf({ content, extra }: Message, isThread: boolean): JsonObject {
  const { state, isJson, approval } = keptOf(extra)
  const allowed = approval === undefined ? {} : { approval }
  if (state === 'output-error') return { state, errorText: content, ...allowed }
  if (state === 'output-denied') return { state, ...allowed }
  return {
    state: 'output-available',
    output: isJson || (isThread && /^\s*[[{]/.test(content)) ? jsonIn(content) : content,
    ...allowed,
  }
}

/** Who said it and what it took, as the AI SDK's own examples name these; a client's own metadata as it came. */
export function metadataOf(turn: Message[]): JsonValue | undefined {
  const first = turn[0]!
  const kept = keptOf(first.extra).metadata
  if (first.origin !== 'model') return kept
  const replies = turn.filter(({ role }) => role === 'assistant')
  const last = replies.at(-1)!
  const tokens = replies.reduce((sum, one) => sum + (one.tokens_used ?? 0), 0)
  return {
    createdAt: Date.parse(first.created_at),
    ...(last.model !== null && { model: last.model }),
    ...(tokens > 0 && { totalTokens: tokens }),
    ...(last.status === 'interrupted' && { status: last.status }),
  }
}
