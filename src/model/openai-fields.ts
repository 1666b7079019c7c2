import { type JsonObject, isObject } from '../contract/json.ts'
import { listOf, textOf } from './wanted-back.ts'

/** Those of the answer: one, or what it says and what it calls by itself. */
export function choicesIn(chunk: JsonObject): JsonObject[] {
  const choices = objectsIn(chunk['choices'])
  const first = choices.find(({ index }) => index === 0) ?? choices[0]
  return choices.filter(({ index }) => index === first?.['index'])
}

export const isEmptyList = (value: unknown): boolean => Array.isArray(value) && value.length === 0

const objectsIn = (value: unknown): JsonObject[] => listOf(value).filter(isObject)

/** The text of a message's content: text, or a list of parts of which some are text. */
export const spokenIn = (content: unknown): string =>
  textOf(content) ||
  objectsIn(isObject(content) ? [content] : content)
    .map(spokenPart)
    .join('')
const spokenPart = ({ type, text }: JsonObject): string =>
  type === 'text' || type === 'output_text' ? textOf(isObject(text) ? text['value'] : text) : ''

interface Reasoning {
  /** The field that it came in, if it is one that may be wanted back. */
  field: 'reasoning' | 'reasoning_content' | null
  text: string
}

/** What the model thinks, in whichever field its endpoint sends it. Some send it in several: it counts once. */
export function reasoningIn(delta: JsonObject): Reasoning {
  for (const field of ['reasoning_content', 'reasoning'] as const) {
    const text = textOf(delta[field])
    if (text !== '') return { field, text }
  }
  const elsewhere = ['reasoning_text', 'thinking', 'thinking_content', 'thought', 'reasoning']
    .map((name) => spokenIn(delta[name]))
    .find((text) => text !== '')
  const listed = [delta['content'], delta['reasoning_details'], delta['thinking_blocks']]
    .map((list) => objectsIn(list).map(thoughtPart).join(''))
    .find((text) => text !== '')
  return { field: null, text: elsewhere ?? listed ?? '' }
}

/** What a part of a list says of thoughts; nothing if it says something else. */
function thoughtPart({ type, text, summary, thinking, reasoning }: JsonObject): string {
  if (!/^(thinking|reasoning)/.test(textOf(type))) return ''
  return [thinking, text, reasoning, summary].map(thoughtIn).find((one) => one !== '') ?? ''
}

const thoughtIn = (value: unknown): string =>
  textOf(value) ||
  listOf(value)
    .map((part) => (isObject(part) ? textOf(part['text']) : textOf(part)))
    .join('')

/** The calls that a chunk brings; the form before there could be several was one `function_call`. */
export function callsOf(delta: JsonObject): JsonObject[] {
  const given = delta['tool_calls']
  const calls = objectsIn(isObject(given) ? [given] : given)
  const alone = delta['function_call']
  return isObject(alone) && calls.length === 0 ? [{ index: 0, function: alone }] : calls
}
