import type { Part } from '../../../contract/part.ts'
import { type Block, blocksOf, saidIn, spread, withThoughtsApart } from '../blocks.ts'
import { withDocuments } from '../documents.ts'
import { Extras, type Found, type FoundMessage, roleOf } from '../found.ts'
import {
  type FilesBeside,
  fileIn,
  fileNamed,
  kindShown,
  nameOf,
  pictureAt,
  pictureIn,
  wordsOf,
} from '../parts.ts'
import { timeOf } from '../times.ts'
import { type Node, grow, lineOf, treeOf } from '../tree.ts'
import {
  type Fields,
  areMessages,
  fieldsOf,
  flagOf,
  idOf,
  isFields,
  listOf,
  rest,
  textOf,
} from '../values.ts'
import { citing } from './librechat-citations.ts'

const conversationFields = [
  'conversationId',
  'title',
  'messages',
  'messagesTree',
  'createdAt',
  'updatedAt',
  'isArchived',
  'exportAt',
]
const messageFields = [
  'messageId',
  'parentMessageId',
  'conversationId',
  'isCreatedByUser',
  'text',
  'content',
  'createdAt',
  'model',
  'children',
]

export const isLibreChat = (value: Fields): boolean =>
  idOf(value['conversationId']) !== null &&
  [value['messages'], value['messagesTree']].some((tree) =>
    areMessages(isFields(tree) ? [tree] : tree, isMessage),
  )

const isMessage = (message: Fields): boolean =>
  'messageId' in message || 'isCreatedByUser' in message || roleOf(message['sender']) !== null

const isOfPerson = ({ isCreatedByUser, sender }: Fields): boolean =>
  typeof isCreatedByUser === 'boolean' && textOf(sender).toLowerCase() !== 'user'
    ? isCreatedByUser
    : roleOf(sender) === 'user'

/** One conversation of LibreChat: its messages one after another, or each with its answers within. */
export function readLibreChat(value: Fields, beside?: FilesBeside): Found {
  const tree = value['messagesTree'] ?? value['messages']
  const nodes = flattened(Array.isArray(tree) ? tree : [tree])
  const isTree = nodes.some((node) => node.parent !== null)
  const extras = new Extras()
  const model = fieldsOf(value['options'])['model'] ?? value['model']
  const grown = grow(isTree ? treeOf(nodes, null) : lineOf(nodes), null, (node) => [
    extras.on(
      readMessage(node.id, { ...node.value, model: node.value['model'] ?? model }, extras, beside),
    ),
    null,
  ])
  return {
    source: 'librechat',
    sourceId: idOf(value['conversationId']),
    title: value['title'],
    createdAt: value['createdAt'],
    updatedAt: value['updatedAt'],
    isArchived: flagOf(value['isArchived']),
    ...grown,
    extra: extras.whole(rest(value, conversationFields)),
  }
}

/** All messages in the order of the file; each knows the one it answers, by its place or by name. */
function flattened(messages: unknown[]): Node<Fields>[] {
  const nodes: Node<Fields>[] = []
  const waiting = messages
    .filter(isFields)
    .toReversed()
    .map((message) => ({ message, above: null as string | null }))
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { message, above } = next
    const id = idOf(message['messageId']) ?? `message-${nodes.length + 1}`
    const parent = above ?? idOf(message['parentMessageId'])
    const time = timeOf(message['createdAt'])
    nodes.push({ id, parent, isReply: !isOfPerson(message), time, value: message })
    const children = listOf(message['children']).filter(isFields)
    for (const child of children.toReversed()) waiting.push({ message: child, above: id })
  }
  return nodes
}

