import type { ToolCall } from '../../contract/message.ts'
import { type Extras, type FoundMessage, type Thought, argumentsOf } from './found.ts'
import { type Fields, isFields, listOf, textOf } from './values.ts'

/** A piece of what an assistant wrote in one go: text, thoughts, a call, its result, or something else. */
export type Block =
  | { kind: 'text'; text: string; raw: unknown }
  | { kind: 'thought'; thought: Thought; raw: unknown }
  | { kind: 'call'; id: string | null; name: string; input: unknown; raw: unknown }
  | { kind: 'result'; of: string | null; text: string; raw: unknown }
  | { kind: 'other'; name: string; raw: unknown }

/** The blocks of a message: its `content`, or if there is no text in that its `text`, which newer exports repeat. */
export function blocksOf(
  { content, text: whole }: Fields,
  read: (block: Fields) => Block[],
): { blocks: Block[]; leftText: string | null } {
  const listed = typeof content === 'string' ? [content] : listOf(content)
  const blocks = listed.flatMap((block): Block[] => {
    if (typeof block === 'string') return [{ kind: 'text', text: block, raw: null }]
    return isFields(block) ? read(block) : []
  })
  const said = saidIn(blocks).join('')
  const text = textOf(whole)
  if (said !== '') return { blocks, leftText: bare(said) === bare(text) ? null : text }
  return { blocks: [...blocks, { kind: 'text', text, raw: null }], leftText: null }
}

export const saidIn = (blocks: Block[]): string[] =>
  blocks.flatMap((block) => (block.kind === 'text' && block.text !== '' ? [block.text] : []))

const bare = (text: string): string => text.replaceAll(/\s/g, '')

/**
 * Some programs keep a whole turn as one message. Here it becomes several: what the assistant said with its calls,
 * a message for each result, and what it said then. The first has the id of the whole, the others are counted.
 */
export function spread(
  id: string,
  blocks: Block[],
  shared: Pick<FoundMessage, 'model' | 'createdAt' | 'finishReason' | 'isInterrupted'>,
  extras: Extras,
): FoundMessage[] {
  const { createdAt, ...ofAssistant } = shared
  const messages: FoundMessage[] = []
  const raws = new Map<string, unknown[]>()
  let texts: string[] = []
  let calls: ToolCall[] = []
  let placeholder: string | null = null
  let open: string[] = []
  const nextId = () => (messages.length === 0 ? id : `${id}.${messages.length + 1}`)
  const keep = (raw: unknown) => {
    if (raw === null) return
    const at = nextId()
    raws.set(at, [...(raws.get(at) ?? []), raw])
  }
  const finish = () => {
    if (texts.length > 0 || calls.length > 0 || placeholder !== null) {
      const said = { id: nextId(), role: 'assistant' as const, content: texts.join('\n\n') }
      messages.push({
        ...said,
        placeholder,
        toolCalls: calls.length > 0 ? calls : null,
        model: shared.model,
        createdAt,
      })
    }
    texts = []
    calls = []
    placeholder = null
  }
  for (const block of blocks) {
    if (block.kind === 'text') {
      keep(block.raw)
      if (block.text !== '') texts.push(block.text)
    } else if (block.kind === 'thought') {
      extras.thought(nextId(), block.thought, block.raw)
    } else if (block.kind === 'call') {
      const callId = block.id ?? `${nextId()}-call-${calls.length + 1}`
      open.push(callId)
      keep(block.raw)
      calls.push({
        id: callId.slice(0, 512),
        type: 'function',
        function: { name: block.name.slice(0, 256), arguments: argumentsOf(block.input) },
      })
    } else if (block.kind === 'result') {
      finish()
      const toolCallId = block.of ?? open[0] ?? `${nextId()}-call`
      open = open.filter((one) => one !== toolCallId)
      keep(block.raw)
      messages.push({
        id: nextId(),
        role: 'tool',
        content: block.text,
        toolCallId: toolCallId.slice(0, 512),
        createdAt,
      })
    } else {
      placeholder ??= `[${block.name}]`
      keep(block.raw)
    }
  }
  finish()
  for (const [at, content] of raws) extras.leave(at, { content }, [])
  const last = messages.findLastIndex((message) => message.role === 'assistant')
  return messages.map((message, index) =>
    index === last ? { ...message, ...ofAssistant } : message,
  )
}
