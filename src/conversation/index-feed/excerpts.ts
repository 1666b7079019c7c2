import type { Call } from '../../contract/caller.ts'
import type { Answer } from '../../contract/problem.ts'
import type { Hit } from '../../contract/search.ts'
import { type Excerpt, excerptOf } from '../../search/excerpt.ts'
import type { Term } from '../../search/query.ts'
import { type Column, type Names, type Texts, textsOf } from '../../search/texts.ts'
import { toConversation } from '../../storage/conversations.ts'
import { within } from '../../within.ts'
import type { Core } from '../duties/core.ts'
import { toWrite } from '../log/access.ts'
import type { History } from '../log/history.ts'
import { namesIn } from './names.ts'

/** How long a find waits for the names of files. */
const PATIENCE_MS = 2_000

/** What an index says that it found here. */
export interface Finds {
  /** Of messages; 0 for the title. */
  seqs: number[]
  terms: Term[]
  columns: Column[]
}

export interface Found {
  conversation: Hit['conversation']
  /** By number; what is not there any more, or no longer says it, is left out. */
  hits: ({ seq: number } & Pick<Hit, 'message' | 'found_in' | 'excerpt'>)[]
}

const placeOf: Record<Column, Hit['found_in']> = {
  title: 'title',
  user: 'content',
  assistant: 'content',
  results: 'content',
  system: 'content',
  reasoning: 'reasoning',
  calls: 'tool_calls',
}

/** Shows what an index found, in the log's own words: an index may be behind, so the log has the last word on all of it. */
export async function excerpts(
  showing: Pick<Core, 'log' | 'settings'>,
  call: Call,
  finds: Finds,
): Promise<Answer<{ found: Found }>> {
  const { log } = showing
  const access = toWrite(log.head(), call.caller)
  if (!access.ok) return access
  const rows = finds.seqs.flatMap((seq) => (seq === 0 ? [] : (log.messageAt(seq) ?? [])))
  const names = await within(PATIENCE_MS, namesIn(showing, rows)).catch(() => new Map())
  // Read again: anything may have happened to it meanwhile.
  return excerptsOf(log, call, finds, names)
}

function excerptsOf(
  log: History,
  { caller }: Call,
  { seqs, terms, columns }: Finds,
  names: Names,
): Answer<{ found: Found }> {
  const access = toWrite(log.head(), caller)
  if (!access.ok) return access
  const { id, title, topic, is_active, created_at, updated_at } = toConversation(access.head)
  const path = log.path(access.head.headSeq)
  const hits: Found['hits'] = []
  for (const seq of seqs) {
    const row = seq === 0 ? null : log.messageAt(seq)
    const texts: Texts = row ? textsOf(row, names) : seq === 0 && title !== null ? { title } : {}
    const said = firstOf(texts, columns, terms)
    if (said === null) continue
    const message = row && {
      id: row.id,
      seq,
      role: row.role,
      created_at: new Date(row.createdAt).toISOString(),
      is_on_path: path.has(seq),
    }
    hits.push({ seq, message, ...said })
  }
  const conversation = { id, title, topic, is_active, created_at, updated_at }
  return { ok: true, found: { conversation, hits } }
}

function firstOf(
  texts: Texts,
  columns: Column[],
  terms: Term[],
): { found_in: Hit['found_in']; excerpt: Excerpt } | null {
  for (const column of columns) {
    const excerpt = excerptOf(texts[column] ?? '', terms)
    if (excerpt) return { found_in: placeOf[column], excerpt }
  }
  return null
}
