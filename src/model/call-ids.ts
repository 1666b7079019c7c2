import type { ToolCall } from '../contract/message.ts'

/** What every endpoint takes that does not say otherwise. */
export const SAFE = /^[\w-]{1,40}$/
const SHORT = /^[a-zA-Z0-9]{9}$/

/** Which ids an endpoint takes: its own as they were and others in a safe form, none but safe ones, or only short ones. */
export type Ids = 'own' | 'safe' | 'short'

/**
 * Ids of calls as an endpoint takes them, the same for a call and its results. What it sent itself goes back unchanged; a
 * foreign one of another form is mapped, always to the same, and so is one that an earlier call has.
 */
export function callIds(taken: Ids) {
  const used = new Set<string>()
  let last = new Map<string, string>()
  const isFitting = (id: string, isTheirs: boolean): boolean => {
    if (taken === 'own' && isTheirs) return true
    return (taken === 'short' ? SHORT : SAFE).test(id) && !used.has(id)
  }
  return {
    calls: (calls: ToolCall[], isTheirs: boolean): string[] => {
      last = new Map()
      for (const { id } of calls) {
        if (last.has(id)) continue
        let mapped = id
        for (let salt = 0; !isFitting(mapped, isTheirs && salt === 0); salt += 1) {
          mapped = shortened(id, salt)
        }
        used.add(mapped)
        last.set(id, mapped)
      }
      return calls.map(({ id }) => last.get(id) ?? id)
    },
    result: ({ tool_call_id: id }: { tool_call_id: string }): string => last.get(id) ?? id,
  }
}

/** Nine letters and digits that stand for a text (FNV-1a, twice over). */
function shortened(text: string, salt: number): string {
  const [first, second] = [0x811c9dc5, 0xdeadbeef].map((seed) => {
    let hash = seed ^ salt
    for (let index = 0; index < text.length; index += 1) {
      hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
    }
    return (hash >>> 0).toString(36).padStart(7, '0')
  })
  return `${first}${second}`.slice(-9)
}
