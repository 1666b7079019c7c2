import type { Role } from '../../contract/message.ts'
import {
  Extras,
  type Found,
  type FoundMessage,
  type Thought,
  argumentsOf,
  roleOf,
} from './found.ts'
import { timeOf } from './times.ts'
import { type Node, grow, treeOf } from './tree.ts'
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
  'id',
  'conversation_id',
  'title',
  'create_time',
  'update_time',
  'mapping',
  'current_node',
  'is_archived',
]
const messageFields = ['id', 'create_time', 'author', 'content']

const isMessage = ({ author, content }: Fields): boolean => isFields(author) && isFields(content)

/** A tree whose messages have an author and a content. One that holds nothing may come without its tree. */
export function isChatGpt(value: Fields): boolean {
  const { mapping } = value
  if (isFields(mapping)) {
    const nodes = Object.values(mapping)
    const messages = nodes.flatMap((node) => fieldsOf(node)['message'] ?? [])
    return areMessages(nodes, isFields) && areMessages(messages, isMessage)
  }
  const isShell = (mapping ?? null) === null && !('messages' in value) && 'create_time' in value
  return isShell && ('current_node' in value || 'conversation_id' in value)
}

/** One conversation of `conversations.json`: a tree of nodes, some of them with a message. */
export function readChatGpt(value: Fields): Found {
  const nodes = Object.entries(fieldsOf(value['mapping'])).map(([id, raw]): Node<Fields> => {
    const node = fieldsOf(raw)
    const time = timeOf(fieldsOf(node['message'])['create_time'])
    const isEmpty = !isFields(node['message'])
    return { id, parent: idOf(node['parent']), time, value: node, isEmpty }
  })
  const extras = new Extras()
  const tree = treeOf(nodes, idOf(value['current_node']))
  const followed = new Set(tree.nodes.map(({ parent }) => parent))
  const grown = grow(tree, nothing, (node, known, last) => {
    const message = node.value['message']
    if (!isFields(message)) return [[], known]
    const thought = thoughtOf(message)
    if (thought) {
      const thoughts = [...known.thoughts, thought]
      if (followed.has(node) || last === null) return [[], { ...known, thoughts }]
      // Nothing follows that they could be the thoughts of.
      for (const one of thoughts) extras.thought(last.id ?? '', one.thought, one.raw)
      Object.assign(last, extras.on([last])[0])
      return [[], known]
    }
    const made = readMessage(node.id, message, known.lastCall, extras)
    if (made === null) return [[], known]
    for (const { thought: one, raw } of known.thoughts) extras.thought(made.id ?? '', one, raw)
    // ChatGPT's results name no call: they are those of the last one.
    const lastCall = made.toolCalls ? (calledAs(message) ?? made.id) : known.lastCall
    return [extras.on([made]), { lastCall, thoughts: [] }]
  })
  return {
    source: 'chatgpt',
    sourceId: idOf(value['conversation_id'], value['id']),
    title: value['title'],
    createdAt: value['create_time'],
    updatedAt: value['update_time'],
    isArchived: value['is_archived'] === true,
    ...grown,
    extra: extras.whole(rest(value, conversationFields)),
  }
}

interface Known {
  lastCall: string | null
  /** What was thought and not yet said. */
  thoughts: Thinking[]
}

interface Thinking {
  thought: Thought
  /** As the file has it. */
  raw: unknown
}

const nothing: Known = { lastCall: null, thoughts: [] }

/** The call that a message makes or answers, if an export of Hilo's says so. */
const calledAs = (message: Fields): string | null =>
  idOf(fieldsOf(message['metadata'])['tool_call_id'])

/** What a message is that only thinks; null if it says something. */
function thoughtOf(message: Fields): Thinking | null {
  const content = fieldsOf(message['content'])
  const type = textOf(content['content_type'])
  const raw = rest(message, ['author'])
  if (type === 'reasoning_recap') return { thought: { text: textOf(content['content']) }, raw }
  if (type !== 'thoughts') return null
  const texts = listOf(content['thoughts']).map((one) => {
    const { summary, content: text } = fieldsOf(one)
    return [textOf(summary), textOf(text)].filter(Boolean).join('\n')
  })
  return { thought: { text: texts.join('\n\n') }, raw }
}

