import type { Message } from '../../contract/message.ts'
import type { PortableMessage } from '../../contract/portable.ts'
import { toMessage } from '../../storage/messages.ts'
import { type MessageRow, parentOf } from '../../storage/tables.ts'
import type { History } from './history.ts'
import type { Head } from './rows.ts'

/**
 * Messages as callers are shown them: with the message that each follows, and those beside it.
 *
 * @param known a message that need not be read to know its id
 */
export function toMessages(
  log: History,
  rows: MessageRow[],
  known: Pick<Head, 'headSeq' | 'headId'> | null = null,
): Message[] {
  const last = rows.length > 0 ? log.lastSeq() : 0
  const parents = [...new Set(rows.map(parentOf))]
  const children = new Map(parents.map((seq) => [seq, log.childrenOf(seq, last)]))
  const idOf = idsOf(log, rows, [...parents, ...[...children.values()].flat()], known)
  return rows.map((row) => {
    const siblings = (children.get(parentOf(row)) ?? []).flatMap((seq) => idOf(seq) ?? [])
    return { ...toMessage(row, idOf(parentOf(row))), siblings }
  })
}

/** The same without those beside it, which whoever has all of a conversation knows already. */
export function toPortable(log: History, rows: MessageRow[]): PortableMessage[] {
  const idOf = idsOf(log, rows, rows.map(parentOf))
  return rows.map((row) => toMessage(row, idOf(parentOf(row))))
}

/** One message as callers are shown it. */
export const toWire = (log: History, row: MessageRow): Message => toMessages(log, [row])[0]!

/** The ids of messages by their numbers, those that are not at hand read at once. */
function idsOf(
  log: History,
  rows: MessageRow[],
  seqs: number[],
  known: Pick<Head, 'headSeq' | 'headId'> | null = null,
): (seq: number) => string | null {
  const ids = new Map(rows.map(({ seq, id }) => [seq, id]))
  if (known?.headId != null) ids.set(known.headSeq, known.headId)
  const unknown = [...new Set(seqs)].filter((seq) => seq > 0 && !ids.has(seq))
  for (const [seq, id] of log.idsAt(unknown)) ids.set(seq, id)
  return (seq) => ids.get(seq) ?? null
}
