import { Store } from './store.ts'

/** What is open: a conversation, and perhaps one message of it. Said by the address, `/#/ID/MESSAGE`. */
export interface Place {
  id: string | null
  messageId: string | null
}

function read(): Place {
  const [, id = '', messageId = ''] =
    /^#\/([0-9a-f-]{36})(?:\/([\w.:-]+))?$/.exec(location.hash) ?? []
  return { id: id || null, messageId: messageId || null }
}

export const place = new Store<Place>(read())

addEventListener('hashchange', () => place.set(read()))

export const addressOf = (id: string, messageId?: string): string =>
  `#/${id}${messageId === undefined ? '' : `/${messageId}`}`

/** Opens a conversation; null begins a new one. */
export function go(id: string | null): void {
  if (id === null) {
    history.pushState(null, '', location.pathname)
    place.set(read())
  } else location.hash = addressOf(id)
}

/** Says where we are without a step to go back to: a new conversation has its id once it is spoken in. */
export function stay(id: string): void {
  history.replaceState(null, '', addressOf(id))
  place.set(read())
}
