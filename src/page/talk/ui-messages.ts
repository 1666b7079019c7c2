import type { DynamicToolUIPart, UIMessage } from 'ai'

import type { Message, NewMessage } from '../api/hilo.ts'

type UIPart = UIMessage['parts'][number]

const MEDIA = /^data:([\w.+-]+\/[\w.+-]+)[;,]/

const mediaTypeOf = (url: string, otherwise: string): string => MEDIA.exec(url)?.[1] ?? otherwise

const parsed = (json: string): unknown => {
  try {
    return JSON.parse(json)
  } catch {
    return json
  }
}

function toPart(part: NonNullable<Message['parts']>[number]): UIPart[] {
  const { type } = part
  const it = part as unknown as Record<string, never>
  switch (type) {
    case 'text':
    case 'refusal':
      return [{ type: 'text', text: it['text']! }]
    case 'reasoning':
      return [{ type: 'reasoning', text: it['text']!, state: 'done' }]
    case 'image_url': {
      const { url } = it['image_url']! as { url: string }
      return [{ type: 'file', mediaType: mediaTypeOf(url, 'image/*'), url }]
    }
    case 'file': {
      const { filename = '', file_data: url = '' } = it['file']! as Record<string, string>
      return [
        { type: 'file', mediaType: mediaTypeOf(url, 'application/octet-stream'), filename, url },
      ]
    }
    case 'source':
      return [{ type: 'source-url', sourceId: it['url']!, url: it['url']!, title: it['title']! }]
    case 'data':
      return [{ type: `data-${String(it['name'])}`, data: it['data'] }]
    default:
      return [{ type: `data-${type}`, data: part }]
  }
}

const toCall = (
  { id, function: { name, arguments: json } }: NonNullable<Message['tool_calls']>[number],
  result: Message | undefined,
): DynamicToolUIPart => {
  const call = {
    type: 'dynamic-tool',
    toolName: name,
    toolCallId: id,
    input: parsed(json),
  } as const
  return result
    ? { ...call, state: 'output-available', output: parsed(result.content) }
    : { ...call, state: 'input-available' }
}

function toMessage(message: Message, results: Map<string, Message>): UIMessage {
  const parts = (message.parts ?? []).flatMap(toPart)
  const hasText = parts.some(({ type }) => type === 'text')
  if (!hasText && message.content !== '') parts.push({ type: 'text', text: message.content })
  const calls = (message.tool_calls ?? []).map((call) => toCall(call, results.get(call.id)))
  const role = message.role === 'tool' ? 'assistant' : message.role
  return { id: message.id, role, parts: [...parts, ...calls] }
}

const made = new WeakMap<Message, UIMessage>()

/** Messages of Hilo's as the AI SDK has them. The result of a tool call goes into the message that called. */
export function toUIMessages(messages: Message[]): UIMessage[] {
  const results = new Map<string, Message>()
  const called = new Set<string>()
  for (const message of messages) {
    for (const { id } of message.tool_calls ?? []) called.add(id)
    if (message.tool_call_id !== null) results.set(message.tool_call_id, message)
  }
  return messages
    .filter(({ tool_call_id: id }) => id === null || !called.has(id))
    .map((message) => {
      const known = made.get(message)
      if (known) return known
      const ui = toMessage(message, results)
      // A call's result may yet come.
      if (message.tool_calls === null) made.set(message, ui)
      return ui
    })
}

/** What a person wrote, for Hilo. */
export function toNewMessage({ id, parts }: UIMessage): NewMessage {
  const texts = parts.flatMap((part) => (part.type === 'text' && part.text ? [part.text] : []))
  const files = parts.flatMap((part): NonNullable<NewMessage['parts']> => {
    if (part.type !== 'file') return []
    if (part.mediaType.startsWith('image/')) {
      return [{ type: 'image_url', image_url: { url: part.url } }]
    }
    return [{ type: 'file', file: { filename: part.filename ?? '', file_data: part.url } }]
  })
  if (files.length === 0) return { id, role: 'user', content: texts.join('\n') }
  return {
    id,
    role: 'user',
    parts: [...files, ...texts.map((text) => ({ type: 'text' as const, text }))],
  }
}

export const textOf = ({ parts }: UIMessage): string =>
  parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n\n')
