import { CONTENT_BYTES } from '../../contract/limits.ts'
import { utf8Bytes } from '../../contract/text.ts'
import { type Block, blocksOf, saidIn, spread } from './blocks.ts'
import { Extras, type Found, type FoundMessage } from './found.ts'
import { timeOf } from './times.ts'
import { type Node, grow, lineOf, treeOf } from './tree.ts'
import {
  type Fields,
  areMessages,
  fieldsOf,
  idOf,
  isFields,
  listOf,
  rest,
  textOf,
} from './values.ts'

const conversationFields = [
  'uuid',
  'name',
  'created_at',
  'updated_at',
  'chat_messages',
  'current_leaf_message_uuid',
]
const messageFields = ['uuid', 'sender', 'text', 'content', 'created_at', 'parent_message_uuid']

export const isClaude = (value: Fields): boolean =>
  areMessages(value['chat_messages'], ({ sender }) => typeof sender === 'string')

/** One conversation of a Claude export. Its messages name the one before them since branches are exported. */
export function readClaude(value: Fields): Found {
  const raw = listOf(value['chat_messages']).filter(isFields)
  const isTree = raw.some((message) => idOf(message['parent_message_uuid']) !== null)
  const nodes = raw.map((message, index): Node<Fields> => {
    return {
      id: idOf(message['uuid']) ?? `message-${index + 1}`,
      parent: idOf(message['parent_message_uuid']),
      time: timeOf(message['created_at']),
      value: message,
    }
  })
  const current = idOf(value['current_leaf_message_uuid'])
  const extras = new Extras()
  const tree = isTree ? treeOf(nodes, current) : lineOf(nodes)
  const grown = grow(tree, null, ({ id, value: message }) => [
    extras.on(readMessage(id, message, extras)),
    null,
  ])
  return {
    source: 'claude',
    sourceId: idOf(value['uuid']),
    title: value['name'],
    createdAt: value['created_at'],
    updatedAt: value['updated_at'],
    isArchived: value['is_archived'] === true,
    ...grown,
    extra: extras.whole(rest(value, conversationFields)),
  }
}

function readMessage(id: string, message: Fields, extras: Extras): FoundMessage[] {
  const { blocks, leftText } = blocksOf(message, (block) => [readBlock(block)])
  extras.leave(id, { text: leftText }, [])
  const isTwice = message['updated_at'] === message['created_at']
  extras.leave(id, message, isTwice ? [...messageFields, 'updated_at'] : messageFields)
  const isPerson = message['sender'] !== 'assistant'
  const attached = readAttached(message)
  const made = isPerson
    ? [spoken(id, message, blocks, attached, extras)]
    : spread(id, blocks, { createdAt: message['created_at'], model: message['model'] }, extras)
  const shown = made.filter(
    ({ content, placeholder, toolCalls, role }) =>
      content !== '' || placeholder != null || toolCalls != null || role === 'tool',
  )
  if (shown.length === 0) extras.hidden.push(message)
  return shown
}

function spoken(
  id: string,
  message: Fields,
  blocks: Block[],
  { texts, names }: Attached,
  extras: Extras,
): FoundMessage {
  for (const block of blocks) {
    if (block.kind === 'thought') extras.thought(id, block.thought, block.raw)
  }
  const raws = blocks.flatMap(({ kind, raw }) => (kind === 'thought' ? [] : (raw ?? [])))
  const role = message['sender'] === 'human' || message['sender'] === 'user' ? 'user' : 'system'
  const sender = role === 'system' ? message['sender'] : null
  extras.leave(id, { sender, content: raws }, [])
  const said = saidIn(blocks)
  const whole = [...said, ...texts].join('\n\n')
  // What is attached stays beside the message if it is more than a message can be.
  const fits = texts.length > 0 && utf8Bytes(whole) <= CONTENT_BYTES
  const other = blocks.find((block) => block.kind === 'other')?.name
  return {
    id,
    role,
    content: fits ? whole : said.join('\n\n'),
    placeholder: names[0] !== undefined ? `[${names[0]}]` : other ? `[${other}]` : null,
    createdAt: message['created_at'],
  }
}

function readBlock(block: Fields): Block {
  const type = textOf(block['type'])
  if (type === 'text')
    return { kind: 'text', text: textOf(block['text']), raw: rest(block, ['type', 'text']) }
  if (type === 'thinking' || type === 'redacted_thinking') {
    const { thinking, signature, data } = block
    const thought = {
      text: textOf(thinking),
      ...(textOf(signature) !== '' && { signature: textOf(signature) }),
      ...(textOf(data) !== '' && { encrypted: textOf(data) }),
    }
    const raw = rest(block, ['type', 'thinking', 'signature', 'data'])
    return { kind: 'thought', thought, raw }
  }
  if (type === 'tool_use') {
    const { id, name, input } = block
    return { kind: 'call', id: idOf(id), name: idOf(name) ?? 'tool', input, raw: block }
  }
  if (type === 'tool_result') {
    const text = resultText(block['content'])
    return { kind: 'result', of: idOf(block['tool_use_id']), text, raw: block }
  }
  return { kind: 'other', name: type || 'content', raw: block }
}

const resultText = (content: unknown): string =>
  typeof content === 'string'
    ? content
    : listOf(content)
        .map((part) => textOf(fieldsOf(part)['text']))
        .filter((text) => text !== '')
        .join('\n')

interface Attached {
  /** What was pasted or read out of files. */
  texts: string[]
  names: string[]
}

function readAttached(message: Fields): Attached {
  const attached = [...listOf(message['attachments']), ...listOf(message['files'])].map(fieldsOf)
  const texts = attached.flatMap((file) => {
    const text = textOf(file['extracted_content'])
    const name = textOf(file['file_name'])
    return text === '' ? [] : [name === '' ? text : `${name}\n\n${text}`]
  })
  return { texts, names: attached.map((file) => idOf(file['file_name']) ?? 'file') }
}
