import type { Call } from '../../contract/caller.ts'
import { type Refusal, refuse } from '../../contract/problem.ts'
import { log as logEvent } from '../../events.ts'
import { type Beginnings, newRow } from '../head/fields.ts'
import { isOwner } from '../log/access.ts'
import type { Appender } from './keep.ts'
import { named } from './series.ts'
import type { TurnRequest } from './turn-request.ts'
import { type Turn, takeTurn } from './turn.ts'

/** Thrown to roll a transaction back, and caught where the transaction began. */
class Refused extends Error {
  override readonly name = 'Refused'
  readonly refusal: Refusal

  constructor(refusal: Refusal) {
    super('refused')
    this.refusal = refusal
  }
}

/**
 * Creates a conversation, takes its first messages in and has the model answer: all of it, or nothing. The same request
 * again finds the reply as `continue` does.
 */
export function begin(
  parts: Appender,
  { caller, requestId, origin }: Call,
  beginnings: Beginnings,
  asked: TurnRequest,
): Turn & { isNew?: boolean } {
  const { id, log, transactions } = parts
  const request = { ...asked, origin }
  const { owner } = caller
  if (owner === null) return refuse('not-permitted')
  const standing = log.head()
  const isTaken = standing ? !isOwner(standing, caller) : log.erasing() !== null
  if (isTaken) return refuse('id-taken')
  if (standing) return resume(parts, standing.lastSeq, { caller, requestId }, request)
  try {
    const turn = transactions.run(() => {
      const now = Date.now()
      log.create(newRow(id, owner, beginnings, now), now)
      const head = log.head()
      if (head === null) throw new Error('What was just created is not there')
      const taken = takeTurn(parts, head, caller, request)
      if (!taken.ok) throw new Refused(taken)
      return taken
    })
    logEvent({ event: 'created', conversation_id: id, owner: owner.kind, request_id: requestId })
    // A list shows it at once, and not only when the reply has ended.
    parts.flush.soon()
    return { ...turn, isNew: true }
  } catch (error) {
    if (error instanceof Refused) return error.refusal
    throw error
  }
}

/** It stands already: the same request again, or first messages for one that has none yet. */
function resume(parts: Appender, lastSeq: number, { caller }: Call, unnamed: TurnRequest): Turn {
  const { log } = parts
  const head = log.head()
  if (head === null) throw new Error('What stood a moment ago is not there')
  const request = named(parts, head, unnamed)
  const isKnown = request.drafts.every((draft) => log.messageById(draft.id) !== null)
  // One that its client did not name is another's of the same beginning: see http/openai.
  if (request.series && !isKnown) return refuse('id-taken')
  if (lastSeq > 0 && !isKnown) {
    return refuse('conversation-started', {
      detail: 'Nothing of this request was stored. Continue the conversation with its messages.',
      last_seq: lastSeq,
    })
  }
  return takeTurn(parts, head, caller, request)
}
