import { isDeeper } from '../../contract/depth.ts'
import { isObject } from '../../contract/json.ts'
import type { Draft } from '../../contract/message.ts'

/** How deep a value is compared member by member. */
const DEPTH = 64

/** What a message says, whichever version of its program or of Hilo wrote the file. */
export const saidBy = ({ role, content, toolCalls, toolCallId }: Draft): string =>
  meant([role, content, callsOf(toolCalls), toolCallId])

/** The calls of a message; none is the same as an empty list. */
export const callsOf = (calls: Draft['toolCalls']) =>
  (calls ?? []).map(({ id, function: { name, arguments: text } }) => [id, name, inJson(text)])

/** A value as text, which is the same for values that differ in the order of keys or in white space at the ends. */
export const meant = (value: unknown): string =>
  JSON.stringify(value, (_, one: unknown) => {
    if (typeof one === 'string') return one.trim()
    return isObject(one) ? Object.fromEntries(Object.entries(one).toSorted(byKey)) : one
  })

const byKey = ([a]: [string, unknown], [b]: [string, unknown]): number => (a < b ? -1 : 1)

function inJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    return isDeeper(value, DEPTH) ? text : value
  } catch {
    return text
  }
}