function readMessage(
  id: string,
  message: Fields,
  extras: Extras,
  beside?: FilesBeside,
): FoundMessage[] {
  const isPerson = isOfPerson(message)
  const { blocks, leftText } = blocksOf(message, (block) => readBlock(block, beside))
  const isSaid = saidIn(blocks).length > 0
  const { brought, names: all } = readFiles(message, beside)
  const shown = JSON.stringify(blocks.flatMap((block) => ('parts' in block ? block.parts : [])))
  const names = all.filter((name) => !shown.includes(JSON.stringify(name)))
  if (brought.length + names.length > 0) {
    const parts = [...brought, ...(isSaid ? names.map(fileNamed) : [])]
    const name = isSaid ? null : names.join(', ') || null
    blocks.push({ kind: 'other', name, raw: null, parts })
  }
  const made = spread(
    id,
    // What a person wrote stays as it is.
    isPerson
      ? blocks
      : citing(withThoughtsApart(blocks), listOf(message['attachments'])).map(readable),
    {
      createdAt: message['createdAt'],
      model: message['model'],
      finishReason: message['finish_reason'],
      isInterrupted: message['unfinished'] === true,
    },
    extras,
  )
  if (made.length === 0) {
    extras.hidden.push({ ...message, children: undefined })
    return []
  }
  extras.leave(id, { ...rest(message, messageFields), text: leftText }, [])
  if (!isPerson) return made
  return made.map(({ id: one, content, placeholder, parts, createdAt }) => ({
    id: one,
    role: 'user',
    content,
    placeholder: placeholder ?? null,
    parts,
    createdAt,
  }))
}

/** A text whose documents are what people read. */
function readable(block: Block): Block {
  const text = block.kind === 'text' ? withDocuments(block.text) : ''
  if (block.kind !== 'text' || text === block.text) return block
  return { ...block, text, raw: { text: block.text, ...fieldsOf(block.raw) } }
}

/** The files that are here, and the names of the others. What a tool drew or wrote is attached to the answer. */
function readFiles(message: Fields, beside?: FilesBeside): { brought: Part[]; names: string[] } {
  const made = listOf(message['attachments']).filter((file) => nameOf(fieldsOf(file)) !== null)
  const read = [...listOf(message['files']), ...made]
    .filter(isFields)
    .map((file) => ({ file, parts: placed(file, beside) }))
  const others = read.filter(({ parts }) => parts.length === 0)
  return {
    brought: read.flatMap(({ parts }) => parts),
    names: [...new Set(others.map(({ file }) => nameOf(file) ?? 'file'))],
  }
}

function placed(file: Fields, beside: FilesBeside | undefined): Part[] {
  const picture = pictureAt(file['filepath'])
  return picture.length > 0 ? picture : fileIn(file, beside)
}

function readBlock(block: Fields, beside?: FilesBeside): Block[] {
  const type = textOf(block['type'])
  const inner = block[type]
  const text = textOf(inner) || textOf(fieldsOf(inner)['value'])
  if (type === 'text') return [{ kind: 'text', text, raw: rest(block, ['type', 'text']) }]
  if (type === 'think') {
    return [{ kind: 'thought', thought: { text }, raw: rest(block, ['type', 'think']) }]
  }
  if (type === 'tool_call' && isFields(inner)) return readCall(inner, block)
  const pictures = pictureIn(block)
  if (pictures.length > 0) return [{ kind: 'other', name: null, raw: null, parts: pictures }]
  if (type === 'image_file' || type === 'image_url') {
    const parts = placed(fieldsOf(inner), beside)
    if (parts.length > 0) return [{ kind: 'other', name: null, raw: block, parts }]
    const name = nameOf(fieldsOf(inner)) ?? 'image'
    return [{ kind: 'other', name, raw: block, parts: [fileNamed(name)] }]
  }
  return [{ kind: 'other', name: text || kindShown(type) || 'content', raw: block }]
}

/** A call, and if it has come back its result. What assistants of OpenAI's call is under the name of its kind. */
function readCall(call: Fields, raw: Fields): Block[] {
  const kind = textOf(call['type'])
  const named = fieldsOf(call[kind] ?? call['function'])
  const id = idOf(call['id'])
  const isOfKind = kind !== 'function' && kind !== 'tool_call'
  const name = idOf(call['name'], named['name'], isOfKind ? kind : null) ?? 'tool'
  const input = call['args'] ?? named['arguments'] ?? codeIn(named)
  const output = call['output'] ?? named['output'] ?? outputIn(named)
  const asked: Block = { kind: 'call', id, name, input, raw }
  if (output === undefined || output === null) return [asked]
  const text = typeof output === 'string' ? output : JSON.stringify(output)
  return [asked, { kind: 'result', of: id, text, raw: null }]
}

const codeIn = ({ input }: Fields): unknown => (input === undefined ? undefined : { code: input })
const outputIn = ({ outputs }: Fields): unknown => (outputs === undefined ? null : wordsOf(outputs))
