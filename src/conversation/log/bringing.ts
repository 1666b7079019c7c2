import type { MessageRow } from '../../storage/tables.ts'

/** What a file brings to a conversation. */
export interface Bringing {
  fresh: MessageRow[]
  completed: [cut: MessageRow, whole: MessageRow][]
  /** What there is of the same, as JSON; null for nothing. */
  beside: string | null
  /** What takes its place; null if it stays. */
  extra: string | null
  brought: string
}
