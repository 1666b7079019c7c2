import type { Owner } from '../../../contract/caller.ts'
import type { ImportSource } from '../../../contract/import.ts'
import { idOfImported } from '../../../portable/import/ids.ts'
import { secretKeys } from '../../../secret-keys.ts'

/** The ids that a conversation may have here: the one it gets now, then those it may have got before. */
interface ImportIds {
  now: string
  /** By a secret that is being rotated out. */
  before: string[]
  /** By none, as it was at first. */
  unkeyed: string
}

export async function importIds(
  env: Pick<Env, 'SESSION_SECRET'>,
  owner: Owner,
  source: ImportSource | 'assistant-ui',
  sourceId: string,
): Promise<ImportIds> {
  const [newest, ...older] = await secretKeys(env, 'hilo: ids of imported conversations')
  const idBy = (key: CryptoKey | null) => idOfImported(key, owner, source, sourceId)
  const [now, unkeyed, ...before] = await Promise.all([
    idBy(newest),
    idBy(null),
    ...older.map(idBy),
  ])
  return { now, before, unkeyed }
}
