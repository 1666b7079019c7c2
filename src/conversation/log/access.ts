import type { Caller, Scope } from '../../contract/caller.ts'
import { type Refusal, refuse } from '../../contract/problem.ts'
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

const has = ({ service }: Caller, scope: Scope): boolean => service?.scopes.includes(scope) ?? false

export function toRead(head: Head | null, caller: Caller): Access {
  return head && (isOwner(head, caller) || has(caller, 'read-all'))
    ? { ok: true, head }
    : notThere()
}

export function toWrite(head: Head | null, caller: Caller): Access {
  if (head && isOwner(head, caller)) return { ok: true, head }
  if (!head || !has(caller, 'read-all')) return notThere()
  return refuse('not-permitted', {
    detail: 'The scope read-all shows it; only its owner changes it. Name them in Hilo-Acting-For.',
  })
}

/** A hold is not the owner's to set or to lift; who acts for an owner holds what is that owner's. */
export const toHold = (head: Head | null, caller: Caller): Access =>
  head && has(caller, 'hold') && (caller.owner === null || isOwner(head, caller))
    ? { ok: true, head: shownToHold(head, caller) }
    : notThere()

// To hold is not to read.
const shownToHold = (head: Head, caller: Caller): Head =>
  toRead(head, caller).ok
    ? head
    : { ...head, title: null, summary: null, topic: null, metadata: {} }

/**
 * Its owner; of services, those that were given just that, and as whom they act if they do. They get the receipt of
 * what is being erased already, too; to everybody else that is not there.
 */
export function toErase(head: Head | null, erasing: Head | null, caller: Caller): Access {
  if (caller.service && !has(caller, 'erase')) {
    const access = toWrite(head, caller)
    if (!access.ok) return access
    return refuse('not-permitted', { detail: 'A service erases with the scope erase.' })
  }
  const isAnybodys = caller.owner === null
  const found = erasing ?? head
  return found && (isAnybodys || isOwner(found, caller)) ? { ok: true, head: found } : notThere()
}
