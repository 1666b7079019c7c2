import * as z from 'zod'

import { ConversationId } from '../../contract/conversation.ts'
import { MessageId } from '../../contract/message.ts'
import { Problem } from '../frame/problem.ts'

/** The id of a conversation as OpenAI writes one: `conv_` and the 32 hexadecimal digits of its UUID. */
export const conversationId = (id: string): string => `conv_${hexOf(id)}`

const hexOf = (uuid: string): string => uuid.replaceAll('-', '')

const uuidOf = (hex: string): string =>
  hex.toLowerCase().replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')

/** A conversation's UUID, whichever way it is written; null if it names none. */
export function uuidIn(id: string): string | null {
  const hex = /^conv_([0-9a-f]{32})$/i.exec(id)?.[1]
  const { data } = ConversationId.safeParse(hex ? uuidOf(hex) : id)
  return data ?? null
}

/** A path's `{id}`: to its UUID. What names no conversation is answered as one that is not there. */
export const ConversationParam = z
  .string()
  .transform((id, context) => {
    const uuid = uuidIn(id)
    if (uuid !== null) return uuid
    context.addIssue({ code: 'custom', message: 'No id of a conversation' })
    return z.NEVER
  })
  .meta({ type: 'string', description: '`conv_…`, or the UUID of a conversation of Hilo' })

/** Where a response is: its conversation, and the message that it is there, or will be. */
export interface Place {
  conversation: string
  reply: string
}

/** It names its place, so that no table of responses is needed. */
export const responseId = ({ conversation, reply }: Place): string =>
  `resp_${hexOf(conversation)}_${reply}`

/** Throws the problem of a response that is not there. */
export function placeIn(id: string): Place {
  const [, hex = '', reply] = /^resp_([0-9a-f]{32})_(.+)$/.exec(id) ?? []
  const conversation = uuidIn(`conv_${hex}`)
  if (conversation === null || !MessageId.safeParse(reply).success) throw notThere()
  return { conversation, reply: reply! }
}

/** What is said of a response that is not there, and of another's. */
export const notThere = () => new Problem('no-such-message')

/** What is said of a response of another's conversation is said of every one that is not there. */
export async function asResponse<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof Problem && error.type === 'no-such-conversation') throw notThere()
    throw error
  }
}

/**
 * The id of one of a message's items: `msg_0.MESSAGE`, `fc_2.MESSAGE`, … So those of a reply are known before it is written.
 *
 * @param place its place among the items of its kind
 */
export const itemId = (kind: string, place: number, message: string): string =>
  `${kind}_${place}.${message}`

/**
 * Whether an id is made of a message's, as those of a reply's items are. No message is named so: it would be taken for
 * an item of another one. What a message is named by itself has more digits: see `retries.ts`.
 */
export const isDerived = (id: string): boolean => /^[a-z]+_\d{1,4}\../.test(id)

/** The messages that may have an item of this id. */
export function messagesNamedBy(id: string): string[] {
  const [, message] = /^[a-z]+_\d+\.(.+)$/.exec(id) ?? []
  return [id, ...(message ? [message] : [])].filter((one) => MessageId.safeParse(one).success)
}
