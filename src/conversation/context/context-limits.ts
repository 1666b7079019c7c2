import type { Call } from '../../contract/caller.ts'
import { type Answer, type Refusal, refuse, refuseSetting } from '../../contract/problem.ts'
import type { Asked } from '../../contract/reply.ts'
import type { ReplyRequest } from '../../model/model.ts'
import { text, wholeNumber } from '../../settings.ts'
import { toRead } from '../log/access.ts'
import type { History } from '../log/history.ts'
import { type ContextLimits, type ContextWindow, contextWindow, leastRoom } from './context.ts'
import { textTokens } from './tokens.ts'

/** How many of the newest messages a model is sent, if nobody says otherwise. */
const CONTEXT_MESSAGES = 20
const CONTEXT_TOKENS = 8_000

/** What `continue` holds itself to. */
export const contextLimits = (env: Env): ContextLimits => ({
  maxMessages: CONTEXT_MESSAGES,
  maxTokens: wholeNumber(env, 'CONTEXT_TOKENS', CONTEXT_TOKENS),
  systemPrompt: text(env, 'SYSTEM_PROMPT'),
  otherTokens: 0,
  isOpenEnd: false,
})

/** The limits with what a request says in front of a conversation: the deployment's own prompt comes first. */
export const withInstructions = (limits: ContextLimits, asked: Asked = {}): ContextLimits =>
  asked.instructions === undefined
    ? limits
    : {
        ...limits,
        systemPrompt: [limits.systemPrompt, asked.instructions].filter(Boolean).join('\n\n'),
      }

/** The limits of a request with tools, or its refusal if they leave too little for what was said. */
export function withTools(
  limits: ContextLimits,
  { tools, tool_choice: choice }: Pick<ReplyRequest, 'tools' | 'tool_choice'>,
): ContextLimits | Refusal {
  if (tools === undefined && choice === undefined) return limits
  const { maxTokens, systemPrompt = '' } = limits
  const room = maxTokens - leastRoom(maxTokens) - textTokens(systemPrompt, maxTokens)
  const otherTokens = textTokens(JSON.stringify({ tools, choice }), maxTokens)
  if (otherTokens <= room) return { ...limits, otherTokens }
  return refuse('invalid-request', {
    detail: 'Nothing of this request was stored. Send fewer or shorter tools.',
    errors: [
      {
        pointer: tools === undefined ? '/tool_choice' : '/tools',
        detail: `More than ${Math.max(0, room)} tokens, which is what this deployment has room for`,
      },
    ],
  })
}

/** Null if the deployment's own measure is wanted. */
export interface ContextRequest {
  maxMessages: number | null
  maxTokens: number | null
}

/** What a caller who asks is shown. They may be about to answer a call, so it is in though it has no result yet. */
export function contextFor(
  env: Env,
  log: History,
  { caller }: Call,
  wanted: ContextRequest,
): Answer<{ window: ContextWindow }> {
  const access = toRead(log.head(), caller)
  if (!access.ok) return access
  try {
    const limits = contextLimits(env)
    const maxMessages = wanted.maxMessages ?? limits.maxMessages
    const maxTokens = wanted.maxTokens ?? limits.maxTokens
    const shown = { ...limits, maxMessages, maxTokens, isOpenEnd: true }
    return { ok: true, window: contextWindow(log, access.head, shown) }
  } catch (error) {
    return refuseSetting(error)
  }
}
