import type { Context } from 'hono'

import { isObject } from '../../contract/json.ts'
import type { Draft, Message } from '../../contract/message.ts'
import type { HonoEnv } from '../caller/caller.ts'
import { Problem } from '../frame/problem.ts'
import { derivedId } from './chat-id.ts'
import { checked } from './drafts.ts'
import { AI_SDK, type Kept } from './kept.ts'
import type { UIMessage, UIPart } from './ui-message.ts'

interface Result extends Pick<Kept, 'state' | 'isJson' | 'approval'> {
  content: string
}

/** What a part says that a call came to; null if it waits still. */
function resultIn(part: UIPart): Result | null {
  const { state, output, errorText, approval, preliminary } = part as Record<string, unknown>
  const allowed = isObject(approval) ? { approval } : {}
  if (state === 'output-available' && preliminary !== true) {
    if (typeof output === 'string') return { content: output, ...allowed }
    return { content: JSON.stringify(output ?? null), isJson: true, ...allowed }
  }
  if (state === 'output-error') {
    return { content: typeof errorText === 'string' ? errorText : '', state, ...allowed }
  }
  const isDenied = isObject(approval) && approval['approved'] === false
  if (!isDenied || (state !== 'approval-responded' && state !== 'output-denied')) return null
  const reason = typeof approval['reason'] === 'string' ? ` ${approval['reason']}` : ''
  return { content: `The user denied this tool call.${reason}`, state: 'output-denied', ...allowed }
}

/** Whether a part is a call that has no result yet. */
export const isWaiting = (part: UIPart): boolean => 'toolCallId' in part && resultIn(part) === null

/** Calls of a turn that wait, and the results that a client brings for them. */
export interface Brought {
  drafts: Draft[]
  /** The calls that a person did not allow. */
  denied: string[]
  /** Of those that wait still, what is to be done, in words. */
  waiting: string[]
}

/**
 * The results of a message's calls as a client has them in its copy of the turn, each a message of its own. What is kept
 * already has to be the same.
 */
export async function resultsOf(
  c: Context<HonoEnv>,
  copy: UIMessage,
  { id: callerId, tool_calls: calls }: Message,
  standing: Message[],
): Promise<Brought> {
  const drafts: Draft[] = []
  const denied: string[] = []
  const waiting: string[] = []
  for (const { id, function: called } of calls ?? []) {
    const part = copy.parts.findLast((one) => one['toolCallId'] === id)
    const result = part ? resultIn(part) : null
    const there = standing.find((one) => one.tool_call_id === id)
    if (result === null) {
      if (there === undefined) waiting.push(wordsFor(called.name, part))
      continue
    }
    if (result.state === 'output-denied') denied.push(id)
    const { content, ...kept } = result
    if (there && there.content !== content) throw otherResult(called.name)
    if (there) continue
    drafts.push(
      checked(c, {
        id: await derivedId('result', callerId, id),
        role: 'tool',
        tool_call_id: id,
        content,
        ...(Object.keys(kept).length > 0 && { extra: { [AI_SDK]: kept } }),
      }),
    )
  }
  return { drafts, denied, waiting }
}

function wordsFor(name: string, part: UIPart | undefined): string {
  const isAllowed = part?.['state'] === 'approval-responded'
  const what = isAllowed ? 'was allowed, and has not run yet' : 'has no result yet'
  return `The tool ${name} ${what}. Hilo runs no tools: run it, and send its output with addToolOutput.`
}

const otherResult = (name: string) =>
  new Problem('message-id-taken', {
    detail: `The tool ${name} has another result here already. Nothing of this request was stored.`,
  })
