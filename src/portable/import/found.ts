import type { ImportSource } from '../../contract/import.ts'
import { Role } from '../../contract/message.ts'
import { type Fields, rest } from './values.ts'

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
  isArchived: boolean
  /** If the file says when it was archived. */
  archivedAt?: unknown
  messages: FoundMessage[]
  /** What has no field, under the name of what it is. */
  extra: Extra
  /** The `extra` that a Hilo gave it out with: it comes out again as it is. */
  own?: unknown
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
  /** Other fields, by their names in Hilo: kept if a message can have them. */
  more?: Fields | null
}

export interface Extra {
  /** Fields of the conversation. */
  fields?: Fields
  /** What a model thought before it wrote the message of that id. */
  reasoning?: Record<string, unknown[]>
  /** Fields of the message of that id, and what of its content is not text. */
  messages?: Record<string, unknown>
  /** Messages that are not on the current path, as the file has them. */
  branches?: unknown[]
  /** Messages on it that show nothing, as the file has them. */
  hidden?: unknown[]
  /** Texts and times as they were, if they could not be kept so; by the name of the field. */
  originals?: Record<string, unknown>
  /** The path ran in a circle, and was cut there. */
  is_circular?: true
}

export const roleOf = (value: unknown): Role | null => Role.safeParse(value).data ?? null

/** Collects what has no field, message by message. */
export class Extras {
  readonly #reasoning = new Map<string, unknown[]>()
  readonly #messages = new Map<string, Fields>()
  readonly hidden: unknown[] = []
  #waiting: unknown[] = []

  /** Thoughts; of the message of that id, or of the next one that is named. */
  thought(thoughts: unknown, id?: string): void {
    if (id === undefined) this.#waiting.push(thoughts)
    else this.#reasoning.set(id, [...(this.#reasoning.get(id) ?? []), thoughts])
  }

  /** A message was made; what was thought before is its own. */
  made(id: string): void {
    for (const thoughts of this.#waiting) this.thought(thoughts, id)
    this.#waiting = []
  }

  /** What is left of a message's fields. */
  leave(id: string, fields: Fields, understood: readonly string[]): void {
    const left = rest(fields, understood)
    if (left) this.#messages.set(id, { ...this.#messages.get(id), ...left })
  }

  whole(parts: Pick<Extra, 'fields' | 'branches'> & { isCircular: boolean }, last: string): Extra {
    this.made(last)
    const { fields, branches = [], isCircular } = parts
    return {
      ...(fields && Object.keys(fields).length > 0 && { fields }),
      ...(this.#reasoning.size > 0 && { reasoning: Object.fromEntries(this.#reasoning) }),
      ...(this.#messages.size > 0 && { messages: Object.fromEntries(this.#messages) }),
      ...(branches.length > 0 && { branches }),
      ...(this.hidden.length > 0 && { hidden: this.hidden }),
      ...(isCircular && { is_circular: true as const }),
    }
  }
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
