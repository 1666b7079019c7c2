import type { Owner } from '../../contract/caller.ts'
import type { Answer } from '../../contract/problem.ts'
import { indexNameOf } from '../../search/owner.ts'
import type { Page } from '../../search/page.ts'
import { textsOf } from '../../search/texts.ts'
import type { MessageRow } from '../../storage/tables.ts'
import { ownerOf } from '../../storage/usage.ts'
import type { History } from '../log/history.ts'
import type { IndexFeed } from './index-feed.ts'

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
export function indexPage(
  { log, indexFeed }: { log: History; indexFeed: IndexFeed },
  owner: Owner,
  had: Had,
): Answer<{ page: Page | null }> {
  const head = log.head()
  if (head === null || indexNameOf(ownerOf(head)) !== indexNameOf(owner)) {
    return { ok: true, page: null }
  }
  const numbering = indexFeed.asked(owner, head.version)
  const isWhole = had.numbering !== numbering
  const { title, topic, isActive, quietSince, createdAt } = head
  const fields = { numbering, isWhole, title, topic, isActive, quietSince, createdAt }
  const seq = isWhole ? 0 : had.seq
  const changed = isWhole ? null : log.changedSince(had.version, seq, PAGE_MESSAGES)
  if (changed !== null) {
    const version = changed.hasMore ? changed.upTo : head.version
    const hasMore = changed.hasMore || seq < head.lastSeq
    const messages = changed.rows.map(found)
    return { ok: true, page: { ...fields, version, messages, upTo: seq, hasMore } }
  }
  const { version } = head
  const { rows, hasMore } = log.after(seq, PAGE_MESSAGES)
  const upTo = rows.at(-1)?.seq ?? seq
  return { ok: true, page: { ...fields, version, messages: rows.map(found), upTo, hasMore } }
}

const found = (row: MessageRow): Page['messages'][number] => ({
  seq: row.seq,
  at: row.createdAt,
  texts: textsOf(row),
})
