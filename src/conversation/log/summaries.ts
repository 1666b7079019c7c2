import type { Path } from './path.ts'
import type { Tables } from './tables.ts'

/** The newest summary of a path: what it says, and the last message that it covers. */
export function newestSummary(
  tables: Tables,
  path: Path,
): { summary: string | null; summarySeq: number } {
  const summaries = tables
    .ifThere('summaries')
    ?.exec<{ seq: number; text: string }>(
      'SELECT seq, text FROM summaries WHERE seq <= ? ORDER BY seq DESC',
      path.end,
    )
  for (const { seq, text } of summaries ?? []) {
    if (path.has(seq)) return { summary: text, summarySeq: seq }
  }
  return { summary: null, summarySeq: 0 }
}

/** Keeps one of what comes before a message and that message. */
export function keepSummary(tables: Tables, text: string, seq: number): void {
  tables
    .made('summaries')
    .exec('INSERT OR REPLACE INTO summaries (seq, text) VALUES (?, ?)', seq, text)
}
