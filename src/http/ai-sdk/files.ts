import type { Context } from 'hono'

import type { HonoEnv } from '../caller/caller.ts'
import { fileIdOf } from '../files/take.ts'
import { FILE } from './parts.ts'
import type { ChatRequest, UIMessage, UIPart } from './ui-message.ts'

/**
 * A request whose files are named, whether it has their bytes or an address that they were read at: so a client's copy can
 * be held against what is kept. Bytes that came before are not stored again.
 */
export async function withFiles(c: Context<HonoEnv>, request: ChatRequest): Promise<ChatRequest> {
  const { message, messages } = request
  return {
    ...request,
    ...(message && { message: await named(c, message) }),
    ...(messages && { messages: await Promise.all(messages.map((one) => named(c, one))) }),
  }
}

async function named(c: Context<HonoEnv>, message: UIMessage): Promise<UIMessage> {
  if (!message.parts.some(isFile)) return message
  return { ...message, parts: await Promise.all(message.parts.map((part) => inPlace(c, part))) }
}

const isFile = (part: UIPart): boolean => part.type === 'file' && typeof part['url'] === 'string'

async function inPlace(c: Context<HonoEnv>, part: UIPart): Promise<UIPart> {
  const { owner } = c.get('caller')
  if (owner === null || !isFile(part)) return part
  const { url, filename } = part as UIPart & { url: string; filename?: unknown }
  const id = await fileIdOf(c, owner, url, typeof filename === 'string' ? filename : null)
  return id === null ? part : { ...part, url: `${FILE}${id}` }
}
