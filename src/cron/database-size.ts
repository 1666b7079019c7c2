import { log } from '../events.ts'
import { wholeNumber } from '../settings.ts'
import type { Progress } from './progress.ts'

/** At how full a database there is an event in each run, and at how full it is an alert, in percent. */
const NOTED_PERCENT = 70
const ALERT_PERCENT = 90

/** Says how full D1 is, before it is full: then messages are kept in their logs, and lists no longer follow. */
export async function watchSize(env: Env): Promise<Progress> {
  const { meta } = await env.DB.prepare('SELECT 1').run()
  const most = wholeNumber(env, 'DATABASE_MAX_GB', 10) * 10 ** 9
  const percent = Math.floor((meta.size_after / most) * 100)
  const facts = { bytes: meta.size_after, percent }
  if (percent >= NOTED_PERCENT) log({ event: 'database-size', ...facts })
  if (percent >= ALERT_PERCENT) log({ event: 'alert', alert: 'database-filling', ...facts })
  return { count: 0, isFinished: true }
}
