import { type JsonObject, isObject } from '../contract/json.ts'
import { failedAnswer } from './failures.ts'
import { KeepablePieces } from './keepable.ts'
import { type Ending, ModelError, type Piece, type Sent, type Usage } from './model.ts'
import { failureIn } from './refused.ts'
import { ThoughtSplitter } from './thoughts.ts'
import { ToolCalls } from './tool-calls.ts'
import { keepField, keepSigned, listOf, textOf } from './wanted-back.ts'

/** Fields of a message, beside its reasoning, that some endpoints want back with its tool calls. */
const WANTED_BACK = [
  'reasoning_details',
  'thinking_blocks',
  'extra_content',
  'provider_specific_fields',
]
/** How long to wait for the count of tokens, which comes after the reason to have finished; some never hang up. */
const USAGE_MS = 1_500
/** The same if an answer went on after a reason: its endpoint gives one with every piece, so it may only be pausing. */
const PAUSE_MS = 10_000

/** Reasons to have failed, which some endpoints give as reasons to have finished. */
const FAILED =
  /error|fail|abort|cancel|insufficient|timeout|overload|malformed|unavailable|rate_?limit/i
const OVERLOADED = /insufficient|overload|unavailable|rate_?limit/i
/** What some endpoints write as long as there is no reason. */
const NONE = /^(null|none|undefined|\w*unspecified)?$/i
/** Reasons to have stopped too soon. */
export const isCutBy = (reason: string): boolean =>
  /length|max_?tokens|token_limit|truncat|context_window|content.?filter|safety|sensitive|recitation|prohibited|blocklist|guardrail/i.test(
    reason,
  )

/**
 * Reads an answer as it comes. What another endpoint sends may be of any type and depth: every field is looked at before
 * it is used, since text made of a nested list would end with the stack.
 *
 * @param chunks each an event's data; null as a sign of life
 * @param from who sends it
 * @param hangUp ends the chunks
 * @param isDone whether an end without a reason is one, once the chunks are through
 */
export async function* read(
  chunks: AsyncIterable<unknown>,
  from: string,
  hangUp: () => void = () => {},
  isDone: () => boolean = () => false,
): AsyncGenerator<Piece, Ending> {
  const answer = new Answer(from)
  const keepable = new KeepablePieces()
  let timer: ReturnType<typeof setTimeout> | null = null
  let patience = USAGE_MS
  try {
    for await (const chunk of chunks) {
      yield keepable.push(answer.take(isObject(chunk) ? chunk : {}))
      if (timer !== null && answer.goesOn) {
        clearTimeout(timer)
        timer = null
        patience = PAUSE_MS
      }
      if (answer.isFinished) timer ??= setTimeout(hangUp, patience)
    }
  } catch (error) {
    // Once it has said why it finished, all that can be missing is how many tokens it took.
    if (!answer.isFinished) throw error
  } finally {
    if (timer !== null) clearTimeout(timer)
  }
  const rest = keepable.end(answer.rest())
  if (rest.text !== '' || rest.reasoning !== '') yield rest
  return answer.ending(isDone())
}

/** What an answer came to so far. */
class Answer {
  readonly #ending: Ending = { finishReason: null, toolCalls: null, model: null, tokensUsed: null }
  readonly #calls = new ToolCalls()
  readonly #thoughts = new ThoughtSplitter()
  readonly #sent: Sent & { fields: JsonObject }
  #isBegun = false
  /** Whether thoughts came in a field. */
  #hasField = false
  /** Whether the last chunk brought some of it. */
  goesOn = false

  constructor(from: string) {
    this.#sent = { from, fields: {} }
  }

  get isFinished(): boolean {
    return this.#ending.finishReason !== null
  }

  take(chunk: JsonObject): Piece {
    const ending = this.#ending
    const [first] = listOf(chunk['choices'])
    const choice = isObject(first) ? first : {}
    const failure = failureIn(chunk)
    if (failure !== null) throw failedAnswer(failure)
    ending.model = textOf(chunk['model']) || ending.model
    ending.tokensUsed = tokensIn(chunk['usage']) ?? tokensIn(choice['usage']) ?? ending.tokensUsed
    const usage = usageIn(chunk['usage']) ?? usageIn(choice['usage'])
    if (usage) ending.usage = usage
    const piece = this.#said(this.#deltaOf(choice))
    this.#finish(textOf(choice['finish_reason']) || textOf(choice['finishReason']))
    return piece
  }

