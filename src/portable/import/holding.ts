import { INLINE_BYTES } from '../../contract/file.ts'
import { MESSAGE_BYTES } from '../../contract/limits.ts'
import type { Draft } from '../../contract/message.ts'
import { extraWithFiles } from '../../contract/thread.ts'
import type { FoundMessage } from './found.ts'
import { type Fields, fieldsOf, isFields, listOf, textOf } from './values.ts'

/** What a conversation has in it that is to be a file. */
export interface Held {
  name: string | null
  text?: string
  base64?: string
}

const DATA = /^data:[^,]{0,255};base64,/
/** Parts beside the text that are still so much in all are made files however small they are. */
const MANY = MESSAGE_BYTES / 2

/**
 * Takes bytes out of messages before these are measured. An id stands for each until it is kept as a file; another
 * conversation may use the same ones.
 */
export class Holding {
  readonly files = new Map<string, Held>()

  hold(held: Held): string {
    const id = `file_${'e'.repeat(16)}${this.files.size.toString(16).padStart(16, '0')}`
    this.files.set(id, held)
    return id
  }

  /** A message whose inline bytes are held. */
  on(message: FoundMessage): FoundMessage {
    if (!Array.isArray(message.parts)) return message
    const taken = new Map<string, number>()
    const without = (least: number) => (part: unknown, place: number) =>
      this.#without(part, least, (data) => taken.set(data, place))
    let parts = message.parts.map(without(INLINE_BYTES))
    const others = parts.filter((part) => fieldsOf(part)['type'] !== 'text')
    if (JSON.stringify(others).length > MANY) parts = parts.map(without(0))
    if (taken.size === 0) return message
    return { ...message, parts, extra: bare(marked(message, parts, taken), taken) }
  }

  #without(part: unknown, least: number, take: (data: string) => void): unknown {
    if (!isFields(part)) return part
    const { type, image_url: image, file } = part
    const inside = fieldsOf(type === 'file' ? file : image)
    const data = textOf(type === 'file' ? inside['file_data'] : inside['url'])
    if (type !== 'file' && (type !== 'image_url' || !DATA.test(data))) return part
    const base64 = data.replace(DATA, '')
    if (base64 === '' || (base64.length * 3) / 4 <= least || !isBase64(base64)) return part
    take(data)
    take(base64)
    const { file_data: _data, url: _url, ...more } = inside
    const name = textOf(inside['filename']) || null
    const named: Fields = { file_id: this.hold({ name, base64 }), ...more }
    return type === 'file' ? { type, file: named } : { type, image_url: named }
  }
}

function isBase64(text: string): boolean {
  try {
    Uint8Array.fromBase64(text)
    return true
  } catch {
    return false
  }
}

/** What an assistant-ui client sent, with what stands for the address of a file in the place of its bytes. */
function marked(message: FoundMessage, parts: unknown[], taken: Map<string, number>): unknown {
  const { extra, content, toolCalls } = message
  if (!isFields(extra)) return extra
  const draft = { content, parts: message.parts, toolCalls, extra } as Draft
  return extraWithFiles(draft, parts as Draft['parts'], taken)
}

/** The same without bytes that are in a file from now on. */
function bare(value: unknown, taken: Map<string, number>): unknown {
  if (typeof value === 'string') {
    return taken.has(value) ? `${DATA.exec(value)?.[0] ?? ''}…` : value
  }
  if (Array.isArray(value)) return listOf(value).map((one) => bare(one, taken))
  if (!isFields(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, bare(one, taken)]))
}
