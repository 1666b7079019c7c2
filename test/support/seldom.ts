import { type SeldomTable, seldomTables } from '../../src/conversation/log/tables.ts'

type Rows = Record<string, SqlStorageValue>

/**
 * Asks an object's own storage. A table that is not there yet has no rows, and is made to insert some.
 * What finds messages of some kind is made as by the log, whatever is written in it.
 */
export function ask<T extends Rows>(
  sql: SqlStorage,
  statement: string,
  ...values: SqlStorageValue[]
): T[] {
  const writesMessages = /^(INSERT INTO|UPDATE) messages\b/.test(statement)
  const missing = absent(sql).filter(
    (name) =>
      (writesMessages && name.startsWith('messages_')) ||
      new RegExp(`\\b(FROM|INTO|UPDATE) ${name}\\b`).test(statement),
  )
  if (statement.startsWith('SELECT')) {
    const empty = missing.map((name) => `${name} AS (${withoutRows(name)})`).join(', ')
    return sql.exec<T>(empty ? `WITH ${empty} ${statement}` : statement, ...values).toArray()
  }
  if (missing.length > 0 && !writesMessages && !statement.startsWith('INSERT')) return []
  for (const name of missing) sql.exec(seldomTables[name])
  return sql.exec<T>(statement, ...values).toArray()
}

function absent(sql: SqlStorage): SeldomTable[] {
  const there = sql.exec<{ name: string }>('SELECT name FROM sqlite_master').toArray()
  const names = new Set(there.map(({ name }) => name))
  return (Object.keys(seldomTables) as SeldomTable[]).filter((name) => !names.has(name))
}

function withoutRows(name: SeldomTable): string {
  const [, columns = ''] = /TABLE IF NOT EXISTS \w+ \(([^)]*)/.exec(seldomTables[name]) ?? []
  const names = columns.split(',').map((column) => column.trim().split(' ')[0] ?? '')
  const own = names.filter((column) => column !== 'PRIMARY')
  return `SELECT ${own.map((column) => `NULL AS ${column}`).join(', ')} WHERE 0`
}
