import { isDeeper } from '../../contract/depth.ts'
import { isObject } from '../../contract/json.ts'
import type { Draft } from '../../contract/message.ts'
import { type Part, isKnownPart } from '../../contract/part.ts'

/** How deep a value is compared member by member. */
const DEPTH = 64

/** Whether two messages say the same, whichever version of their program or of Hilo wrote the file. */
export const saysTheSame = (one: Draft, other: Draft): boolean =>
  saidBy(one, one.content) === saidBy(other, other.content) ||
  saidBy(one, writtenIn(one)) === saidBy(other, writtenIn(other)) ||
  showsTheSame(one, other) ||
  ((isNumbered(one) || isNumbered(other)) && saysTheSameUnnamed(one, other))

/** The same of messages whose calls may have other ids. */
export const saysTheSameUnnamed = (one: Draft, other: Draft): boolean =>
  saidBy(unnamed(one), one.content) === saidBy(unnamed(other), other.content) ||
  showsTheSame(one, other)

/** What an import shows in the place of a text: the kind of what is attached, or its name. */
const KIND = /^\[(?:audio|content|file|image|video)\]$/
const NAMED = /^\[[^[\]\n]+\]$/

/** Whether both have no text: one file may bring what is attached, of which another one has only the name or the kind. */
function showsTheSame(one: Draft, other: Draft): boolean {
  const isOnlyShown = [one, other].every(
    (message) =>
      message.toolCalls === null &&
      message.parts?.every(({ type }) => type !== 'text') !== false &&
      (NAMED.test(message.content) || isUntold(message)),
  )
  return isOnlyShown && one.role === other.role && (isUntold(one) || isUntold(other))
}

const isUntold = ({ content, parts }: Draft): boolean =>
  KIND.test(content) || (content === '' && attachedIn(parts).length > 0)

/** The pictures and files themselves that a message has, not only their names. */
export const attachedIn = (parts: Draft['parts']): Part[] =>
  (parts ?? []).filter((part) => {
    if (!isKnownPart(part)) return false
    if (part.type === 'image_url') return true
    return part.type === 'file' && Object.keys(part.file).some((key) => key !== 'filename')
  })

/** Whether calls and results have ids that an import made: another export may say them. */
function isNumbered({ toolCalls, toolCallId }: Draft): boolean {
  const ids = [
    ...(toolCalls ?? []).map(({ id }) => id),
    ...(toolCallId === null ? [] : [toolCallId]),
  ]
  return ids.length > 0 && ids.every((id) => /-call(-\d+)?$/.test(id))
}

const unnamed = (message: Draft): Draft => ({
  ...message,
  toolCalls: message.toolCalls && message.toolCalls.map((call) => ({ ...call, id: '' })),
  toolCallId: null,
})

const saidBy = ({ role, toolCalls, toolCallId }: Draft, text: string): string =>
  meant([
    role,
    role === 'tool' ? inJson(inOneForm(text)) : inOneForm(text),
    callsOf(toolCalls),
    toolCallId,
  ])

/** Whether the first's text is the beginning of the second's. */
export const isBeginningOf = (cut: Draft, whole: Draft): boolean =>
  inOneForm(whole.content).startsWith(inOneForm(cut.content)) ||
  inOneForm(writtenIn(whole)).startsWith(inOneForm(withoutOpenMark(writtenIn(cut))))

/** A text without what differs between exports of the same: line ends, empty lines, spaces behind lines. */
const inOneForm = (text: string): string =>
  text
    .normalize('NFC')
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '')
    .join('\n')

/** A mark of ChatGPT's that was being written. */
const withoutOpenMark = (text: string): string => text.replace(/\uE200[^\uE201]*$/, '')

/**
 * A text as its program wrote it, with its marks: which pages they are links to, and what these are called, may differ from
 * one export to the next.
 */
function writtenIn({ content, extra }: Draft): string {
  for (const own of Object.values(extra ?? {})) {
    if (!isObject(own)) continue
    const { content: whole, message } = own
    if (typeof message === 'string') return message
    const parts = isObject(whole) ? whole['parts'] : null
    if (Array.isArray(parts) && parts.length > 0 && parts.every((one) => typeof one === 'string')) {
      return parts.join('\n')
    }
  }
  return content
}

/** Whether the calls of the first are those that the second begins with. */
export const isCalledAtFirst = (one: Pick<Draft, 'toolCalls'>, other: Draft): boolean =>
  meant(callsOf(one.toolCalls)) ===
  meant(callsOf(other.toolCalls).slice(0, one.toolCalls?.length ?? 0))

/** The same if the last call of the first may have been cut in its arguments. */
export function isCalledSoFar(cut: Pick<Draft, 'toolCalls'>, whole: Draft): boolean {
  if (isCalledAtFirst(cut, whole)) return true
  const before = (cut.toolCalls ?? []).slice(0, -1)
  const [one, other] = [cut.toolCalls?.at(-1), whole.toolCalls?.[before.length]]
  return (
    one !== undefined &&
    one.id === other?.id &&
    one.function.name === other.function.name &&
    isBegun(one.function.arguments, other.function.arguments) &&
    isCalledAtFirst({ toolCalls: before }, whole)
  )
}

/**
 * Whether arguments go on after those that were cut, which an import has as a text: no JSON, or what a tool is sent as text.
 * Those that had not begun may go on in any way.
 */
function isBegun(cut: string, whole: string): boolean {
  const text = inputIn(cut)
  if (text === null) return meant(inJson(cut)) === meant({})
  return [whole, inputIn(whole) ?? ''].some((one) => one.startsWith(text))
}

function inputIn(given: string): string | null {
  const value = inJson(given)
  const input = isObject(value) && Object.keys(value).length === 1 ? value['input'] : null
  return typeof input === 'string' ? input : null
}

/** The calls of a message; none is the same as an empty list. */
const callsOf = (calls: Draft['toolCalls']) =>
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
