import type { Context } from 'hono'

import { type Draft, NewMessage, NewMessageId } from '../../contract/message.ts'
import type { HonoEnv } from '../caller/caller.ts'
import { Problem } from '../frame/problem.ts'
import { toDrafts } from '../routes/messages/roles.ts'
import { derivedId } from './chat-id.ts'
import { AI_SDK, type Kept } from './kept.ts'
import { toParts } from './parts.ts'
import type { UIMessage } from './ui-message.ts'

/** The ids that a UI message may have here: its own if it can be one, and, of a person's, that of the message as changed. */
export async function idsOf({
  id,
  role,
  parts,
}: UIMessage): Promise<[own: string, edited: string]> {
  const own = NewMessageId.safeParse(id).success ? id : await derivedId('message', id)
  return [own, role === 'user' ? await derivedId('edited', id, JSON.stringify(parts)) : own]
}

/** A person's message, or what a service says in another role, as it is to be kept, if the caller may write it. */
export function draftOf(
  c: Context<HonoEnv>,
  { id, role, parts, metadata }: UIMessage,
  as: string,
): Draft {
  const mapped = toParts(parts)
  const kept: Kept = {
    ...(as !== id && { id }),
    ...(metadata !== undefined && { metadata }),
    // A model's own parts are shown with the steps that they were told in; others as they came.
    ...(mapped.kept && { parts: mapped.kept }),
    ...(role === 'assistant' && { parts: mapped.kept ?? parts.map(() => null) }),
  }
  const [only, ...others] = mapped.parts
  const isText = only?.type === 'text' && others.length === 0
  return checked(c, {
    id: as,
    role,
    ...(isText
      ? { content: (only as { text: string }).text }
      : { parts: mapped.parts.length > 0 ? mapped.parts : null, content: null }),
    ...(Object.keys(kept).length > 0 && { extra: { [AI_SDK]: kept } }),
  })
}

/** Held to what every message is held to, whichever way it comes. */
export function checked(c: Context<HonoEnv>, message: object): Draft {
  const parsed = NewMessage.safeParse(message)
  if (!parsed.success) {
    // Its fields are not the request's.
    const errors = parsed.error.issues.map((issue) => ({
      pointer: '/messages',
      detail: issue.message,
    }))
    throw new Problem('invalid-request', { errors })
  }
  return toDrafts(c.env, c.get('caller'), [parsed.data])[0]!
}
