import type { Caller } from './caller.ts'
import type { Conversation } from './conversation.ts'
import type { Message } from './message.ts'
import type { ProblemBody } from './problem.ts'

/** What a conversation's WebSocket sends, one JSON text a frame. */
export type LiveFrame =
  /** All that was missed is there; from here on it is as it happens. */
  | { event: 'ready'; seq: number; conversation: Conversation }
  | { event: 'message'; seq: number; message: Message }
  /** Words of a message were deleted: this is what is left of it. */
  | { event: 'message-deleted'; seq: number; message: Message }
  /** `seq` is that of the message it answers. */
  | { event: 'reply-started'; seq: number; reply_id: string }
  /** `offset` is where the text belongs, in UTF-16 units. */
  | { event: 'delta'; reply_id: string; offset: number; content: string }
  /** What the model thinks before it speaks, in the same way. */
  | { event: 'reasoning'; reply_id: string; offset: number; content: string }
  /** Its message, if there is one, was sent right before. */
  | {
      event: 'reply-ended'
      reply_id: string
      outcome: 'completed' | 'interrupted' | 'failed'
      seq: number | null
      reason: string | null
      problem: ProblemBody | null
    }
  /** Title, summary, archived, linked: any field has changed. */
  | { event: 'conversation'; conversation: Conversation }
  /** To be sent back as it is: so it is known that what came before was read. */
  | { event: 'check'; n: number }
  /** The last frame there is. */
  | { event: 'erased' }

/** The subprotocol, and how a ticket travels beside it. */
export const LIVE_PROTOCOL = 'hilo.live'
export const TICKET_PREFIX = 'ticket.'

/** What a ticket is for: one WebSocket, or the streams of an `EventSource`. */
export type TicketUse = 'live' | 'stream'

/** The header of a request to an object that holds a `Connect`, as JSON in percent-encoding. */
export const CONNECT_HEADER = 'hilo-connect'

/** What the Worker asks the object for a socket with. */
export interface Connect {
  caller: Caller
  /** The ticket that it was got with, which opens one socket; null for a token. */
  ticket: { id: string; expiresAt: number } | null
  /** The last message that the client has. */
  after: number | null
  isUpgrade: boolean
  /** The address under which the deployment was called; a Worker of the version before does not say. */
  origin?: string
}

/** Why a socket was closed. */
export const closings = {
  erased: [1000, 'The conversation is erased'],
  flood: [1008, 'Send nothing but ping and the checks you are sent'],
  'too-big': [1009, 'A frame may have 4096 bytes'],
  expired: [4401, 'The token has expired'],
  'not-yours': [4404, 'No such conversation'],
  unread: [4408, 'Too much was sent that was not read. Connect again with ?after=SEQ'],
} as const satisfies Record<string, readonly [code: number, reason: string]>

export type Closing = keyof typeof closings
