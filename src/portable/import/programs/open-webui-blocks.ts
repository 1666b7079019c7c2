import type { Part } from '../../../contract/part.ts'
import type { Block } from '../blocks.ts'
import { kindShown, nameOf, pictureAt, pictureIn, sourcesIn, wordsOf } from '../parts.ts'
import { type Fields, idOf, isFields, listOf, rest, textOf } from '../values.ts'
import { type Fold, foldsIn } from './folds.ts'

/** What an answer consists of: newer versions list it in `output`, and all of them write it into the text. */
export function answerOf(
  output: unknown[],
  content: unknown,
): { blocks: Block[]; isListed: boolean } {
  const listed = output.filter(isFields).flatMap(readItem)
  const written = partsOf(content).flatMap(readPart)
  const [inList, inText] = [bareIn(listed), bareIn(written)]
  // Somebody who edits an answer changes its text alone. Where thoughts hold marks themselves, some may be left of them.
  const isListed =
    listed.length > 0 && (inText === '' || (inList !== '' && inText.endsWith(inList)))
  return { blocks: isListed ? listed : written, isListed }
}

const bareIn = (blocks: Block[]): string =>
  blocks
    .map((block) => (block.kind === 'text' ? block.text : ''))
    .join('')
    .replaceAll(/\s/g, '')

/** A content: a text, or a list of parts as the API takes them. */
export const partsOf = (content: unknown): (string | Fields)[] =>
  typeof content === 'string'
    ? [content]
    : listOf(content).filter((part) => typeof part === 'string' || isFields(part))

/** The text of a part, if it is one. */
export const textIn = (part: string | Fields): string =>
  typeof part === 'string' ? part : textOf(part['text']) || textOf(part['refusal'])

function readPart(part: string | Fields): Block[] {
  const text = textIn(part)
  if (typeof part === 'string' || text !== '') {
    const pieces = foldsIn(text)
    return pieces.flatMap((piece): Block[] => {
      if (typeof piece !== 'string') return readFold(piece)
      return [{ kind: 'text', text: pieces.length > 1 ? piece.trim() : piece, raw: null }]
    })
  }
  return [otherOf(part)]
}

/** A part that is no text: a picture as itself, others by their names. */
export function otherOf(part: Fields): Extract<Block, { kind: 'other' }> {
  const parts = pictureIn(part)
  if (parts.length > 0) return { kind: 'other', name: null, raw: null, parts }
  const type = kindShown(idOf(part['type']) ?? 'content')
  return { kind: 'other', name: nameOf(part) ?? type, raw: part }
}

function readFold({ type, tag, attributes, body }: Fold): Block[] {
  const written = (name: string) => attributes.get(name) ?? ''
  const isDone = written('done') === 'true'
  if (type === 'reasoning') {
    const text = body.replaceAll(/^> ?/gm, '').trim()
    return [{ kind: 'thought', thought: { text }, raw: tag }]
  }
  if (type === 'tool_calls') {
    const id = idOf(written('id'))
    const raw = rest(Object.fromEntries(attributes), WRITTEN)
    const came = written('result') || body
    const value = jsonIn(came)
    const text = typeof value === 'string' ? value : came
    return [
      {
        kind: 'call',
        id,
        name: written('name') || 'tool',
        input: jsonIn(written('arguments')),
        raw,
      },
      ...(came !== '' || isDone ? [resultOf(id, text, picturesIn(jsonIn(written('files'))))] : []),
    ]
  }
  if (type === 'code_interpreter') {
    const [, language = '', code = body] = /^```([^\n]*)\n([^]*?)\n?```$/.exec(body) ?? []
    const output = written('output')
    return [
      { kind: 'call', id: null, name: type, input: codeOf(language, code), raw: null },
      ...(output !== '' || isDone ? [resultOf(null, wordsOf(jsonIn(output)), [])] : []),
    ]
  }
  return [{ kind: 'text', text: body, raw: tag }]
}

/** The attributes of a call that are in its message. */
const WRITTEN = ['type', 'done', 'id', 'name', 'arguments', 'result']

const resultOf = (of: string | null, text: string, parts: Part[]): Block => ({
  kind: 'result',
  of,
  text,
  raw: null,
  parts,
})

const codeOf = (language: string, code: string): Fields => ({
  ...(language !== '' && { language }),
  code,
})

/** The value that a text holds as JSON; the text itself if it holds none. */
function jsonIn(text: string): unknown {
  if (text === '') return null
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

const picturesIn = (files: unknown): Part[] =>
  listOf(files).flatMap((file) => (isFields(file) ? pictureIn(file) : pictureAt(file)))

/** An item of an answer as the Responses API lists it. */
function readItem(item: Fields): Block[] {
  const { id, call_id: callId, content, output } = item
  const type = textOf(item['type'])
  if (type === 'message') return partsOf(content).map(readSaid)
  if (type === 'reasoning') {
    const summary = listOf(item['summary'])
    const text = wordsOf(summary.length > 0 ? summary : content)
    return [{ kind: 'thought', thought: { text }, raw: rest(item, ['type', 'content', 'summary']) }]
  }
  if (type === 'function_call') {
    const { name, arguments: input } = item
    const raw = rest(item, ['type', 'id', 'call_id', 'name', 'arguments', 'status'])
    return [{ kind: 'call', id: idOf(callId, id), name: idOf(name) ?? 'tool', input, raw }]
  }
  if (type.endsWith('_call_output')) {
    const inOutput = listOf(output).filter(isFields).flatMap(pictureIn)
    const parts = [...inOutput, ...picturesIn(item['files'])]
    const raw = rest(item, ['type', 'id', 'call_id', 'status', 'output'])
    return [{ kind: 'result', of: idOf(callId), text: wordsOf(output), raw, parts }]
  }
  if (/(_call|:code_interpreter)$/.test(type)) return readCall(type, item)
  return [{ kind: 'other', name: type || 'content', raw: item }]
}

/** What comes back from a tool of the provider's, or of Open WebUI's, stands with the call, if it is told at all. */
const OWN = /search|code_interpreter|image_generation|mcp/

function readCall(type: string, item: Fields): Block[] {
  const { code, action, queries, output, outputs, result } = item
  const id = idOf(item['call_id'], item['id'])
  const name = idOf(item['name']) ?? type.replace(/^open_webui:/, '').replace(/_call$/, '')
  const language = textOf(item['lang']) || textOf(item['language'])
  const input =
    typeof code === 'string'
      ? codeOf(language, code)
      : (item['arguments'] ?? item['input'] ?? action ?? (queries ? { queries } : {}))
  const parts = type.startsWith('image') ? pictureAt(`data:image/png;base64,${textOf(result)}`) : []
  const raw = parts.length > 0 ? rest(item, ['type', 'id', 'result']) : item
  const text = parts.length > 0 ? '' : wordsOf([output, outputs, result])
  const asked: Block = { kind: 'call', id, name, input, raw }
  return OWN.test(type) || text !== '' ? [asked, resultOf(id, text, parts)] : [asked]
}

function readSaid(part: string | Fields): Block {
  const text = textIn(part)
  if (typeof part === 'string') return { kind: 'text', text, raw: null }
  if (text === '' && part['type'] !== 'output_text') return otherOf(part)
  const parts = sourcesIn(listOf(part['annotations']))
  return { kind: 'text', text, raw: rest(part, ['type', 'text', 'refusal']), parts }
}
