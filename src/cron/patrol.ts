import { OBJECTS_ABREAST } from '../contract/limits.ts'
import { log } from '../events.ts'
import { objectOf } from '../objects.ts'
import { keepPosition, readPosition } from '../storage/cron-positions.ts'
import type { Database } from '../storage/database.ts'
import { forgetErasure, overdueErasures } from '../storage/erasures.ts'
import { recordAfter } from '../storage/reconciliation.ts'
import type { Progress } from './progress.ts'

/** How many conversations one run looks at: each is one call, and one row read. */
const PER_RUN = 200
/** An erasure takes a minute. One that takes so long, in ms, has lost its alarm, or D1 is down. */
const OVERDUE_MS = 10 * 60_000

/**
 * Wakes objects that may have lost their alarm, because an object that wakes arms it: those whose erasure is overdue,
 * and a few hundred others a run, one round after the other, so that each one's turn comes.
 */
export async function patrol(db: Database, env: Env, now: number, end: number): Promise<Progress> {
  const areErasuresDone = await wakeErasures(db, env, now, end)
  const round = await walk(db, env, end)
  return { count: round.count, isFinished: areErasuresDone && round.isFinished }
}

async function wakeErasures(db: Database, env: Env, now: number, end: number): Promise<boolean> {
  let after: string | undefined = ''
  while (after !== undefined) {
    if (Date.now() > end) return false
    const ids: string[] = await overdueErasures(db, now - OVERDUE_MS, after, OBJECTS_ABREAST)
    await Promise.allSettled(
      ids.map(async (id) => {
        const { health } = await objectOf(env, id).checkOn(null)
        // Erased to the end, or created anew since.
        if (health === 'erasing') log({ event: 'erasure-overdue', conversation_id: id })
        else await forgetErasure(db, id, now - OVERDUE_MS)
      }),
    )
    after = ids.length < OBJECTS_ABREAST ? undefined : ids.at(-1)
  }
  return true
}

async function walk(db: Database, env: Env, end: number): Promise<Progress> {
  let after = (await readPosition(db, 'patrol'))?.id ?? ''
  const found = { well: 0, behind: 0, ahead: 0, erasing: 0, absent: 0, unreachable: 0 }
  let count = 0
  while (count < PER_RUN && Date.now() < end) {
    const rows = await recordAfter(db, after, OBJECTS_ABREAST)
    const asking = rows.map(async ({ id, lastSeq, version }) =>
      objectOf(env, id).checkOn({ lastSeq, version }),
    )
    for (const one of await Promise.allSettled(asking)) {
      found[one.status === 'fulfilled' ? one.value.health : 'unreachable'] += 1
    }
    count += rows.length
    after = rows.length < OBJECTS_ABREAST ? '' : (rows.at(-1)?.id ?? '')
    if (after === '') break
  }
  await keepPosition(db, 'patrol', after === '' ? null : { time: 0, id: after })
  if (count > found.well) log({ event: 'patrol', ...found })
  return { count, isFinished: count > 0 || after === '' }
}
