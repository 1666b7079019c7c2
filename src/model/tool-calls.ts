import { isDeeper } from '../contract/depth.ts'
import { type JsonObject, isObject } from '../contract/json.ts'
import { CALL_ID_LENGTH, CALL_NAME_LENGTH, JSON_DEPTH } from '../contract/limits.ts'
import type { ToolCall } from '../contract/message.ts'
import { ModelError } from './model.ts'
import { keepField, textOf } from './wanted-back.ts'

/** A call as an endpoint sends it, or a piece of one. */
interface CallDelta {
  id: string
  /** Null if the endpoint counts none. */
  index: number | null
  name: string
  /** Text, or JSON if the endpoint sends it so. */
  given: unknown
  /** What it brings beside the fields that every endpoint sends, such as a thought signature. */
  extra: JsonObject
}

interface Call extends Omit<CallDelta, 'given'> {
  arguments: string
  /** The last piece of them, if each one so far began with the one before it: such an endpoint sends all it has each time. */
  grown: string | null
}

/**
 * The calls of a reply, put together from their pieces. Endpoints tell them apart by id, by index, by both or by neither,
 * and some repeat the name with each piece or count all calls as the first.
 */
export class ToolCalls {
  readonly #calls: Call[] = []

  push(delta: JsonObject): void {
    const call = readCall(delta)
    const known = this.#of(call)
    if (known === null) {
      const given = argumentsOf(call.given)
      this.#calls.push({ ...call, arguments: given, grown: given })
      return
    }
    known.id ||= call.id
    // A name may come in pieces, or again with each piece of the arguments.
    known.name = call.name.startsWith(known.name) ? call.name : known.name + call.name
    if (!isAgain(known, call)) goOn(known, call.given)
    for (const [key, value] of Object.entries(call.extra)) keepField(known.extra, key, value)
  }

  /** The call that a piece goes on with; null if it begins one. */
  #of(delta: CallDelta): Call | null {
    const { id, index, name } = delta
    const isAt = (call: Call) => index === null || call.index === null || call.index === index
    const named = id === '' ? undefined : this.#calls.find((call) => call.id === id && isAt(call))
    // A piece that names nothing goes on with the last call, whichever it is counted as.
    const last = id === '' && name === '' ? this.#calls.at(-1) : undefined
    const half = last && !isWhole(last.arguments) ? last : undefined
    const known = named ?? this.#calls.findLast(isAt) ?? half
    if (known === undefined) return null
    const isOther = named === undefined && id !== '' && known.id !== ''
    if (name === '' || (known.name === '' && !isOther)) return known
    // One that names itself is another call if the one before it is whole.
    if (isWhole(known.arguments)) return isAgain(known, delta) && !isOther ? known : null
    if (named) return named
    if (isOther) {
      return known.arguments !== '' && name === known.name ? known : null
    }
    return index === null && name !== known.name ? null : known
  }

  get isEmpty(): boolean {
    return this.#calls.length === 0
  }

  /** Whether one was cut in the middle, if the reply ended too soon. */
  get isCut(): boolean {
    const last = this.#calls.at(-1)
    return this.#calls.some((call) => !isWhole(argumentsIn(call) || (call === last ? '' : '{}')))
  }

  /** Those that can be made: one without a name can neither be run nor be sent back. Null if there are none. */
  get all(): ToolCall[] | null {
    const ids = new Set<string>()
    const calls = this.#calls.flatMap((call) => {
      const { id, extra } = call
      const given = unquoted(argumentsIn(call))
      // Clients parse them; a tool without parameters is called with none.
      const isNone = ['', 'null'].includes(given.trim())
      // gpt-oss leaves marks of its template behind it, if its server does not read them.
      const name = call.name.replace(/<\|[^]*/, '').trim()
      if (name === '' || name.length > CALL_NAME_LENGTH) return []
      // Some endpoints give all calls of a reply the same id, or none: then no result could tell which it answers.
      const isOwn = id === '' || id.length > CALL_ID_LENGTH || ids.has(id)
      const own = isOwn ? newCallId() : id
      ids.add(own)
      const hasExtra = Object.keys(extra).length > 0
      return [
        {
          id: own,
          type: 'function' as const,
          function: { name, arguments: isNone ? '{}' : given },
          ...(hasExtra && { extra }),
        },
      ]
    })
    return calls.length > 0 ? calls : null
  }
}

/** Whether a piece only says again what is known of a whole call. */
const isAgain = (known: Call, { name, given }: CallDelta): boolean =>
  isWhole(known.arguments) &&
  (name === '' || name === known.name) &&
  (given === '' || given === known.arguments || isSameJson(argumentsOf(given), known.arguments))

/** Whether two texts are the same JSON but for the space in it. */
const isSameJson = (one: string, other: string): boolean =>
  isWhole(one) && JSON.stringify(JSON.parse(one)) === JSON.stringify(JSON.parse(other))

/** At most 40 characters: some endpoints take no longer one. */
const newCallId = (): string => `call_${crypto.randomUUID().replaceAll('-', '')}`

function goOn(call: Call, given: unknown): void {
  const piece = argumentsOf(given)
  if (piece === '') return
  const before = call.arguments
  // Gateways of other APIs begin with an empty object, and only then send what it is.
  const isAnew = !isText(given) || (before.trim() === '{}' && piece.trimStart().startsWith('{'))
  call.arguments = isAnew ? piece : before + piece
  call.grown = isAnew || (call.grown !== null && piece.startsWith(call.grown)) ? piece : null
}

/** The arguments of a call, in whichever way they came. */
const argumentsIn = ({ arguments: joined, grown }: Call): string =>
  grown !== null && !isWhole(joined) && isWhole(grown) ? grown : joined

/** Some models write the text of an object as a text once more. */
function unquoted(json: string): string {
  if (!json.trimStart().startsWith('"')) return json
  const text: unknown = isWhole(json) ? JSON.parse(json) : null
  return isText(text) && text.trimStart().startsWith('{') && isWhole(text) ? text : json
}

const isText = (value: unknown): value is string => typeof value === 'string'

function indexIn(value: unknown): number | null {
  const number = isText(value) && value.trim() !== '' ? Number(value) : value
  return Number.isSafeInteger(number) ? (number as number) : null
}

function isWhole(json: string): boolean {
  try {
    JSON.parse(json)
    return true
  } catch {
    return false
  }
}

function readCall(delta: JsonObject): CallDelta {
  const { index, id, type: _type, function: called, ...fields } = delta
  const isFlat = !isObject(called) && typeof fields['name'] === 'string'
  const { name, arguments: given, ...more } = isObject(called) ? called : isFlat ? fields : {}
  const extra: JsonObject = {}
  for (const [key, value] of Object.entries(isFlat ? {} : fields)) keepField(extra, key, value)
  for (const [key, value] of Object.entries(more)) {
    if (value !== null) keepField(extra, 'function', { [key]: value })
  }
  return {
    id: textOf(id),
    index: indexIn(index),
    name: textOf(name),
    given: given ?? '',
    extra,
  }
}

/** The arguments of a call; some endpoints send them as JSON, not as text of it. */
function argumentsOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return textOf(value)
  if (!isDeeper(value, JSON_DEPTH)) return JSON.stringify(value)
  throw new ModelError('failed', `The model nested a tool call deeper than ${JSON_DEPTH} levels.`)
}
