import { CONTENT_BYTES } from '../../contract/limits.ts'
import { firstBytes, utf8Bytes } from '../../contract/text.ts'
import type { Ending } from '../../model/model.ts'
import { within } from '../duties/within.ts'
import { TooLong } from './verdict.ts'

/** How long a model may say nothing, in ms: before its first piece, and between two. */
interface Patience {
  first: number
  next: number
}

/** Hears a model out. Throws if it keeps silent for too long, or says more than a message may hold. */
export async function listen(
  pieces: AsyncGenerator<string, Ending>,
  { first, next }: Patience,
  say: (text: string) => void,
): Promise<Ending> {
  let room = CONTENT_BYTES
  let patience = first
  for (;;) {
    const step = await within(patience, pieces.next())
    if (step.done) return step.value
    patience = next
    const bytes = utf8Bytes(step.value)
    if (bytes > room) {
      say(firstBytes(step.value, room))
      throw new TooLong()
    }
    room -= bytes
    say(step.value)
  }
}
