import type { Caller } from '../contract/caller.ts'
import { type Refusal, refuse } from '../contract/problem.ts'
import type { Head } from './rows.ts'

type Access = { ok: true; head: Head } | Refusal

// One answer for what is not there and for what is somebody else's: nobody learns which.
const notThere = (): Refusal => refuse('no-such-conversation')

/** Whether a conversation is the caller's. Once a user owns it, its session no longer opens it. */
export function isOwner(head: Head, { owner }: Caller): boolean {
  if (owner === null) return false
  if (owner.kind === 'user') return head.userId === owner.id
  return head.userId === null && head.sessionId === owner.id
}

const mayReadAll = ({ service }: Caller): boolean => service?.scopes.includes('read-all') ?? false

export function toRead(head: Head | null, caller: Caller): Access {
  return head && (isOwner(head, caller) || mayReadAll(caller)) ? { ok: true, head } : notThere()
}

export function toWrite(head: Head | null, caller: Caller): Access {
  if (head && isOwner(head, caller)) return { ok: true, head }
  if (!head || !mayReadAll(caller)) return notThere()
  return refuse('not-permitted', {
    detail: 'The scope read-all shows it; only its owner changes it. Name them in Hilo-Acting-For.',
  })
}
