import type { components } from '../../client/client.ts'
import { explain, granted, hilo } from '../api/hilo.ts'
import { Store } from '../state/store.ts'

export type Hit = components['schemas']['SearchHit']

interface Search {
  q: string
  /** Null until an answer has come. */
  hits: Hit[] | null
  cursor: string | null
  trouble: string | null
}

export const search = new Store<Search>({ q: '', hits: null, cursor: null, trouble: null })

/** How long nothing more is typed before it is looked for, in ms. */
const PAUSE_MS = 180

let timer: ReturnType<typeof setTimeout> | undefined

/** The words as they stand; the last one may yet go on. */
const asTyped = (q: string): string => (/[\p{L}\p{N}]$/u.test(q) ? `${q}*` : q)

async function ask(q: string, cursor: string | null): Promise<void> {
  const query = { q: asTyped(q.trim()), limit: 30, ...(cursor !== null && { cursor }) }
  try {
    const { data, next_cursor: next } = await granted(
      hilo.api.GET('/api/search', { params: { query } }),
    )
    // What was typed since then is another question.
    if (search.state.q !== q) return
    const before = cursor === null ? [] : (search.state.hits ?? [])
    search.set({ hits: [...before, ...data], cursor: next, trouble: null })
  } catch (error) {
    if (search.state.q === q) search.set({ hits: [], cursor: null, trouble: explain(error) })
  }
}

export function look(q: string): void {
  clearTimeout(timer)
  search.set({ q, ...(q.trim() === '' && { hits: null, cursor: null, trouble: null }) })
  if (q.trim() !== '') timer = setTimeout(() => void ask(q, null), PAUSE_MS)
}

export function lookOn(): void {
  const { q, cursor } = search.state
  if (cursor === null) return
  search.set({ cursor: null })
  void ask(q, cursor)
}
