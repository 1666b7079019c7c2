/** The table that holds the record's messages while a reconciliation joins the two. */
export const STAGED = 'staged'

/** Leaves no copy of the record behind, in an object that may hold nothing else. Called on waking too: a merge may be cut. */
export const dropStaged = (sql: SqlStorage): void => {
  sql.exec(`DROP TABLE IF EXISTS ${STAGED}`)
}
