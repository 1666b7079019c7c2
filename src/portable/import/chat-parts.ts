import type { Part } from '../../contract/part.ts'
import { type Block, saidIn } from './blocks.ts'
import { attachedIn, shownOf } from './chat-files.ts'
import { sourcesIn, wordsOf } from './parts.ts'
import { type Fields, fieldsOf, idOf, isFields, listOf, rest, textOf } from './values.ts'

/** Content is text, or parts in one of the forms that the APIs of models have. A number is the text of it. */
export function blocksOf(content: unknown): Block[] {
  if (typeof content === 'number') return [{ kind: 'text', text: String(content), raw: null }]
  const { parts, ...more } = fieldsOf(content)
  if (Array.isArray(parts) && !('type' in more)) return blocksOf(parts)
  const all = Array.isArray(content) ? listOf(content) : [content]
  const blocks = all.flatMap((part): Block[] => {
    if (typeof part === 'string') return [{ kind: 'text', text: part, raw: null }]
    return isFields(part) ? (readCall(part) ?? [readPart(part)]) : []
  })
  // Anthropic's API cuts a text wherever it cites something.
  const isCut = all.some((part) => listOf(fieldsOf(part)['citations']).length > 0)
  return isCut ? together(blocks) : blocks
}

/** Texts that stand side by side as one. */
function together(blocks: Block[]): Block[] {
  const runs: Block[][] = []
  for (const block of blocks) {
    const run = runs.at(-1)
    if (block.kind === 'text' && run?.[0]?.kind === 'text') run.push(block)
    else runs.push([block])
  }
  return runs.map((run) => (run.length === 1 ? run[0]! : oneOf(run)))
}

function oneOf(run: Block[]): Block {
  const raws = run.flatMap(({ raw }) => raw ?? [])
  const parts = sourcesIn(run.flatMap((block) => ('parts' in block ? block.parts : []) ?? []))
  const raw = raws.length === 0 ? null : raws
  return { kind: 'text', text: saidIn(run).join(''), raw, parts }
}

/** The pages that a text cites, in the forms of the APIs. */
export const citedBy = ({ citations, annotations }: Fields): Part[] =>
  sourcesIn(
    [...listOf(citations), ...listOf(annotations)].flatMap((one) => [
      typeof one === 'string' ? { url: one } : one,
      fieldsOf(one)['url_citation'],
    ]),
  )

function readPart(part: Fields): Block {
  const type = textOf(part['type'])
  const text = textIn(part)
  if (type === 'thinking' || type === 'reasoning' || type === 'redacted_thinking') {
    const { thinking, signature, data } = part
    const thought = {
      text: textOf(thinking) || text,
      ...(textOf(signature) !== '' && { signature: textOf(signature) }),
      ...(textOf(data) !== '' && { encrypted: textOf(data) }),
    }
    return { kind: 'thought', thought, raw: null }
  }
  if (part['thought'] === true) return { kind: 'thought', thought: { text }, raw: null }
  if (type === 'refusal') return { kind: 'text', text: textOf(part['refusal']) || text, raw: part }
  const pages = type.startsWith('source') ? sourcesIn([part, part['source']]) : []
  if (pages.length > 0) return { kind: 'other', name: null, raw: part, parts: pages }
  const isText = text !== '' || /(^|_)text$/.test(type)
  if (isText) return { kind: 'text', text, raw: rest(part, TEXTS), parts: citedBy(part) }
  return { kind: 'other', name: shownOf(part), raw: part, parts: attachedIn(part) }
}

const TEXTS = ['type', 'text', 'content', 'value']

/** The text of a part, in each of the fields that programs have for it. */
function textIn({ text, content, value, source }: Fields): string {
  const own = [text, fieldsOf(text)['value'], content, value].map(textOf).find(Boolean)
  // A document has its words in a source of its own, what was found in a list.
  return own ?? wordsOf({ source, content: Array.isArray(content) ? content : null })
}

/** A call, its result, or both, as the APIs have them and the AI SDK; null if a part is nothing of that. */
function readCall(part: Fields): Block[] | null {
  const type = textOf(part['type'])
  const { functionCall: called, functionResponse: answered, toolInvocation } = part
  if (isFields(called)) return [callOf(called, called['args'])]
  if (isFields(answered)) return [resultOf(answered['id'], answered['response'])]
  // The tools that run at the provider have results of their own kinds.
  if (/._tool_result$/.test(type)) {
    const { tool_use_id: of, content } = part
    const text = wordsOf(content)
    const parts = sourcesIn([content].flat())
    return [{ kind: 'result', of: idOf(of), text, raw: part, parts }]
  }
  if (type === 'tool_result' || type === 'tool-result') {
    const { tool_use_id: of, toolCallId, content, output, result } = part
    return [resultOf(idOf(of, toolCallId), content ?? output ?? result)]
  }
  const isOwn = type === 'dynamic-tool' || (type.startsWith('tool-') && 'toolCallId' in part)
  const isCall = type.endsWith('tool_use') || type === 'tool-call' || isOwn
  if (!isCall && !isFields(toolInvocation)) return null
  const call = isFields(toolInvocation) ? toolInvocation : part
  const named = isOwn ? { name: type.replace(/^tool-/, ''), ...call } : call
  const result = call['output'] ?? call['result'] ?? call['errorText']
  const asked = callOf(named, call['input'] ?? call['args'])
  return result == null ? [asked] : [asked, resultOf(call['toolCallId'], result)]
}

const callOf = ({ id, toolCallId, name, toolName }: Fields, input: unknown): Block => ({
  kind: 'call',
  id: idOf(id, toolCallId),
  name: idOf(toolName, name) ?? 'tool',
  input,
  raw: null,
})

const resultOf = (of: unknown, result: unknown): Block => ({
  kind: 'result',
  of: idOf(of),
  text: resultText(result),
  raw: null,
})

function resultText(result: unknown): string {
  if (!isFields(result)) return saidIn(blocksOf(result)).join('\n')
  const { type, value } = result
  return type === 'text' && typeof value === 'string' ? value : JSON.stringify(result)
}
