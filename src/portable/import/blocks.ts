import { CALL_ID_LENGTH, CALL_NAME_LENGTH } from '../../contract/limits.ts'
import type { ToolCall } from '../../contract/message.ts'
import type { Part } from '../../contract/part.ts'
import { type Extras, type FoundMessage, type Thought, argumentsOf } from './found.ts'
import { withText } from './parts.ts'
import { type Fields, fieldsOf, isFields, listOf, textOf } from './values.ts'

/** A piece of what an assistant wrote in one go: text, thoughts, a call, its result, or something else. */
export type Block =
  | { kind: 'text'; text: string; raw: unknown; parts?: Part[] }
  | { kind: 'thought'; thought: Thought; raw: unknown }
  | { kind: 'call'; id: string | null; name: string; input: unknown; raw: unknown }
  | { kind: 'result'; of: string | null; text: string; raw: unknown; parts?: Part[] }
  /** Its name is shown if there is no text; null if it is nothing for people. */
  | { kind: 'other'; name: string | null; raw: unknown; parts?: Part[] }

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
  return { blocks: [...blocks, ...read({ type: 'text', text })], leftText: null }
}

export const saidIn = (blocks: Block[]): string[] =>
  blocks.flatMap((block) => (block.kind === 'text' && block.text !== '' ? [block.text] : []))

/** What some models write before their answer, as programs keep it that don't take it out. */
const THOUGHT = new RegExp(
  '^\\s*(?:' +
    [
      '<((?:seed:|mm:)?think|thinking|thought|reason|reasoning)>(?<a>[^]*?)</\\1>',
      ':::thinking\\n(?<b>[^]*?)\\n:::(?=\\n|$)',
      '\\[THINK\\](?<c>[^]*?)\\[/THINK\\]',
      '<\\|begin_of_thought\\|>(?<d>[^]*?)<\\|end_of_thought\\|>',
      '◁think▷(?<e>[^]*?)◁/think▷',
      '<\\|channel\\|>analysis<\\|message\\|>(?<f>[^]*?)(?:<\\|end\\|>)?<\\|start\\|>assistant<\\|channel\\|>final<\\|message\\|>',
    ].join('|') +
    ')\\s*',
)
const CLOSE = '</think>'

