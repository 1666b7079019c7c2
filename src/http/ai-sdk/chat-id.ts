import type { Owner } from '../../contract/caller.ts'
import { ConversationId } from '../../contract/conversation.ts'
import { Text } from '../../contract/text.ts'

/** A chat's name: a UUID is a conversation's own id, any other word the client's, and means that owner's chat alone. */
export const ChatId = Text.min(1)
  .max(256)
  .refine((id) => id !== '.' && id !== '..', 'Take another id: no address can hold . or ..')

const encoder = new TextEncoder()

/**
 * The id of the conversation that an owner calls by a name: a UUID of version 8 (RFC 9562), which nobody can create in
 * any other way. It is worked out and not looked up. No secret goes into it, since an id opens nothing: so chats are
 * found, whatever secrets are rotated.
 */
export async function namedBy(owner: Owner, name: string): Promise<string> {
  const named = encoder.encode(JSON.stringify(['hilo-chat', owner.kind, owner.id, name]))
  const bytes = new Uint8Array(await crypto.subtle.digest('SHA-256', named)).slice(0, 16)
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  return bytes.toHex().replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

/** The conversation's own id, if a chat is called by that. */
export const ownId = (name: string): string | null => ConversationId.safeParse(name).data ?? null

/** Whether a conversation of this id can only have been made from a name, or by an import. */
export const isMadeFromName = (id: string): boolean => id[14] === '8'

/** An id for a message that follows from what it is about, so that the same request again has the same. */
export async function derivedId(...about: string[]): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', encoder.encode(JSON.stringify(about)))
  return new Uint8Array(digest).slice(0, 16).toBase64({ alphabet: 'base64url', omitPadding: true })
}
