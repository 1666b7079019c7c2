import { type Block, saidIn, spread } from '../blocks.ts'
import { spoken } from '../chat-message.ts'
import { documentOf } from '../documents.ts'
import { Extras, type Found, type FoundMessage, roleOf } from '../found.ts'
import { type FilesBeside, fileIn, fileNamed } from '../parts.ts'
import { withSources } from '../sources.ts'
import { inTime, timeOf } from '../times.ts'
import { type Node, grow, lineOf, treeOf } from '../tree.ts'
import { type Fields, fieldsOf, idOf, isFields, listOf, rest, textOf } from '../values.ts'

const messageFields = [
  'id',
  'chatId',
  'role',
  'content',
  'contentChunks',
  'createdAt',
  'model',
  'parentId',
]

/** A message of `chat-<id>.json`, which is a list of nothing else. */
export const isLeChatMessage = (message: Fields): boolean =>
  typeof message['chatId'] === 'string' &&
  typeof message['role'] === 'string' &&
  'content' in message

export const isLeChat = (value: Fields): boolean =>
  listOf(value['messages']).filter(isFields).some(isLeChatMessage)

/** One chat. Its file has the messages in any order, and no title. */
export function readLeChat(value: Fields, beside?: FilesBeside): Found {
  const messages = listOf(value['messages']).filter(isFields)
  const nodes = inTime(
    messages.map((message, index): Node<Fields> => {
      const id = idOf(message['id']) ?? `message-${index + 1}`
      const time = timeOf(message['createdAt'])
      const isReply = roleOf(message['role']) === 'assistant'
      return { id, parent: idOf(message['parentId']), isReply, time, value: message }
    }),
  )
  const isTree = nodes.some(({ parent }) => parent !== null)
  const extras = new Extras()
  const grown = grow(isTree ? treeOf(nodes, null) : lineOf(nodes), null, (node) => [
    extras.on(readMessage(node.id, node.value, extras, beside)),
    null,
  ])
  return {
    source: 'le-chat',
    sourceId: idOf(nodes[0]?.value['chatId']),
    title: value['title'],
    createdAt: value['createdAt'],
    updatedAt: value['updatedAt'],
    isArchived: false,
    ...grown,
    extra: extras.whole(rest(value, ['messages', 'title', 'createdAt', 'updatedAt'])),
  }
}

function readMessage(
  id: string,
  message: Fields,
  extras: Extras,
  beside?: FilesBeside,
): FoundMessage[] {
  const { content, createdAt, model } = message
  const { contentChunks } = message
  const chunks = blocksIn(listOf(contentChunks ?? content).filter(isFields))
  const files = listOf(message['files'])
    .filter(isFields)
    .map((file) => readFile(file, message['chatId'], beside))
  const documents = listOf(message['canvas']).filter(isFields).map(readDocument)
  // The content says the same as the chunks of text.
  const whole: Block = { kind: 'text', text: textOf(content), raw: null }
  const role = roleOf(message['role']) ?? 'system'
  const isSaid = saidIn(chunks).length > 0
  const made =
    role === 'assistant'
      ? spread(
          id,
          [...chunks, ...(isSaid ? [] : [whole]), ...documents, ...files],
          { createdAt, model },
          extras,
        )
      : spoken(id, role, [...(whole.text === '' ? chunks : [whole]), ...files], createdAt, extras)
  if (made.length === 0) extras.hidden.push(message)
  else extras.leave(id, message, messageFields)
  return withSources(made, message['references'])
}

/** A ZIP has the files of a chat in a folder of its own. */
function readFile({ name, type }: Fields, chatId: unknown, beside?: FilesBeside): Block {
  const path = `chat-${textOf(chatId)}-files/${textOf(name)}`
  const brought = textOf(name) === '' ? [] : fileIn({ name, path }, beside)
  const named = textOf(name) === '' ? [] : [fileNamed(textOf(name))]
  const parts = brought.length > 0 ? brought : named
  return { kind: 'other', name: idOf(name, type) ?? 'file', raw: null, parts }
}

/** A document that stands beside the chat. */
function readDocument(canvas: Fields): Block {
  const { title, type, content } = canvas
  const text = documentOf(textOf(title), textOf(content), textOf(type))
  return { kind: 'text', text, raw: null }
}

/** A reference stands within a text, which goes on after it. */
function blocksIn(chunks: Fields[]): Block[] {
  const blocks: Block[] = []
  for (const chunk of chunks) {
    const last = blocks.at(-1)
    const type = textOf(chunk['type']) || ('text' in chunk ? 'text' : '')
    if (type === 'text' && last?.kind === 'text') last.text += textOf(chunk['text'])
    else if (type === 'text') blocks.push({ kind: 'text', text: textOf(chunk['text']), raw: null })
    else if (type === 'reference' && last?.kind === 'text') last.raw ??= chunks.filter(isReference)
    else if (type === 'tool_call') blocks.push(...readCall(chunk))
    else if (/^(think|reason)/.test(type)) blocks.push(readThought(chunk))
    else {
      const name = nameOf(type, chunk)
      const parts = name === null || name === type ? [] : [fileNamed(name)]
      blocks.push({ kind: 'other', name, raw: chunk, parts })
    }
  }
  return blocks
}

const isReference = ({ type }: Fields): boolean => type === 'reference'

/** What is shown of a chunk that is no text; null for what Le Chat draws in its own way. */
function nameOf(type: string, chunk: Fields): string | null {
  const name = idOf(chunk['documentName'], chunk['fileReference'], chunk['fileAlt'])
  if (type === 'custom_element' || type === 'canva') return null
  return type.includes('image') ? 'image' : (name ?? (type || 'content'))
}

function readThought(chunk: Fields): Block {
  const { thinking, text } = chunk
  const said = listOf(thinking).map((part) => textOf(fieldsOf(part)['text']))
  const whole = textOf(thinking) || textOf(text) || said.join('')
  return { kind: 'thought', thought: { text: whole }, raw: null }
}

/** A call, and if it is done its result. */
function readCall(chunk: Fields): Block[] {
  const { id, name, publicArguments: input, publicResult: result } = chunk
  const called: Block = {
    kind: 'call',
    id: idOf(id),
    name: idOf(name) ?? 'tool',
    input,
    raw: rest(chunk, ['type', 'id', 'name', 'publicArguments', 'publicResult']),
  }
  if (result === undefined || result === null) return [called]
  const text = typeof result === 'string' ? result : JSON.stringify(result)
  return [called, { kind: 'result', of: idOf(id), text, raw: null }]
}
