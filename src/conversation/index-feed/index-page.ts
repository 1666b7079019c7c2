import type { Owner } from '../../contract/caller.ts'
import type { Answer } from '../../contract/problem.ts'
import { indexNameOf } from '../../search/owner.ts'
import type { Facts, Page, Said } from '../../search/page.ts'
import { type Names, textsOf } from '../../search/texts.ts'
import type { MessageRow } from '../../storage/tables.ts'
import { ownerOf } from '../../storage/usage.ts'
import type { Core } from '../duties/core.ts'
import type { History } from '../log/history.ts'
import type { Head } from '../log/rows.ts'
import type { IndexFeed } from './index-feed.ts'
import { namesIn } from './names.ts'

/** What an index has of the conversation. */
export interface Had {
  numbering: string | null
  seq: number
  version: number
}

/** Messages on one page: an index takes each of them apart, and does nothing else meanwhile. */
const PAGE_MESSAGES = 200

/**
 * What an index lacks: messages that were changed since it asked last, else those that came since. Null if the
 * conversation is not there, or not this owner's.
 */
export async function pageForIndex(
  feeding: Pick<Core, 'log' | 'settings'> & { indexFeed: IndexFeed },
  owner: Owner,
  had: Had,
): Promise<Answer<{ page: Page | null }>> {
  const { log, indexFeed } = feeding
  const head = log.head()
  if (head === null || indexNameOf(ownerOf(head)) !== indexNameOf(owner)) {
    return { ok: true, page: null }
  }
  const numbering = indexFeed.asked(owner, head.version)
  const isWhole = had.numbering !== numbering
  const fields = { numbering, isWhole, facts: factsOf(log, head) }
  const seq = isWhole ? 0 : had.seq
  const changed = isWhole ? null : log.changedSince(had.version, seq, PAGE_MESSAGES)
  if (changed !== null) {
    const version = changed.hasMore ? changed.upTo : head.version
    const hasMore = changed.hasMore || seq < head.lastSeq
    const messages = foundIn(changed.rows, await namesIn(feeding, changed.rows))
    return { ok: true, page: { ...fields, version, messages, upTo: seq, hasMore } }
  }
  const { version } = head
  const { rows, hasMore } = log.after(seq, PAGE_MESSAGES)
  const upTo = rows.at(-1)?.seq ?? seq
  const messages = foundIn(rows, await namesIn(feeding, rows))
  return { ok: true, page: { ...fields, version, messages, upTo, hasMore } }
}

function factsOf(log: History, head: Head): Facts {
  const { title, topic, isActive, quietSince, createdAt, updatedAt } = head
  const stretches = log.path(head.headSeq).stretches()
  const [first] = stretches
  const isWhole = first?.[0] === 1 && first[1] === head.lastSeq
  const path = isWhole ? null : JSON.stringify(stretches)
  return { title, topic, isActive, quietSince, createdAt, updatedAt, path }
}

const foundIn = (rows: MessageRow[], names: Names): Said[] =>
  rows.map((row) => ({
    seq: row.seq,
    at: row.createdAt,
    id: row.id,
    role: row.role,
    texts: textsOf(row, names),
  }))
