import type { ImportSource } from '../../contract/import.ts'
import { Role } from '../../contract/message.ts'
import { type Fields, isFields, rest, textOf } from './values.ts'

/** A conversation as its program's file has it, before anything was checked. */
export interface Found {
  source: ImportSource
  sourceId: string | null
  title: unknown
  topic?: unknown
  language?: unknown
  metadata?: unknown
  isResolved?: boolean
  createdAt: unknown
  updatedAt: unknown
  /** Undefined if the file does not say it. */
  isArchived: boolean | undefined
  /** If the file says when it was archived. */
  archivedAt?: unknown
  messages: FoundMessage[]
  /** Of Hilo's own: what it tells of the files that its messages name, by their ids. */
  known?: Map<string, KnownFile>
  /** The place, from 1, of the message that the conversation is at. Left out if that is the last. */
  head?: number
  /** What had to be mended for that, in words. */
  mended?: string[]
  /** What has no field, under the name of what it is. */
  extra: Extra
  /** The `extra` that a Hilo gave it out with: it comes out again as it is. */
  own?: unknown
}

/** What another Hilo tells of a file beside its id. */
export interface KnownFile {
  sha256: string
  name: string | null
}

export interface FoundMessage {
  id: string | null
  role: Role
  content: string
  /** What is shown if the text is empty. */
  placeholder?: string | null
  /** Images that a model can be shown. */
  parts?: unknown
  toolCalls?: unknown
  toolCallId?: unknown
  isInterrupted?: boolean
  finishReason?: unknown
  model?: unknown
  tokensUsed?: unknown
  createdAt?: unknown
  /** The place, from 1, of the message that it follows; 0 for none. Left out if it follows the one before it. */
  follows?: number
  thoughts?: Thought[]
  /** What has no field: under the program's name, but for Hilo's own. */
  extra?: unknown
  /** Other fields, by their names in Hilo: kept if a message can have them. */
  more?: Fields | null
}

export interface Extra {
  /** Fields of the conversation. */
  fields?: Fields
  /** What a message is too large to hold, by its id. */
  messages?: Record<string, unknown>
  /** Messages that show nothing, as the file has them. */
  hidden?: unknown[]
  /** Texts and times as they were, if they could not be kept so; by the name of the field. */
  originals?: Record<string, unknown>
}

/** What other programs call who speaks. */
const roles = new Map<string, Role>([
  ['human', 'user'],
  ['person', 'user'],
  ['customer', 'user'],
  ['prompter', 'user'],
  ['you', 'user'],
  ['me', 'user'],
  ['client', 'user'],
  ['question', 'user'],
  ['ai', 'assistant'],
  ['model', 'assistant'],
  ['agent', 'assistant'],
  ['bot', 'assistant'],
  ['chatbot', 'assistant'],
  ['gpt', 'assistant'],
  ['llm', 'assistant'],
  ['answer', 'assistant'],
  ...['chatgpt', 'bing', 'bard', 'claude', 'gemini', 'copilot'].map((name): [string, Role] => [
    name,
    'assistant',
  ]),
  ['developer', 'system'],
  ['function', 'tool'],
  ['observation', 'tool'],
])

/** The role by any of its names, in letters of any size; null if it is none that is known. */
export function roleOf(value: unknown): Role | null {
  const name = textOf(value).trim().toLowerCase()
  return Role.safeParse(name).data ?? roles.get(name) ?? null
}

/** What a model thought before it wrote. */
export interface Thought {
  text: string
  signature?: string
  encrypted?: string
}

/** Collects what has no field, message by message. */
export class Extras {
  #fields = new Map<string, Fields>()
  #thoughts = new Map<string, Thought[]>()
  readonly hidden: unknown[] = []

  /** @param raw what a thought has beside its text; null if nothing */
  thought(id: string, thought: Thought, raw: unknown = null): void {
    this.#thoughts.set(id, [...(this.#thoughts.get(id) ?? []), thought])
    if (raw === null) return
    const { reasoning } = this.#fields.get(id) ?? {}
    this.leave(id, { reasoning: [...(Array.isArray(reasoning) ? reasoning : []), raw] }, [])
  }

  /** What is left of a message's fields. */
  leave(id: string, fields: Fields, understood: readonly string[]): void {
    const left = rest(fields, understood)
    if (left) this.#fields.set(id, { ...this.#fields.get(id), ...left })
  }

  /** Messages with what was collected of them; what names none of them is the last one's. */
  on(messages: FoundMessage[]): FoundMessage[] {
    const [allFields, allThoughts] = [this.#fields, this.#thoughts]
    this.#fields = new Map()
    this.#thoughts = new Map()
    const ids = new Set(messages.map(({ id }) => id))
    const strays = <V>(all: Map<string, V>) =>
      [...all].filter(([id]) => !ids.has(id)).map(([, one]) => one)
    return messages.map((message, index) => {
      const isLast = index === messages.length - 1
      const id = message.id ?? ''
      const fields = [allFields.get(id) ?? {}, ...(isLast ? strays(allFields) : [])]
      const thoughts = [
        ...(isLast ? strays(allThoughts).flat() : []),
        ...(allThoughts.get(id) ?? []),
      ]
      const extra = [message.extra, ...fields].filter(isFields).reduce(together, {})
      const all = [...(message.thoughts ?? []), ...thoughts]
      return {
        ...message,
        ...(Object.keys(extra).length > 0 && { extra }),
        ...(all.length > 0 && { thoughts: all }),
      }
    })
  }

  whole(fields: Fields | null): Extra {
    return {
      ...(fields && Object.keys(fields).length > 0 && { fields }),
      ...(this.hidden.length > 0 && { hidden: this.hidden }),
    }
  }
}

/** Fields of two places of one message. Thoughts are kept in their order. */
function together(all: Fields, more: Fields): Fields {
  const { reasoning: before } = all
  const { reasoning: after } = more
  const isBoth = Array.isArray(before) && Array.isArray(after)
  return { ...all, ...more, ...(isBoth && { reasoning: [...before, ...after] }) }
}

/** The arguments of a call as JSON, which is what models are sent. */
export function argumentsOf(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value ?? {})
  try {
    JSON.parse(value)
    return value
  } catch {
    return JSON.stringify({ input: value })
  }
}