function readMessage(
  nodeId: string,
  message: Fields,
  lastCall: string | null,
  extras: Extras,
): FoundMessage | null {
  const content = fieldsOf(message['content'])
  const type = textOf(content['content_type'])
  const id = idOf(message['id']) ?? nodeId
  const { text, others } = readContent(type, content)
  const placeholder = others.length > 0 || !texts.has(type) ? `[${named(others, type)}]` : null
  if (text === '' && placeholder === null) {
    // The empty system message that each conversation begins with, and the like.
    extras.hidden.push(message)
    return null
  }
  const author = fieldsOf(message['author'])
  const recipient = textOf(message['recipient'])
  const metadata = fieldsOf(message['metadata'])
  const finish = textOf(fieldsOf(metadata['finish_details'])['type'])
  const role = roleIn(author, type)
  const isCall = role === 'assistant' && recipient !== '' && recipient !== 'all'
  const callId = calledAs(message)
  extras.leave(
    id,
    {
      ...rest(message, messageFields),
      author: rest(author, ['role']),
      ...(author['role'] !== role && { role: author['role'] }),
      content: isPlain(type, content) ? null : content,
    },
    [],
  )
  return {
    id,
    role,
    content: isCall ? '' : text,
    placeholder,
    toolCalls: isCall
      ? [
          {
            id: callId ?? id,
            type: 'function',
            function: { name: recipient.slice(0, 256), arguments: argumentsOf(text) },
          },
        ]
      : null,
    toolCallId: role === 'tool' ? (callId ?? lastCall ?? id) : null,
    isInterrupted:
      role === 'assistant' && (finish === 'interrupted' || message['status'] === 'in_progress'),
    finishReason: role !== 'assistant' ? null : finish === 'max_tokens' ? 'length' : finish,
    model: metadata['model_slug'],
    createdAt: message['create_time'],
  }
}

// Instructions and memory are sent under the person's name, who never wrote them. An unknown author is kept and
// shown, but not sent to a model.
const roleIn = (author: Fields, type: string): Role =>
  type.endsWith('_editable_context') ? 'system' : (roleOf(author['role']) ?? 'system')

/** Where each type of content has its text, beside its parts. */
const texts = new Map<string, readonly string[]>([
  ['text', ['text']],
  ['multimodal_text', ['text']],
  ['code', ['text']],
  ['execution_output', ['text']],
  ['system_error', ['name', 'text']],
  ['tether_quote', ['title', 'url', 'text']],
  ['tether_browsing_display', ['summary', 'result']],
  ['user_editable_context', ['user_profile', 'user_instructions']],
  ['model_editable_context', ['model_set_context']],
])

/** The text of a message, and its parts that are not text. */
function readContent(type: string, content: Fields): { text: string; others: unknown[] } {
  const lines: string[] = []
  const others: unknown[] = []
  for (const part of listOf(content['parts'])) {
    const text = typeof part === 'string' ? part : textOf(fieldsOf(part)['text'])
    if (text !== '') lines.push(text)
    else if (isFields(part)) others.push(part)
  }
  for (const key of texts.get(type) ?? ['text', 'result', 'content']) {
    const text = textOf(content[key])
    if (text !== '') lines.push(text)
  }
  return { text: lines.join('\n'), others }
}

// All of it is in the message's text.
const isPlain = (type: string, content: Fields): boolean =>
  type === 'text' &&
  rest(content, ['content_type', 'parts']) === null &&
  listOf(content['parts']).length <= 1 &&
  listOf(content['parts']).every((part) => typeof part === 'string')

function named(others: unknown[], type: string): string {
  const other = textOf(fieldsOf(others[0])['content_type'])
  return other.startsWith('image') ? 'image' : other.startsWith('audio') ? 'audio' : other || type
}
