import { log as logEvent, nameOf } from '../../events.ts'
import type { Duty } from './duties.ts'

/** Work that nobody waits for. Its duty stands, so what fails here is done by the alarm. */
export function inBackground(ctx: DurableObjectState, duty: Duty, work: Promise<unknown>): void {
  const id = ctx.id.name ?? ''
  ctx.waitUntil(
    work.catch((error: unknown) => {
      logEvent({ event: 'duty-failed', conversation_id: id, duty, error: nameOf(error) })
    }),
  )
}
