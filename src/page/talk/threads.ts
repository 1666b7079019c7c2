import { Thread } from './thread.ts'

/** The conversations that are open; a reply goes on in one that is not on the screen. */
const open = new Map<string, Thread>()
const KEPT = 6

export function threadOf(id: string): Thread {
  const known = open.get(id) ?? new Thread(id)
  open.delete(id)
  open.set(id, known)
  for (const [other, thread] of open) {
    if (open.size <= KEPT) break
    if (thread.isBusy) continue
    thread.close()
    open.delete(other)
  }
  return known
}

/** A conversation that begins here. */
export function newThread(): Thread {
  const thread = new Thread(crypto.randomUUID(), true)
  open.set(thread.id, thread)
  return thread
}

export function closeThread(id: string | null): void {
  for (const [other, thread] of open) {
    if (id !== null && other !== id) continue
    thread.close()
    open.delete(other)
  }
}
