import { type Conversation, granted, hilo } from '../api/hilo.ts'
import { device } from '../state/shelf.ts'

/** Pinned is what its owner says it is, in its metadata: so it is on every device. */
export const isPinned = ({ metadata }: Conversation): boolean => metadata['pinned'] !== undefined

const NAME = 'hilo.pins'
/** As many as are asked for one by one when the page opens. */
const MOST = 20

const noted = (): string[] => device.read(NAME, [])

/** Remembers which are pinned, so that those are at the top that are too old for the first page of the list. */
export function notePins(seen: Conversation[]): void {
  const ids = new Set(noted())
  const before = [...ids].join()
  for (const one of seen) {
    if (isPinned(one)) ids.add(one.id)
    else ids.delete(one.id)
  }
  if ([...ids].join() !== before) device.put(NAME, JSON.stringify([...ids].slice(-MOST)))
}

/** Those that are pinned and not among some. */
export async function pinsBeside(shown: Conversation[]): Promise<Conversation[]> {
  const known = new Set(shown.map(({ id }) => id))
  const asked = noted()
    .filter((id) => !known.has(id))
    .map(async (id) => {
      const params = { path: { id }, query: { limit: 1 } }
      const {
        messages: _,
        next_cursor: __,
        has_more: ___,
        ...conversation
      } = await granted(hilo.api.GET('/api/conversations/{id}', { params }))
      return conversation
    })
  const found = await Promise.allSettled(asked)
  return found.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
}
