import type { Message } from '../../contract/message.ts'
import type { Chunk } from './chunks.ts'
import { uiMessageOf } from './to-ui.ts'
import type { UIPart } from './ui-message.ts'

/** What a turn has said and done already, as the chunks that make a client's copy of it anew. */
export function replayed(turn: Message[]): Chunk[] {
  const { parts, metadata } = uiMessageOf(turn)
  const steps = parts.flatMap((part, at) => chunksOf(part, `before-${at}`, at > 0))
  const known =
    metadata === undefined ? [] : [{ type: 'message-metadata', messageMetadata: metadata }]
  return [...known, ...steps, { type: 'finish-step' }]
}

function chunksOf(part: UIPart, id: string, isLater: boolean): Chunk[] {
  const { type } = part
  if (type === 'step-start') {
    return [...(isLater ? [{ type: 'finish-step' }] : []), { type: 'start-step' }]
  }
  if (type === 'text' || type === 'reasoning') {
    const { id: own = id, text = '' } = part
    return [
      { type: `${type}-start`, id: own },
      { type: `${type}-delta`, id: own, delta: text },
      { type: `${type}-end`, id: own },
    ]
  }
  if (type === 'dynamic-tool' || type.startsWith('tool-')) return toolChunksOf(part)
  return [part]
}

function toolChunksOf(part: UIPart): Chunk[] {
  const { type, toolCallId = '', toolName, input = null, state, approval } = part
  const { output = null, errorText = '' } = part
  const isDynamic = type === 'dynamic-tool'
  const dynamic = isDynamic ? { dynamic: true } : {}
  const name = isDynamic ? (toolName ?? '') : type.slice('tool-'.length)
  const called = { type: 'tool-input-available', toolCallId, toolName: name, input, ...dynamic }
  const { id: approvalId = '' } = (approval ?? {}) as { id?: string }
  const question = { type: 'tool-approval-request', toolCallId, approvalId }
  if (state === 'output-available') {
    return [called, { type: 'tool-output-available', toolCallId, output, ...dynamic }]
  }
  if (state === 'output-error') {
    return [called, { type: 'tool-output-error', toolCallId, errorText, ...dynamic }]
  }
  if (state === 'output-denied') {
    return [called, question, { type: 'tool-output-denied', toolCallId }]
  }
  return state === 'approval-requested' ? [called, question] : [called]
}
