import { isFilteredBy } from '../../contract/finish-reason.ts'
import type { MessageRow } from '../../storage/tables.ts'

/**
 * History without the turns that an endpoint filtered: it answered them with nothing but that reason, and would answer
 * everything so that it is sent with them.
 */
export function withoutFiltered(rows: MessageRow[]): MessageRow[] {
  const left: MessageRow[] = []
  for (const row of rows) {
    if (!isFiltered(row)) left.push(row)
    else while (left.length > 0 && !isAnswer(left.at(-1)!)) left.pop()
  }
  return left
}

const isFiltered = (row: MessageRow): boolean =>
  isAnswer(row) && row.content.trim() === '' && isFilteredBy(row.finishReason)

/** Whether a turn ends with it. */
const isAnswer = ({ role, toolCalls }: MessageRow): boolean =>
  role === 'assistant' && toolCalls === null
