import type { Owner } from '../../contract/caller.ts'
import type { ConversationPatch } from '../../contract/conversation.ts'
import { METADATA_KEYS } from '../../contract/limits.ts'
import { type Refusal, refuse } from '../../contract/problem.ts'
import type { ConversationRow } from '../../storage/tables.ts'
import type { Head } from '../log/rows.ts'

/** What a conversation may be created with. */
export interface Beginnings {
  title: string | null
  topic: string | null
  language: string
  metadata: Record<string, string>
}

export function newRow(
  id: string,
  owner: Owner,
  beginnings: Beginnings,
  now: number,
): ConversationRow {
  return {
    id,
    userId: owner.kind === 'user' ? owner.id : null,
    sessionId: owner.kind === 'session' ? owner.id : null,
    ...beginnings,
    summary: null,
    isActive: true,
    isResolved: false,
    hold: false,
    createdAt: now,
    updatedAt: now,
    quietSince: now,
    archivedAt: null,
    lastSeq: 0,
    summarySeq: 0,
    tokensUsed: 0,
    extra: null,
    bytes: 0,
    headSeq: null,
    headId: null,
    version: 1,
  }
}

/** What a patch really changes; nothing if all is as it says already. */
export function patched(
  head: Head,
  patch: ConversationPatch,
  now: number,
  isOnPath: (seq: number) => boolean,
): { ok: true; fields: Partial<ConversationRow> } | Refusal {
  const wanted: Partial<ConversationRow> = {}
  if (patch.title !== undefined) wanted.title = patch.title
  if (patch.topic !== undefined) wanted.topic = patch.topic
  if (patch.language !== undefined) wanted.language = patch.language
  if (patch.is_resolved !== undefined) wanted.isResolved = patch.is_resolved
  if (patch.metadata !== undefined) wanted.metadata = merged(head.metadata, patch.metadata)
  if (Object.keys(wanted.metadata ?? {}).length > METADATA_KEYS) {
    const detail = `With this, metadata would have more than ${METADATA_KEYS} keys`
    return refuse('invalid-request', { errors: [{ pointer: '/metadata', detail }] })
  }
  const refusal = refuseSummary(head, patch, isOnPath)
  if (refusal) return refusal
  if (patch.summary !== undefined) wanted.summary = patch.summary
  if (patch.summary_seq !== undefined) wanted.summarySeq = patch.summary_seq
  if (patch.is_active !== undefined) wanted.isActive = patch.is_active
  const changed = Object.entries(wanted).filter(
    ([key, value]) => JSON.stringify(value) !== JSON.stringify(head[key as keyof Head]),
  )
  if (changed.length === 0) return { ok: true, fields: {} }
  const fields: Partial<ConversationRow> = Object.fromEntries(changed)
  // What a person changes counts as use; a summary is made of what is there.
  const isUse = changed.some(([key]) => key !== 'summary' && key !== 'summarySeq')
  if (isUse) fields.updatedAt = Math.max(now, head.updatedAt)
  if (fields.isActive === false) fields.archivedAt = now
  if (fields.isActive === true) Object.assign(fields, restored(now))
  return { ok: true, fields }
}

/** A summary never goes back, nor past the last message of its branch. */
function refuseSummary(
  head: Head,
  { summary_seq: seq }: ConversationPatch,
  isOnPath: (seq: number) => boolean,
): Refusal | null {
  if (seq === undefined) return null
  if (seq < head.summarySeq) return refuse('summary-behind', { summary_seq: head.summarySeq })
  if (isOnPath(seq)) return null
  const detail =
    seq > head.lastSeq
      ? `The last message is ${head.lastSeq}`
      : 'That message is on another branch than the one that the conversation is on'
  return refuse('invalid-request', { errors: [{ pointer: '/summary_seq', detail }] })
}

/** Back among the active; what archival counts from starts anew. */
export const restored = (now: number): Partial<ConversationRow> => ({
  isActive: true,
  archivedAt: null,
  quietSince: now,
})

function merged(
  standing: Record<string, string>,
  changes: Record<string, string | null>,
): Record<string, string> {
  const all = Object.entries({ ...standing, ...changes })
  return Object.fromEntries(all.flatMap(([key, value]) => (value === null ? [] : [[key, value]])))
}
