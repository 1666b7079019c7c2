import { Store } from './store.ts'

export interface Notice {
  id: number
  text: string
  /** One that went wrong stays until it is closed. */
  isTrouble: boolean
}

export const notices = new Store<{ shown: Notice[] }>({ shown: [] })

const SHOWN_MS = 7_000
let last = 0

export function close(id: number): void {
  notices.set({ shown: notices.state.shown.filter((notice) => notice.id !== id) })
}

export function tell(text: string, isTrouble = false): void {
  last += 1
  const id = last
  const others = notices.state.shown.filter((notice) => notice.text !== text)
  notices.set({ shown: [...others, { id, text, isTrouble }].slice(-3) })
  if (!isTrouble) setTimeout(() => close(id), SHOWN_MS)
}
