import { type JsonObject, type JsonValue, isObject } from '../../contract/json.ts'
import type { ReplyEnd, ReplyEvent } from '../../contract/reply-events.ts'
import { streamClosings } from '../../contract/reply.ts'
import { itemId } from './ids.ts'
import { type Item, kindOf } from './items-out.ts'
import { type Reply, responseOf } from './response.ts'

/**
 * Where the events of each part of a reply begin to be counted. A piece of text has the number of its last unit, so an
 * event has the same number however often, and in whichever pieces, the reply is told. What a model thinks, and what
 * it says, are shorter than these distances.
 */
const AT = {
  thoughts: 10,
  thought: 300_000,
  text: 400_000,
  said: 700_000,
  calls: 800_000,
  end: 900_000,
}

type Fields = JsonObject & { output_index?: number }

interface Said {
  text: string
  isRefusal: boolean
}

const partOf = ({ text, isRefusal }: Said, annotations: JsonValue = []): JsonObject =>
  isRefusal
    ? { type: 'refusal', refusal: text }
    : { type: 'output_text', text, annotations, logprobs: [] }

/** Where the text of a response comes from. */
function annotationsIn(output: Item[]): JsonValue {
  const content = output.find(({ type }) => type === 'message')?.['content']
  const [part] = Array.isArray(content) ? content : []
  return (isObject(part) && part['annotations']) || []
}

const kindOfText = ({ isRefusal }: Said): string =>
  isRefusal ? 'response.refusal' : 'response.output_text'

/** Tells a reply in the events of the Responses API, in their full and strict order. */
export class ResponseEvents {
  readonly #place: Omit<Reply['place'], 'reply'>
  readonly #after: number
  #reply: Reply | null = null
  /** The items that are begun, by their place. */
  #thoughts: { index: number; text: string; isOpen: boolean } | null = null
  #said: (Said & { index: number }) | null = null
  #isOver = false

  /** @param after the number of the last event that is known */
  constructor(conversation: string, after = -1) {
    this.#place = { conversation }
    this.#after = after
  }

  encode(event: ReplyEvent): string {
    if (event.type === 'alive') return ':\n\n'
    return this.#eventsOf(event).join('')
  }

  *#begin({ reply_id: reply }: ReplyEvent, extra: JsonObject | null): Generator<string> {
    this.#reply = { place: { ...this.#place, reply }, extra, end: null }
    const response = responseOf(this.#reply)
    yield this.#event(0, 'response.created', { response })
    yield this.#event(1, 'response.in_progress', { response })
  }

