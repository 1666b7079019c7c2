import type { Caller, Owner } from '../../contract/caller.ts'
import type { Imported, ImportedConversation } from '../../contract/import.ts'
import { EXTRA_CHARS } from '../../contract/limits.ts'
import type { Draft } from '../../contract/message.ts'
import { type Answer, busy, refuse } from '../../contract/problem.ts'
import { FALLBACK_LANGUAGE } from '../../settings.ts'
import type { ConversationRow } from '../../storage/tables.ts'
import { newRow } from '../head/fields.ts'
import { toWrite } from '../log/access.ts'
import type { Head } from '../log/rows.ts'
import { unsettled } from './admission.ts'
import { archivalOf, broughtTo, changedBy, firstStates, isOlder } from './brought.ts'
import { mergedExtra } from './extra-merge.ts'
import type { Appender } from './keep.ts'
import { type Placed, endOf, place } from './place.ts'
import { admitSize } from './quota.ts'

/**
 * Keeps a conversation that comes from elsewhere, all of it or nothing, in one step. If it was imported before, messages
 * that have come since are added, each after the one that it follows: if the conversation has gone on differently here,
 * or says something else under the same id, they are another branch. Nothing is summarised or named for it: that waits
 * until it is continued.
 */
export function importConversation(
  parts: Appender,
  caller: Caller,
  imported: ImportedConversation,
): Answer<Imported> {
  const { id, log, flush, duties, current, transactions } = parts
  const { owner } = caller
  if (owner === null) return refuse('not-permitted')
  if (log.erasing()) {
    return refuse('try-again', {
      detail:
        'What was imported before is just being erased. Import the file again in two minutes.',
      retry_after: 120,
    })
  }
  const standing = log.head()
  if (standing) {
    const access = toWrite(standing, caller)
    if (!access.ok) return access
  }
  const isPast = standing !== null && isOlder(imported, standing)
  const here = { lastSeq: standing?.lastSeq ?? 0, isNewer: isPast }
  const placed = place(log, id, here, imported.messages)
  const { fresh, completed, places } = placed
  const isGrown = fresh.length > 0 || completed.length > 0
  const now = Date.now()
  const beside = log.extra()
  const extra = imported.extra === null ? beside : mergedExtra(beside, imported.extra)
  if (extra !== null && extra !== beside && extra.length > EXTRA_CHARS) {
    const detail = `What files brought beside its messages would be more than ${EXTRA_CHARS} characters. It stays as it is.`
    return refuse('body-too-large', { detail })
  }
  const { fields, states } = standing
    ? broughtTo(standing, imported, log.brought(), isGrown, now)
    : { fields: {}, states: firstStates(imported) }
  const theirs = places[(imported.head ?? places.length) - 1] ?? 0
  // Where the conversation is follows a file that is newer, or as new with something to add.
  const isNewer = standing === null || isOlder(standing, imported)
  const isOurs = !isNewer && (isPast || !isGrown)
  const head = isOurs || theirs === 0 ? (standing?.headSeq ?? 0) : theirs
  const isSame = extra === beside && !isGrown
  const isThere = standing !== null && log.newestLeafBelow(head) === standing.headSeq
  const changed = [
    ...changedBy(standing, fields),
    ...(standing && !isThere && fresh.length === 0 ? (['head_id'] as const) : []),
    ...(standing && extra !== beside ? (['extra'] as const) : []),
  ]
  if (standing && isSame && isThere && Object.keys(fields).length === 0) {
    return { ok: true, outcome: 'unchanged' }
  }
  if (standing && current.running && !(isSame && isThere)) {
    const detail = 'A reply is running. Import the file again once it has ended.'
    return { ...busy(current.running.id), detail }
  }
  if (fresh.length > 0 && current.hasLeftover) return unsettled()
  const refusal = standing && admitSize(parts, standing)
  if (refusal) return refusal
  transactions.run(() => {
    if (standing === null) {
      log.create({ ...rowOf(id, owner, imported, now), ...endOf(fresh, head) }, now)
    }
    const brought = { beside, extra: extra === beside ? null : extra, brought: states }
    log.bring({ fresh, completed, ...brought })
    if (standing) {
      if (isGrown) Object.assign(fields, grown(standing, imported, placed, now))
      if (Object.keys(fields).length > 0) log.change(fields, now)
      const leaf = log.messageAt(log.newestLeafBelow(head))
      if (leaf) log.goTo(leaf, { lastSeq: standing.lastSeq + fresh.length }, now)
    }
    log.tell(fresh)
    flush.owe({ bytes: fresh.reduce((sum, message) => sum + message.content.length, 0) })
    duties.brief()
  })
  return {
    ok: true,
    outcome: 'imported',
    stood: standing !== null,
    added: fresh.length,
    completed: completed.length,
    changed,
  }
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
    ...archivalOf(imported),
  }
}

const grown = (
  standing: Head,
  imported: ImportedConversation,
  { fresh, completed }: Placed,
  now: number,
): Partial<ConversationRow> => ({
  updatedAt: Math.max(standing.updatedAt, Math.min(imported.updatedAt, now)),
  quietSince: now,
  lastSeq: standing.lastSeq + fresh.length,
  tokensUsed:
    standing.tokensUsed +
    tokensOf([...fresh, ...completed.map(([, whole]) => whole)]) -
    tokensOf(completed.map(([cut]) => cut)),
})

const tokensOf = (messages: Pick<Draft, 'tokensUsed'>[]): number =>
  messages.reduce((sum, message) => sum + (message.tokensUsed ?? 0), 0)