/** What a text begins with thinking, and the rest of it; null if it does not. Some leave the first mark out. */
function thoughtIn(text: string): { thought: string; said: string } | null {
  const match = THOUGHT.exec(text)
  if (match) {
    const thought = Object.values(match.groups ?? {}).find((one) => one !== undefined) ?? ''
    return { thought: thought.trim(), said: text.slice(match[0].length) }
  }
  const at = text.indexOf(CLOSE)
  const [before, behind] = [text.slice(0, at), text.slice(at + CLOSE.length)]
  // An answer may speak of marks.
  const isSpoken = before.includes('<think>') || /[`"'“(]$/.test(before)
  if (at === -1 || isSpoken || !/^[ \t]*\r?\n\s*\S/.test(behind)) return null
  return { thought: before.trim(), said: behind.trimStart() }
}

/** The blocks of an answer in which a text begins with thoughts, those apart. */
export const withThoughtsApart = (blocks: Block[]): Block[] =>
  blocks.flatMap((block): Block[] => {
    const found = block.kind === 'text' ? thoughtIn(block.text) : null
    if (block.kind !== 'text' || found === null) return [block]
    const raw = { text: block.text, ...fieldsOf(block.raw) }
    // Models that are not to think leave the marks around nothing.
    const thought = found.thought.trim() === '' ? [] : [{ text: found.thought }]
    return [
      ...thought.map((one): Block => ({ kind: 'thought', thought: one, raw: null })),
      ...withThoughtsApart([{ ...block, text: found.said, raw }]),
    ]
  })

const bare = (text: string): string => text.replaceAll(/\s/g, '')

/** The calls of a turn that wait for their results. */
class OpenCalls {
  #waiting: { given: string; id: string }[] = []
  #count = 0

  /** Its id, which is another if one of the same id still waits: some models give all their calls one. */
  call(given: string): string {
    this.#count += 1
    const isTaken = this.#waiting.some((one) => one.given === given)
    const id = isTaken
      ? `${given.slice(0, CALL_ID_LENGTH - 12)}.${this.#count}`
      : given.slice(0, CALL_ID_LENGTH)
    this.#waiting.push({ given, id })
    return id
  }

  /** The call that a result answers: the one that it names, or the first that waits. */
  answered(of: string | null): string | null {
    const at = of === null ? 0 : this.#waiting.findIndex(({ given }) => given === of)
    const [call] = at === -1 ? [] : this.#waiting.splice(at, 1)
    return call ? call.id : of && of.slice(0, CALL_ID_LENGTH)
  }
}

type Shared = Pick<
  FoundMessage,
  'model' | 'createdAt' | 'finishReason' | 'isInterrupted' | 'tokensUsed'
>

/**
 * Some programs keep a whole turn as one message. Here it becomes several: what the assistant said with its calls,
 * a message for each result, and what it said then. The first has the id of the whole, the others are counted.
 */
export function spread(
  id: string,
  blocks: Block[],
  { createdAt, model, ...ofLast }: Shared,
  extras: Extras,
): FoundMessage[] {
  const messages: FoundMessage[] = []
  const raws = new Map<string, unknown[]>()
  const open = new OpenCalls()
  let said = nothingSaid()
  const nextId = () => (messages.length === 0 ? id : `${id}.${messages.length + 1}`)
  const finish = () => {
    const { texts, calls, parts, placeholder } = said
    if (texts.length + calls.length + parts.length > 0 || placeholder !== null) {
      const content = texts.join('\n\n')
      messages.push({
        id: nextId(),
        role: 'assistant',
        content,
        placeholder,
        parts: withText(content, parts),
        toolCalls: calls.length > 0 ? calls : null,
        model,
        createdAt,
      })
    }
    said = nothingSaid()
  }
  for (const block of blocks) {
    if (block.kind === 'result') finish()
    if (block.kind === 'thought') {
      extras.thought(nextId(), block.thought, block.raw)
      continue
    }
    if (block.raw !== null) raws.set(nextId(), [...(raws.get(nextId()) ?? []), block.raw])
    if (block.kind === 'call') {
      said.calls.push({
        id: open.call(block.id ?? `${nextId()}-call-${said.calls.length + 1}`),
        type: 'function',
        function: {
          name: block.name.slice(0, CALL_NAME_LENGTH),
          arguments: argumentsOf(block.input),
        },
      })
      continue
    }
    const { parts = [] } = block
    if (block.kind === 'result') {
      messages.push({
        id: nextId(),
        role: 'tool',
        content: block.text,
        parts: withText(block.text, parts),
        toolCallId: open.answered(block.of) ?? `${nextId()}-call`,
        createdAt,
      })
      continue
    }
    said.parts.push(...parts)
    if (block.kind === 'other') said.placeholder ??= block.name === null ? null : `[${block.name}]`
    else if (block.text !== '') said.texts.push(block.text)
  }
  finish()
  for (const [at, content] of raws) extras.leave(at, { content }, [])
  // An answer that was only thought so far has not come to its end.
  if (messages.length === 0 && blocks.some(({ kind }) => kind === 'thought')) {
    const thinking = { id, role: 'assistant' as const, content: '', model, createdAt }
    return [{ ...thinking, ...ofLast, isInterrupted: true }]
  }
  const last = messages.findLastIndex((message) => message.role === 'assistant')
  return messages.map((message, index) => (index === last ? { ...message, ...ofLast } : message))
}

const nothingSaid = () => ({
  texts: [] as string[],
  calls: [] as ToolCall[],
  parts: [] as Part[],
  placeholder: null as string | null,
})
