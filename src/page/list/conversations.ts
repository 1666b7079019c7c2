import { type Conversation, explain, granted, hilo } from '../api/hilo.ts'
import { identity } from '../api/identity.ts'
import { Store } from '../state/store.ts'
import { isPinned, notePins, pinsBeside } from './pins.ts'

export type Shelf = 'active' | 'archived'

interface List {
  shelf: Shelf
  /** The most recently used first. */
  items: Conversation[]
  cursor: string | null
  hasMore: boolean
  isLoading: boolean
  trouble: string | null
}

const nothing = { items: [], cursor: null, hasMore: true, isLoading: false, trouble: null }

export const list = new Store<List>({ shelf: 'active', ...nothing })

/** What a tab tells those others of this browser in which the same person is. */
type News = { changed: Conversation } | { gone: string | null }

const others = new BroadcastChannel(
  `hilo ${identity.kind === 'visitor' ? '' : identity.token.slice(-16)}`,
)
others.addEventListener('message', ({ data }: MessageEvent<News>) => {
  if ('changed' in data) take(data.changed)
  else leave(data.gone)
})

const PAGE = 100

const page = (shelf: Shelf, cursor: string | null) =>
  granted(
    hilo.api.GET('/api/conversations', {
      params: {
        query: {
          limit: PAGE,
          ...(identity.kind === 'service' ? { scope: 'all' as const } : { status: shelf }),
          ...(cursor !== null && { cursor }),
        },
      },
    }),
  )

const byUse = (a: Conversation, b: Conversation): number =>
  Date.parse(b.updated_at) - Date.parse(a.updated_at)

function merged(items: Conversation[], news: Conversation[]): Conversation[] {
  const ids = new Set(news.map(({ id }) => id))
  return [...news, ...items.filter(({ id }) => !ids.has(id))].toSorted(byUse)
}

/** Loads the next page of the list that is shown. */
export async function more(): Promise<void> {
  const { shelf, cursor, hasMore, isLoading } = list.state
  if (isLoading || !hasMore) return
  list.set({ isLoading: true, trouble: null })
  try {
    const { data, next_cursor: next } = await page(shelf, cursor)
    // Another list may be shown by now.
    if (list.state.shelf !== shelf) return
    list.set({ items: merged(list.state.items, data), cursor: next, hasMore: next !== null })
    notePins(data)
    if (cursor === null && identity.kind !== 'service') await addPins()
  } catch (error) {
    list.set({ trouble: explain(error), hasMore: false })
  } finally {
    list.set({ isLoading: false })
  }
}

async function addPins(): Promise<void> {
  const pinned = await pinsBeside(list.state.items)
  notePins(pinned)
  const some = pinned.filter((one) => isPinned(one) && belongs(one))
  if (some.length > 0) list.set({ items: merged(list.state.items, some) })
}

export function show(shelf: Shelf): void {
  list.set({ ...nothing, shelf })
  void more()
}

/** Asks for the newest again: what another tab or device has done shows here too. */
export async function refresh(): Promise<void> {
  const { shelf, isLoading } = list.state
  if (isLoading) return
  try {
    const { data, next_cursor: next } = await page(shelf, null)
    if (list.state.shelf !== shelf) return
    // What is newer than the last of this page, and not on it, is not in this list any more.
    const last = data.at(-1)
    const isOlder = ({ updated_at: at }: Conversation) =>
      last !== undefined && next !== null && at < last.updated_at
    const { cursor, hasMore } = list.state
    const kept = list.state.items.filter(isOlder)
    list.set({
      items: merged(kept, data),
      trouble: null,
      ...(kept.length === 0 && { cursor: next, hasMore: next !== null }),
      ...(kept.length > 0 && { cursor, hasMore }),
    })
  } catch {
    // The next time, then; what is shown is still there.
  }
}

const belongs = ({ is_active: isActive }: Conversation): boolean =>
  (list.state.shelf === 'active') === isActive

const tellOthers = (news: News): void => others.postMessage(news)

/** A conversation has changed, here or elsewhere. */
export function put(conversation: Conversation): void {
  if (take(conversation)) tellOthers({ changed: conversation })
}

/** @returns whether that is news */
function take(conversation: Conversation): boolean {
  const known = list.state.items.find(({ id }) => id === conversation.id)
  if (known && JSON.stringify(known) === JSON.stringify(conversation)) return false
  notePins([conversation])
  const rest = list.state.items.filter(({ id }) => id !== conversation.id)
  list.set({ items: belongs(conversation) ? [conversation, ...rest].toSorted(byUse) : rest })
  return true
}

/** One is gone for good; null stands for all. */
export function drop(gone: string | null): void {
  leave(gone)
  tellOthers({ gone })
}

function leave(gone: string | null): void {
  list.set({ items: gone === null ? [] : list.state.items.filter(({ id }) => id !== gone) })
}

/** The list is read from the record, which follows what was just said by a moment. */
export function refreshSoon(): void {
  for (const wait of [0, 1_000, 4_000]) setTimeout(() => void refresh(), wait)
}

// Another device has no other way to say so. A hidden page asks nothing.
const REFRESH_MS = 30_000
const refreshIfSeen = () => {
  if (document.visibilityState === 'visible') void refresh()
}
addEventListener('visibilitychange', refreshIfSeen)
addEventListener('online', refreshIfSeen)
setInterval(refreshIfSeen, REFRESH_MS)
