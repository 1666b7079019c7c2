import type { ToolCall } from '../contract/message.ts'

/** What every endpoint takes that does not say otherwise. */
const SAFE = /^[\w-]{1,40}$/
const SHORT = /^[a-zA-Z0-9]{9}$/

/**
 * Ids of calls as an endpoint takes them, the same for a call and its results. What it sent itself goes back unchanged; a
 * foreign one of another form is mapped, always to the same.
 *
 * @param areShort whether it takes nothing but nine letters and digits
 */
export function callIds(areShort: boolean) {
  let last = new Map<string, string>()
  return {
    calls: (calls: ToolCall[], isTheirs: boolean): string[] => {
      last = new Map()
      const taken = new Set<string>()
      for (const { id } of calls) {
        const fits = areShort ? SHORT.test(id) : isTheirs || SAFE.test(id)
        let mapped = id
        for (let salt = 0; !fits && (salt === 0 || taken.has(mapped)); salt += 1) {
          mapped = shortened(id, salt)
        }
        taken.add(mapped)
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
