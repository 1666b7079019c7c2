import type { Draft } from '../../contract/message.ts'
import type { ConversationRow, MessageRow } from '../../storage/tables.ts'
import { Log } from './log.ts'
import type { Head } from './rows.ts'

export interface Listener {
  appended: (rows: MessageRow[]) => void
  changed: () => void
}

/** The log, read out once it is written: what may yet be undone is told to nobody. */
export class ToldLog extends Log {
  listener: Listener | null = null

  override append(head: Head, drafts: Draft[], now: number): { rows: MessageRow[]; head: Head } {
    const kept = super.append(head, drafts, now)
    this.transactions.afterCommit(() => {
      this.listener?.appended(kept.rows)
      // A new message brings it back.
      if (!head.isActive) this.listener?.changed()
    })
    return kept
  }

  override change(fields: Partial<ConversationRow>, now: number): void {
    super.change(fields, now)
    this.transactions.afterCommit(() => this.listener?.changed())
  }
}
