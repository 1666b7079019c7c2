import type { Message } from '../../contract/message.ts'
import { Problem } from '../frame/problem.ts'
import { idsOf } from './drafts.ts'
import { isSame } from './kept.ts'
import { uiMessageOf } from './to-ui.ts'
import type { ChatRequest, UIMessage, UIPart } from './ui-message.ts'

/** How many messages of a client's history are held against the log: the newest. */
const COMPARED = 200

/** One message of a client's, with the ids that it may have here. */
export interface Line {
  message: UIMessage
  own: string
  /** That of a person's message whose words were changed under its id. */
  edited: string
}

/** A client's copy of a conversation, as far as a request shows it. */
export interface Copy {
  lines: Line[]
  /** The message that the request is about: a person's newest one, or a model's turn that has results now. */
  about: Line
}

export async function copyOf({
  message,
  messages,
  messageId,
  trigger,
}: ChatRequest): Promise<Copy> {
  const all = message ? [message] : (messages ?? [])
  // Results may be for an earlier message than the last.
  const isContinued = (one: UIMessage) => one.id === messageId && one.role === 'assistant'
  const continued = trigger === 'submit-message' ? all.findLastIndex(isContinued) : -1
  const upTo = continued === -1 ? all.length : continued + 1
  const lines = await Promise.all(
    all.slice(Math.max(0, upTo - COMPARED), upTo).map(async (one): Promise<Line> => {
      const [own, edited] = await idsOf(one)
      return { message: one, own, edited }
    }),
  )
  const about = lines.at(-1)
  if (about === undefined) throw new Error('A request without messages')
  return { lines, about }
}

export const idsIn = ({ lines }: Copy): string[] => [
  ...new Set(lines.flatMap(({ own, edited }) => [own, edited])),
]

/** How it stands here; undefined if it is not here. */
export const rowOf = ({ own, edited }: Line, known: Message[]): Message | undefined =>
  known.find(({ id }) => id === edited) ?? known.find(({ id }) => id === own)

/** Whether a message says here what it says there. Of a model's turn a client may have less: what it saw of it. */
export function isAsKept({ message }: Line, row: Message): boolean {
  const { role, parts } = uiMessageOf([row])
  if (role !== message.role) return false
  if (role !== 'assistant') return isSame(parts, message.parts)
  const textsOf = (type: string) =>
    parts.flatMap((part) => (part.type === type ? [textIn(part)] : []))
  const texts = textsOf('text')
  const thoughts = row.origin === 'model' ? textsOf('reasoning') : []
  const firstCall = message.parts.findIndex((part) => 'toolCallId' in part)
  const seen = firstCall === -1 ? message.parts : message.parts.slice(0, firstCall)
  return seen.every((part) => {
    const said = textIn(part)
    return (
      part.type !== 'text' ||
      [...texts, ...thoughts].some((one) => one.includes(said)) ||
      areStreamed(said, thoughts, texts)
    )
  })
}

/** Whether these are thoughts and what was said then: where no mark begins them, both were streamed as one text. */
const areStreamed = (said: string, thoughts: string[], texts: string[]): boolean =>
  thoughts.some((thought) => said.trimStart().startsWith(thought)) &&
  texts.some((text) => said.trimEnd().endsWith(text.trimEnd()))

const textIn = ({ text }: UIPart): string => (typeof text === 'string' ? text : '')

/** The messages before the one that it is about, each with its row. Words that were changed are refused. */
export function knownBefore({ lines }: Copy, known: Message[]): (Message | undefined)[] {
  return lines.slice(0, -1).map((line) => {
    const row = rowOf(line, known)
    if (row === undefined || isAsKept(line, row)) return row
    throw changed(line)
  })
}

export const changed = ({ message }: Line): Problem =>
  new Problem('message-id-taken', {
    detail:
      `Nothing of this request was stored. What is kept is never changed: the message ${JSON.stringify(message.id)} has ` +
      'other words here. To edit a question, send it again as the last message; the rest stays as it was.',
  })
