import type { MessageRow } from '../../storage/tables.ts'

/** What a file brings to a conversation. */
export interface Bringing {
  fresh: MessageRow[]
  completed: [cut: MessageRow, whole: MessageRow][]
  extra: string | null
  brought: string
}
