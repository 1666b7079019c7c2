import type { ConversationRow, MessageRow } from '../../storage/tables.ts'
import type { Log } from './log.ts'
import { completeInLog } from './rows.ts'
import type { Tables } from './tables.ts'
import type { Transactions } from './transactions.ts'

/** Has one message that is kept already say more, or has more noted of it. The record will follow. */
export function complete(
  { log, transactions, tables }: { log: Log; transactions: Transactions; tables: Tables },
  row: MessageRow,
  whole: MessageRow,
  fields: Partial<ConversationRow>,
): void {
  transactions.run(() => {
    log.change(fields, Date.now())
    const bytes = completeInLog(tables, log.head()?.version ?? 0, row, whole)
    const open = JSON.stringify(log.openAt(log.headSeq()))
    log.changeBySql('UPDATE conversation SET bytes = bytes + ?, open_calls = ?', bytes, open)
  })
}
