import type { Caller, Owner } from '../../contract/caller.ts'
import type { ImportOutcome, ImportedConversation, ImportedMessage } from '../../contract/import.ts'
import { EXTRA_CHARS } from '../../contract/limits.ts'
import { type Answer, refuse } from '../../contract/problem.ts'
import { FALLBACK_LANGUAGE } from '../../settings.ts'
import { payloadOf } from '../../storage/messages.ts'
import type { ConversationRow, MessageRow } from '../../storage/tables.ts'
import { newRow } from '../head/fields.ts'
import { toWrite } from '../log/access.ts'
import type { History } from '../log/history.ts'
import { openAfter } from '../log/open-calls.ts'
import type { Head } from '../log/rows.ts'
import { busy, unsettled } from './admission.ts'
import { mergedExtra } from './extra-merge.ts'
import type { Appender } from './keep.ts'
import { admitSize } from './quota.ts'

/**
 * Keeps a conversation that comes from elsewhere, all of it or nothing, in one step. If it was imported before,
 * messages that have come since are added, if it has not gone on differently here. Nothing is summarised or named
 * for it: that waits until it is continued.
 */
export function importConversation(
  parts: Appender,
  caller: Caller,
  imported: ImportedConversation,
): Answer<{ outcome: ImportOutcome }> {
  const { id, log, flush, current, transactions } = parts
  const { owner } = caller
  if (owner === null) return refuse('not-permitted')
  if (log.erasing()) {
    return refuse('try-again', {
      detail: 'What was imported before is just being erased.',
      retry_after: 120,
    })
  }
  const standing = log.head()
  if (standing) {
    const access = toWrite(standing, caller)
    if (!access.ok) return access
    const parting = partingOf(log, standing, imported.messages)
    if (parting !== null) {
      const detail = `It went on differently here from message ${parting} on. It stays as it is.`
      return refuse('moved-on', { detail, last_seq: standing.lastSeq })
    }
  }
  const fresh = imported.messages.slice(standing?.lastSeq ?? 0)
  const now = Date.now()
  const beside = log.extra()
  const extra = imported.extra === null ? beside : mergedExtra(beside, imported.extra)
  if (extra !== null && extra !== beside && extra.length > EXTRA_CHARS) {
    const detail = `What files brought beside its messages would be more than ${EXTRA_CHARS} characters. It stays as it is.`
    return refuse('body-too-large', { detail })
  }
  const brought = standing ? broughtTo(standing, imported, fresh.length > 0) : {}
  const isSame = extra === beside && fresh.length === 0
  if (standing && isSame && Object.keys(brought).length === 0) {
    return { ok: true, outcome: 'unchanged' }
  }
  if (standing && fresh.length > 0 && current.running) return busy(current.running.id)
  if (fresh.length > 0 && current.hasLeftover) return unsettled()
  const refusal = standing && admitSize(parts, standing)
  if (refusal) return refusal
  const rows = rowsOf(id, standing?.lastSeq ?? 0, fresh)
  const openCalls = fresh.reduce(openAfter, standing?.openCalls ?? [])
  transactions.run(() => {
    if (standing === null) log.create(rowOf(id, owner, imported, now), now)
    log.bring(rows, openCalls, extra === beside ? null : extra)
    if (standing && fresh.length > 0) Object.assign(brought, grown(standing, imported, fresh, now))
    if (Object.keys(brought).length > 0) log.change(brought, now)
    flush.owe({ bytes: fresh.reduce((sum, message) => sum + message.content.length, 0) })
  })
  return { ok: true, outcome: 'imported' }
}

/** The first message that is not the one that stands in its place; null if all are. */
function partingOf(log: History, standing: Head, messages: ImportedMessage[]): number | null {
  for (const [index, message] of messages.slice(0, standing.lastSeq).entries()) {
    const row = log.messageAt(index + 1)
    if (row?.id !== message.id || payloadOf(row) !== payloadOf(message)) return index + 1
  }
  return null
}

function rowOf(
  id: string,
  owner: Owner,
  imported: ImportedConversation,
  now: number,
): ConversationRow {
  const { title, topic, metadata, language } = imported
  return {
    ...newRow(id, owner, { title, topic, metadata, language: language ?? FALLBACK_LANGUAGE }, now),
    isResolved: imported.isResolved,
    createdAt: Math.min(imported.createdAt, now),
    updatedAt: Math.min(imported.updatedAt, now),
    lastSeq: imported.messages.length,
    tokensUsed: tokensOf(imported.messages),
    ...stateOf(imported),
  }
}

const grown = (
  standing: Head,
  imported: ImportedConversation,
  fresh: ImportedMessage[],
  now: number,
): Partial<ConversationRow> => ({
  updatedAt: Math.max(standing.updatedAt, Math.min(imported.updatedAt, now)),
  quietSince: now,
  lastSeq: standing.lastSeq + fresh.length,
  tokensUsed: standing.tokensUsed + tokensOf(fresh),
})

/**
 * What a file has for the fields of a conversation that stands: names that it lacks, and with new messages whether it is
 * archived. Only if nothing has happened here since the file was made: what a person, or a newer file, set stays.
 */
function broughtTo(
  standing: Head,
  imported: ImportedConversation,
  isGrown: boolean,
): Partial<ConversationRow> {
  if (imported.updatedAt < standing.updatedAt) return {}
  const { title, topic } = imported
  return {
    ...(standing.title === null && title !== null && { title }),
    ...(standing.topic === null && topic !== null && { topic }),
    ...(isGrown && stateOf(imported)),
  }
}

const stateOf = ({ archivedAt }: ImportedConversation) => ({
  isActive: archivedAt === null,
  archivedAt,
})

const tokensOf = (messages: ImportedMessage[]): number =>
  messages.reduce((sum, message) => sum + (message.tokensUsed ?? 0), 0)

const rowsOf = (id: string, after: number, messages: ImportedMessage[]): MessageRow[] =>
  messages.map((message, index) => ({ ...message, conversationId: id, seq: after + index + 1 }))
