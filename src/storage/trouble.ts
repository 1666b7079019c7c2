/** Why D1 did not answer, in words of ours: its own messages may quote what was written. */
export type Trouble =
  | 'overloaded'
  | 'timeout'
  | 'connection-lost'
  | 'reset'
  | 'constraint'
  | 'missing-table'
  | 'full'
  | 'unknown'

// The texts are D1's documented ones: developers.cloudflare.com/d1/observability/debug-d1; SQLite's own of a full
// database is `database or disk is full: SQLITE_FULL`.
const signs: readonly (readonly [RegExp, Trouble])[] = [
  [/maximum (db|database) size|storage limit|disk is full|sqlite_full/i, 'full'],
  [/overloaded|too many requests|memory|cpu (time )?limit/i, 'overloaded'],
  [/timed? ?out|timeout|exceeded/i, 'timeout'],
  [/network connection lost|cannot resolve|transient/i, 'connection-lost'],
  [/reset/i, 'reset'],
  [/constraint/i, 'constraint'],
  [/no such table/i, 'missing-table'],
]

export function troubleOf(error: unknown): Trouble {
  for (let at = error; at instanceof Error; at = at.cause) {
    // Drizzle's own message holds SQL and bound values; only the cause says what D1 said.
    if (at.name === 'DrizzleQueryError') continue
    const { message } = at
    const sign = signs.find(([pattern]) => pattern.test(message))
    if (sign) return sign[1]
  }
  return 'unknown'
}