  #eventsOf(event: ReplyEvent): string[] {
    const begun = this.#reply
      ? []
      : [...this.#begin(event, event.type === 'accepted' ? event.extra : null)]
    return [...begun, ...this.#told(event)].filter((one) => one !== '')
  }

  *#told(event: ReplyEvent): Generator<string> {
    switch (event.type) {
      case 'reasoning':
        // What it thinks while it speaks is not among the events: these have to be in order. The whole response has it.
        if (this.#said === null) yield* this.#think(event.content)
        return
      case 'text':
        yield* this.#endThoughts()
        return yield* this.#say(event.content, event.is_refusal === true)
      case 'ended':
        return yield* this.#end(event.end)
      case 'closed': {
        const message = streamClosings[event.reason]
        yield this.#event(AT.end, 'error', { code: event.reason, message, param: null })
        return
      }
      case 'accepted':
      case 'tool-calls':
      case 'alive':
    }
  }

  *#think(content: string): Generator<string> {
    const thoughts = (this.#thoughts ??= { index: 0, text: '', isOpen: true })
    const id = this.#idOf('reasoning')
    const place = { item_id: id, output_index: thoughts.index, summary_index: 0 }
    if (thoughts.text === '') {
      const item = { id, type: 'reasoning', summary: [] }
      yield this.#event(AT.thoughts, 'response.output_item.added', { output_index: 0, item })
      const part = { type: 'summary_text', text: '' }
      yield this.#event(AT.thoughts + 1, 'response.reasoning_summary_part.added', {
        ...place,
        part,
      })
    }
    thoughts.text += content
    yield this.#piece(AT.thoughts + 2, thoughts.text, content, (delta) => ({
      type: 'response.reasoning_summary_text.delta',
      ...place,
      delta,
    }))
  }

  *#endThoughts(): Generator<string> {
    const thoughts = this.#thoughts
    if (!thoughts?.isOpen) return
    thoughts.isOpen = false
    const { text } = thoughts
    const id = this.#idOf('reasoning')
    const place = { item_id: id, output_index: thoughts.index, summary_index: 0 }
    const part = { type: 'summary_text', text }
    yield this.#event(AT.thought, 'response.reasoning_summary_text.done', { ...place, text })
    yield this.#event(AT.thought + 1, 'response.reasoning_summary_part.done', { ...place, part })
    const item = { id, type: 'reasoning', summary: [part] }
    yield this.#event(AT.thought + 2, 'response.output_item.done', { output_index: 0, item })
  }

  *#say(content: string, isRefusal: boolean): Generator<string> {
    const said = (this.#said ??= { index: this.#thoughts ? 1 : 0, text: '', isRefusal })
    const id = this.#idOf('message')
    const place = { item_id: id, output_index: said.index, content_index: 0 }
    if (said.text === '') {
      const item = { id, type: 'message', role: 'assistant', status: 'in_progress', content: [] }
      yield this.#event(AT.text, 'response.output_item.added', { output_index: said.index, item })
      const part = partOf({ ...said, text: '' })
      yield this.#event(AT.text + 1, 'response.content_part.added', { ...place, part })
    }
    said.text += content
    yield this.#piece(AT.text + 2, said.text, content, (delta) => ({
      type: `${kindOfText(said)}.delta`,
      ...place,
      delta,
      ...(!said.isRefusal && { logprobs: [] }),
    }))
  }

  *#endSaid(status: string, annotations: JsonValue): Generator<string> {
    const said = this.#said
    if (said === null) return
    const { text, index, isRefusal } = said
    const id = this.#idOf('message')
    const place = { item_id: id, output_index: index, content_index: 0 }
    const part = partOf(said, annotations)
    const whole = isRefusal ? { refusal: text } : { text, logprobs: [] }
    yield this.#event(AT.said, `${kindOfText(said)}.done`, { ...place, ...whole })
    yield this.#event(AT.said + 1, 'response.content_part.done', { ...place, part })
    const item = { id, type: 'message', role: 'assistant', status, content: [part] }
    yield this.#event(AT.said + 2, 'response.output_item.done', { output_index: index, item })
  }

  *#call(item: Item, index: number, at: number): Generator<string> {
    const text = item['arguments'] as string
    const place = { item_id: item.id, output_index: index }
    const begun = { ...item, status: 'in_progress', arguments: '' }
    const kind = 'response.function_call_arguments'
    yield this.#event(at, 'response.output_item.added', { output_index: index, item: begun })
    yield this.#event(at + 1, `${kind}.delta`, { ...place, delta: text })
    const name = item['name'] ?? ''
    yield this.#event(at + 2, `${kind}.done`, { ...place, name, arguments: text })
    yield this.#event(at + 3, 'response.output_item.done', { output_index: index, item })
  }

  *#end(end: ReplyEnd): Generator<string> {
    if (this.#isOver || this.#reply === null) return
    this.#isOver = true
    const response = responseOf({ ...this.#reply, end })
    yield* this.#endThoughts()
    const status = end.kind === 'completed' ? 'completed' : 'incomplete'
    yield* this.#endSaid(status, annotationsIn(response.output))
    const calls = response.output.filter(({ type }) => type === 'function_call')
    const first = (this.#thoughts ? 1 : 0) + (this.#said ? 1 : 0)
    for (const [place, item] of calls.entries()) {
      yield* this.#call(item, first + place, AT.calls + 10 * place)
    }
    const name = { completed: 'completed', failed: 'failed' }[response.status] ?? 'incomplete'
    yield this.#event(AT.end, `response.${name}`, { response })
    yield 'data: [DONE]\n\n'
  }

  #idOf(type: string): string {
    return itemId(kindOf(type), 0, this.#reply?.place.reply ?? '')
  }

  /** A piece of a text, or what of it is not known yet. */
  #piece(base: number, all: string, piece: string, event: (delta: string) => Fields): string {
    const known = Math.max(0, this.#after - base - (all.length - piece.length))
    const { type, ...fields } = event(piece.slice(known)) as Fields & { type: string }
    return piece.length > known ? this.#event(base + all.length, type, fields) : ''
  }

  /** Nothing for an event that is known. */
  #event(number: number, type: string, fields: Fields): string {
    if (number <= this.#after) return ''
    const data = JSON.stringify({ type, sequence_number: number, ...fields })
    return `event: ${type}\ndata: ${data}\n\n`
  }
}
