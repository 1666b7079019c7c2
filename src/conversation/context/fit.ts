import type { ModelMessage } from '../../model/model.ts'
import { cutMessage, messageTokens } from './tokens.ts'
import type { Unit } from './units.ts'

export const tokensOf = (messages: ModelMessage[]): number =>
  messages.reduce((sum, message) => sum + messageTokens(message), 0)

/** From the newest back. The first that does not fit ends it; one that never could is cut to what room there is. */
export function newestThatFit(
  units: Unit[],
  maxMessages: number,
  room: number,
  mark: string,
): Unit[] {
  const chosen: Unit[] = []
  let left = room
  let count = 0
  for (const unit of units.toReversed()) {
    count += unit.rows.length
    const isNewest = chosen.length === 0
    if (count > maxMessages && !isNewest) break
    const tokens = unit.messages.reduce((sum, message) => sum + messageTokens(message, room), 0)
    if (tokens <= left) {
      chosen.push(unit)
      left -= tokens
      continue
    }
    if (isNewest || tokens > room) chosen.push(cutUnit(unit, left, mark))
    break
  }
  return chosen.toReversed()
}

/** Cuts what is longer than its share; what is shorter leaves its rest to the others. */
export function cutUnit(unit: Unit, room: number, mark: string): Unit {
  let left = room
  let waiting = unit.messages.length
  const bySize = unit.messages.toSorted((a, b) => messageTokens(a, room) - messageTokens(b, room))
  const cut = new Map<ModelMessage, ModelMessage>()
  for (const message of bySize) {
    const share = Math.floor(left / waiting)
    const fits = messageTokens(message, share + 1) <= share
    const kept = fits ? message : cutMessage(message, share, mark)
    cut.set(message, kept)
    left = Math.max(0, left - messageTokens(kept, left))
    waiting -= 1
  }
  return { ...unit, messages: unit.messages.map((message) => cut.get(message) ?? message) }
}
