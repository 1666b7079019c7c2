interface Call {
  id: string
  /** The recipient of the call. */
  name: string
  isAnswered: boolean
  /** Another call was made after this one's result was awaited in vain. */
  isOld: boolean
}

/** The calls on the way to a message that may still be answered, the oldest first. */
export type Calls = readonly Call[]

/** A call that is older than so many others has no result any more. */
const MOST_CALLS = 50

export function withCall(calls: Calls, id: string, name: string): Calls {
  const isNext = calls.some((call) => call.isAnswered)
  const before = isNext ? unanswered(calls).map((call) => ({ ...call, isOld: true })) : calls
  return [...before, { id, name, isAnswered: false, isOld: false }].slice(-MOST_CALLS)
}

/** A person's turn: what comes later is no result of what was answered before. */
export const unanswered = (calls: Calls): Calls => calls.filter((call) => !call.isAnswered)

/**
 * The call that a result answers. ChatGPT's results name no call, but mostly the tool: they answer the first call of it
 * that waits, or add to the last result. Null if no such call was made.
 */
export function callAnswered(calls: Calls, name: string | null): string | null {
  const fitting = calls.filter((call) => name === null || toolOf(call.name) === toolOf(name))
  const waiting = unanswered(fitting)
  const call = waiting.find(({ isOld }) => !isOld) ?? waiting.at(-1) ?? fitting.at(-1)
  // Right after a call its result may come under another name.
  const last = calls.at(-1)
  return call?.id ?? (last && !last.isAnswered ? last.id : null)
}

export const withAnswer = (calls: Calls, id: string): Calls =>
  calls.map((call) => (call.id === id ? { ...call, isAnswered: true } : call))

/** A tool has several functions: `browser.search`, `browser.open`. */
const toolOf = (name: string): string | undefined => name.split('.')[0]