  /** Some endpoints send a whole message. At the end of a stream it repeats what was said. */
  #deltaOf(choice: JsonObject): JsonObject {
    const delta = isObject(choice['delta']) ? choice['delta'] : {}
    const whole = isObject(choice['message']) && !this.#isBegun ? choice['message'] : {}
    const isEmpty = Object.entries(delta).every(
      ([name, value]) => name === 'role' || value === null || value === '',
    )
    return isEmpty ? { ...delta, ...whole } : delta
  }

  #said(delta: JsonObject): Piece {
    const calls = callsOf(delta)
    for (const call of calls) this.#calls.push(call)
    const refusal = textOf(delta['refusal'])
    if (refusal !== '') this.#ending.isRefusal = true
    for (const name of WANTED_BACK) keepField(this.#sent.fields, name, delta[name])
    const { field, text: thought } = reasoningIn(delta)
    if (field !== null) this.#sent.reasoning_field = field
    const said = this.#thoughts.push(spokenIn(delta['content']) || refusal)
    // Some endpoints send the same thoughts twice, in a field and in the text.
    this.#hasField ||= thought !== ''
    const reasoning = thought + (this.#hasField ? '' : said.reasoning)
    this.goesOn = calls.length > 0 || said.text !== '' || reasoning !== ''
    this.#isBegun ||= said.text !== '' || reasoning !== ''
    return {
      text: said.text,
      reasoning,
      ...(this.#ending.isRefusal && { isRefusal: true }),
    }
  }

  #finish(reason: string): void {
    if (NONE.test(reason.trim())) return
    if (FAILED.test(reason)) {
      throw new ModelError(
        OVERLOADED.test(reason) ? 'overloaded' : 'failed',
        'The model broke its answer off.',
      )
    }
    this.#ending.finishReason = reason
  }

  /** What was held back as the beginning of something. */
  rest(): Piece {
    const { text, reasoning } = this.#thoughts.end()
    return { text, reasoning: this.#hasField ? '' : reasoning }
  }

  ending(isDone: boolean): Ending {
    const ending = this.#ending
    if (isDone) ending.finishReason ??= 'stop'
    // Calls of a reply that was cut may be half a call: they count only with a reason to have finished.
    if (ending.finishReason === null) return ending
    if (isCutBy(ending.finishReason) && this.#calls.isCut) return { ...ending, isCut: true }
    ending.toolCalls = this.#calls.all
    if (ending.toolCalls !== null) {
      keepSigned(this.#sent.fields)
      if (this.#thoughts.hasThought && !this.#hasField) this.#sent.reasoning_field = 'content'
      ending.sent = this.#sent
    }
    return ending
  }
}

/** Tokens of prompt and completion; null if they are no whole number. */
const tokensIn = (usage: unknown): number | null =>
  countIn(isObject(usage) ? usage['total_tokens'] : null)

const countIn = (value: unknown): number | null =>
  Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : null

/** The same, told apart; null if the provider does not. */
function usageIn(usage: unknown): Usage | null {
  if (!isObject(usage)) return null
  const [sent, received] = [countIn(usage['prompt_tokens']), countIn(usage['completion_tokens'])]
  if (sent === null || received === null) return null
  const detail = (of: string, name: string) =>
    countIn(isObject(usage[of]) ? usage[of][name] : null) ?? 0
  const cached = detail('prompt_tokens_details', 'cached_tokens')
  const thought = detail('completion_tokens_details', 'reasoning_tokens')
  return { sent, cached, received, thought }
}

const objectsIn = (value: unknown): JsonObject[] => listOf(value).filter(isObject)

/** The text of a message's content: text, or a list of parts of which some are text. */
const spokenIn = (content: unknown): string =>
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
function reasoningIn(delta: JsonObject): Reasoning {
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
function callsOf(delta: JsonObject): JsonObject[] {
  const calls = objectsIn(delta['tool_calls'])
  const alone = delta['function_call']
  return isObject(alone) && calls.length === 0 ? [{ index: 0, function: alone }] : calls
}
