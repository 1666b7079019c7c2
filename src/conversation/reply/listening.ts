import { CONTENT_BYTES } from '../../contract/limits.ts'
import { firstBytes, utf8Bytes } from '../../contract/text.ts'
import type { Ending, Piece } from '../../model/model.ts'
import { within } from '../../within.ts'
import { TooLong } from './verdict.ts'

/** How long a model may say nothing, in ms: before its first piece, and between two. */
interface Patience {
  first: number
  next: number
}

/** How much of what a model thinks is kept, in bytes of UTF-8. */
const REASONING_BYTES = 128 * 1024

/**
 * Hears a model out. Throws if it keeps silent for too long, or says more than a message may hold. Of what it thinks, the
 * beginning is kept.
 */
export async function listen(
  pieces: AsyncGenerator<Piece, Ending>,
  { first, next }: Patience,
  say: (piece: Piece) => void,
): Promise<Ending> {
  let room = CONTENT_BYTES
  let roomToThink = REASONING_BYTES
  let patience = first
  for (;;) {
    const step = await within(patience, pieces.next())
    if (step.done) return step.value
    patience = next
    const { text } = step.value
    const reasoning = firstBytes(step.value.reasoning, roomToThink)
    roomToThink -= utf8Bytes(reasoning)
    const bytes = utf8Bytes(text)
    if (bytes > room) {
      say({ ...step.value, text: firstBytes(text, room), reasoning })
      throw new TooLong()
    }
    room -= bytes
    say({ ...step.value, reasoning })
  }
}
