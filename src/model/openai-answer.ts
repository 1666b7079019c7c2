import { type JsonObject, isObject } from '../contract/json.ts'
import { FAILED, NONE, OVERLOADED, isCutBy, reasonIn } from './endings.ts'
import { failedAnswer, foreignAnswer } from './failures.ts'
import { KeepablePieces } from './keepable.ts'
import { type Ending, ModelError, type Piece, type Sent } from './model.ts'
import { callsOf, choicesIn, isEmptyList, reasoningIn, spokenIn } from './openai-fields.ts'
import { Pictures } from './pictures.ts'
import { failureIn } from './refused.ts'
import { Sources } from './sources.ts'
import { ThoughtSplitter } from './thoughts.ts'
import { ToolCalls } from './tool-calls.ts'
import { tokensIn, usageIn } from './usage.ts'
import { keepField, keepSigned, textOf } from './wanted-back.ts'

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
  let failure: unknown = null
  try {
    for await (const chunk of chunks) {
      yield keepable.push(answer.take(isObject(chunk) ? chunk : {}))
      if (answer.failure) throw answer.failure
      if (timer !== null && answer.goesOn) {
        clearTimeout(timer)
        timer = null
        patience = PAUSE_MS
      }
      if (answer.isFinished) timer ??= setTimeout(hangUp, patience)
    }
  } catch (error) {
    // Once it has said why it finished, all that can be missing is how many tokens it took.
    if (!answer.isFinished) failure = error
  } finally {
    if (timer !== null) clearTimeout(timer)
  }
  const rest = keepable.end(answer.rest())
  if (rest.text !== '' || rest.reasoning !== '') yield rest
  if (failure !== null) throw failure
  if (answer.isForeign) throw foreignAnswer()
  return answer.ending(isDone())
}

/** What an answer came to so far. */
class Answer {
  readonly #ending: Ending = { finishReason: null, toolCalls: null, model: null, tokensUsed: null }
  readonly #calls = new ToolCalls()
  readonly #thoughts = new ThoughtSplitter()
  readonly #sources = new Sources()
  readonly #pictures = new Pictures()
  readonly #sent: Sent & { fields: JsonObject }
  #isBegun = false
  /** Whether thoughts came in a field. */
  #hasField = false
  /** Whether anything was said. */
  #hasText = false
  /** Why it has failed; what came with that counts. */
  failure: ModelError | null = null
  /** Whether the last chunk brought some of it. */
  goesOn = false
  /** Whether all that came is of another protocol. */
  isForeign = false
  #isKnown = false

  constructor(from: string) {
    this.#sent = { from, fields: {} }
  }

  get isFinished(): boolean {
    return this.#ending.finishReason !== null
  }

  take(chunk: JsonObject): Piece {
    const ending = this.#ending
    const choices = choicesIn(chunk)
    this.#isKnown ||= 'choices' in chunk
    this.isForeign = !this.#isKnown && (this.isForeign || Object.keys(chunk).length > 0)
    const told = failureIn(chunk)
    if (told !== null) this.failure = failedAnswer(told)
    ending.model = textOf(chunk['model']) || ending.model
    const groq = isObject(chunk['x_groq']) ? chunk['x_groq']['usage'] : null
    for (const usage of [groq, ...choices.map((choice) => choice['usage']), chunk['usage']]) {
      ending.tokensUsed = tokensIn(usage) ?? ending.tokensUsed
      const counted = usageIn(usage)
      if (counted) ending.usage = counted
    }
    const piece: Piece = { text: '', reasoning: '' }
    this.goesOn = false
    for (const choice of choices) {
      const { text, reasoning } = this.#said(this.#deltaOf(choice))
      piece.text += text
      piece.reasoning += reasoning
      this.#finish(reasonIn(choice))
    }
    const messages = choices.flatMap(({ delta, message }) => [delta, message]).filter(isObject)
    if (this.#sources.add(chunk, messages)) piece.sources = this.#sources.all
    const pictured = messages.filter((message) => this.#pictures.add(message))
    if (pictured.length > 0) piece.pictures = this.#pictures.all
    return ending.isRefusal ? { ...piece, isRefusal: true } : piece
  }

  /** Some endpoints send a whole message. At the end of a stream it repeats what was said, but may bring the calls. */
  #deltaOf(choice: JsonObject): JsonObject {
    const delta = isObject(choice['delta']) ? choice['delta'] : {}
    const message = isObject(choice['message']) ? choice['message'] : {}
    const { tool_calls: calls = null, function_call: call = null } = message
    const late = this.#calls.isEmpty ? { tool_calls: calls, function_call: call } : {}
    const whole: JsonObject = this.#isBegun ? late : message
    const isEmpty = Object.entries(delta).every(
      ([name, value]) => name === 'role' || value === null || value === '' || isEmptyList(value),
    )
    if (!isEmpty) return delta
    // The form before there were chats.
    const text = textOf(choice['text'])
    return { ...delta, ...whole, ...(text !== '' && { content: text }) }
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
    this.goesOn ||= calls.length > 0 || said.text !== '' || reasoning !== ''
    this.#hasText ||= said.text.trim() !== ''
    this.#isBegun ||= said.text !== '' || reasoning !== ''
    return { text: said.text, reasoning }
  }

  #finish(reason: string): void {
    if (NONE.test(reason.trim())) return
    if (FAILED.test(reason)) {
      const kind = OVERLOADED.test(reason) ? 'overloaded' : 'failed'
      this.failure ??= new ModelError(kind, 'The model broke its answer off.')
    } else {
      this.#ending.finishReason = reason
    }
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
    // Nothing was said but calls that nobody can make.
    const isNothing = ending.toolCalls === null && !this.#calls.isEmpty && !this.#hasText
    if (isNothing) return { ...ending, isCut: true }
    if (ending.toolCalls !== null) {
      keepSigned(this.#sent.fields)
      if (this.#thoughts.hasThought && !this.#hasField) this.#sent.reasoning_field = 'content'
      ending.sent = this.#sent
    }
    return ending
  }
}
