import { objectOf } from '../support/given.ts'
import { dutiesOf, inStorage, ringWhenDue, storedIn, wipeWhenDue } from '../support/record.ts'

/** Lets a conversation do all that it owes, each in its time. */
export async function quiet(id: string): Promise<void> {
  for (let times = 0; times < 200; times += 1) {
    // It wakes, and keeps what it may have left unfinished. A statement that is to fail may fail here.
    await objectOf(id)
      .context({ caller: nobody, requestId: 'r' }, wanted)
      .catch(() => {})
    if (!(await storedIn(id)).tables.includes('conversation')) return
    const { due } = await dutiesOf(id)
    if (due.length === 0) return
    // Nobody writes any more.
    await inStorage(id, 'UPDATE writing SET heard_at = 0').catch(() => {})
    const ringing = due.some(({ kind }) => kind === 'erase') ? wipeWhenDue(id) : ringWhenDue(id)
    // If not even an alarm can be set, the platform rings again.
    await ringing.catch(() => {})
    // A reply that nobody follows may still be running.
    await scheduler.wait(20)
  }
  throw new Error(`it never came to rest: ${JSON.stringify(await dutiesOf(id))}`)
}

const nobody = { owner: null, service: { name: 'nobody', scopes: [] }, expiresAt: null }
const wanted = { maxMessages: null, maxTokens: null }
