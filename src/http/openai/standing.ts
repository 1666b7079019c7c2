import type { Context } from 'hono'

import type { Message } from '../../contract/message.ts'
import type { HonoEnv } from '../caller/caller.ts'
import { ask } from '../frame/ask.ts'
import { Problem, granted, pointerTo } from '../frame/problem.ts'
import { isDerived, messagesNamedBy } from './ids.ts'
import { isSameItem } from './items-in.ts'
import { type Item, itemsOf } from './items-out.ts'

export interface Found {
  message: Message
  item: Item
}

/** An item, and the message that it is of. Throws the problem of one that is not there. */
export async function find(c: Context<HonoEnv>, conversation: string, id: string): Promise<Found> {
  for (const name of ['', ...messagesNamedBy(id)]) {
    // Asked first whether the conversation is the caller's: what is wrong with an id says nothing of that.
    const answer = await ask(c, conversation, (object, call) => object.message(call, name))
    if (!answer.ok && answer.why !== 'no-such-message') granted(answer)
    const { message } = answer.ok ? answer : { message: null }
    const item = message && itemsOf(message).find((one) => one.id === id)
    if (item) return { message, item }
  }
  throw new Problem('no-such-message')
}

/**
 * Those of a request's items that stand in its conversation already, by their places: a client sends a response's output
 * back with what follows it. Nothing is to be stored of them. One that says something else is refused.
 */
export async function standingAmong(
  c: Context<HonoEnv>,
  conversation: string,
  items: Record<string, unknown>[],
  where: 'items' | 'input',
): Promise<Map<number, Item>> {
  const standing = new Map<number, Item>()
  for (const [place, sent] of items.entries()) {
    if (typeof sent['id'] !== 'string' || !isDerived(sent['id'])) continue
    const found = await find(c, conversation, sent['id']).catch((error: unknown) => {
      if (error instanceof Problem && error.type === 'no-such-message') return null
      throw error
    })
    if (found === null) continue
    if (!isSameItem(sent, found.item)) {
      const detail = 'Another item of this conversation has this id'
      const errors = [{ pointer: pointerTo([where, place, 'id']), detail }]
      throw new Problem('message-id-taken', { detail: 'Nothing was stored.', errors })
    }
    standing.set(place, found.item)
  }
  return standing
}
