/** What a deploy goes by, of wrangler.toml and of the account. */
export interface Plan {
  databaseId: string | undefined
  /** The setting JURISDICTION. */
  jurisdiction: string
  /** The setting DATABASE_JURISDICTION: what the operator says. */
  stated: string
  /** What the account says of the database: null if it is not restricted, undefined if it says nothing. */
  actual: string | null | undefined
}

const UNSET = '00000000-0000-0000-0000-000000000000'

/** What stands against a deploy; empty if nothing does. */
export function refusals(plan: Plan): string[] {
  return [idMissing(plan), misplaced(plan)].filter((one) => one !== null)
}

function idMissing({ databaseId }: Plan): string | null {
  if (databaseId !== undefined && databaseId !== UNSET) return null
  return (
    'wrangler.toml has no database_id. Decide on JURISDICTION first. Then run `npx wrangler d1 create hilo`, with ' +
    '`--jurisdiction` if you set one, and put the id that it prints into wrangler.toml.'
  )
}

function misplaced({ jurisdiction, stated, actual }: Plan): string | null {
  const where = actual ?? (actual === undefined ? stated : '')
  if (jurisdiction === where) return null
  if (jurisdiction === '') return null
  if (where !== '') {
    return `JURISDICTION is ${jurisdiction}, and the database is in ${where}. It cannot be moved: create another one.`
  }
  if (actual === null) {
    return (
      `JURISDICTION is ${jurisdiction}, and the database is not restricted. It would hold every message. Create ` +
      `another one: \`npx wrangler d1 create hilo --jurisdiction ${jurisdiction}\`.`
    )
  }
  return (
    `JURISDICTION is ${jurisdiction}, and the account does not say where the database is. If you created it with ` +
    `\`--jurisdiction ${jurisdiction}\`, set DATABASE_JURISDICTION = "${jurisdiction}" in wrangler.toml.`
  )
}

/** What `wrangler d1 info --json` says of the place; undefined if it does not. */
export function placeIn(info: string): string | null | undefined {
  try {
    const { jurisdiction } = JSON.parse(info.slice(info.indexOf('{'))) as { jurisdiction?: unknown }
    return typeof jurisdiction === 'string' || jurisdiction === null ? jurisdiction : undefined
  } catch {
    return undefined
  }
}
