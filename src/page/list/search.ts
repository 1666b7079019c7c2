import type { components } from '../../client/client.ts'
import { explain, granted, hilo } from '../api/hilo.ts'
import { Store } from '../state/store.ts'
import { words } from '../words/words.ts'
import { asTyped, isQuery } from './typed.ts'

export type Hit = components['schemas']['SearchHit']

interface Search {
  q: string
  /** What was found for these words, never for earlier ones. Null until an answer has come. */
  hits: Hit[] | null
  cursor: string | null
  /** Whether more is on its way. */
  isAsking: boolean
  /** How many conversations were searched, and of how many. */
  indexed: components['schemas']['SearchAnswer']['indexed'] | null
  trouble: string | null
}

const nothing = { hits: null, cursor: null, isAsking: false, indexed: null, trouble: null }

export const search = new Store<Search>({ q: '', ...nothing })

/** How long nothing more is typed before it is looked for, in ms. */
const PAUSE_MS = 180
/** How long an answer may take. */
const DEADLINE_MS = 10_000

let timer: ReturnType<typeof setTimeout> | undefined
/** What was typed last. Answers to what was typed before are of no interest. */
let typing = new AbortController()

async function ask(cursor: string | null): Promise<void> {
  const { signal: left } = typing
  const late = AbortSignal.timeout(DEADLINE_MS)
  const query = {
    q: asTyped(search.state.q.trim()),
    limit: 30,
    ...(cursor !== null && { cursor }),
  }
  const before = cursor === null ? [] : (search.state.hits ?? [])
  search.set({ isAsking: true, trouble: null })
  try {
    const {
      data,
      next_cursor: next,
      indexed,
    } = await granted(
      hilo.api.GET('/api/search', { params: { query }, signal: AbortSignal.any([left, late]) }),
    )
    if (left.aborted) return
    search.set({ hits: [...before, ...data], cursor: next, isAsking: false, indexed })
  } catch (error) {
    if (left.aborted) return
    search.set({ isAsking: false, trouble: late.aborted ? words.searchLate : explain(error) })
  }
}

export function look(q: string): void {
  clearTimeout(timer)
  typing.abort()
  typing = new AbortController()
  if (q.trim() !== '' && !isQuery(q)) return search.set({ q, ...nothing, hits: [] })
  search.set({ q, ...nothing })
  if (q.trim() !== '') timer = setTimeout(() => void ask(null), PAUSE_MS)
}

export function lookOn(): void {
  const { cursor, isAsking } = search.state
  if (cursor !== null && !isAsking) void ask(cursor)
}
