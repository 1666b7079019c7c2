import type { Part } from '../../contract/part.ts'
import { Extras, type Found, type FoundMessage, roleOf } from './found.ts'
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

const conversationFields = ['id', 'title', 'chat', 'created_at', 'updated_at', 'archived']
const chatFields = ['id', 'title', 'history', 'messages', 'timestamp']
const messageFields = ['id', 'parentId', 'childrenIds', 'role', 'content', 'timestamp', 'model']

const haveRoles = (messages: unknown): boolean =>
  areMessages(messages, ({ role }) => typeof role === 'string')

const isChat = ({ history, messages }: Fields): boolean => {
  if (!isFields(history)) return false
  const { messages: byId } = history
  return isFields(byId) ? haveRoles(Object.values(byId)) : haveRoles(messages)
}

export const isOpenWebUi = (value: Fields): boolean =>
  isFields(value['chat'])
    ? isChat(value['chat']) || haveRoles(value['chat']['messages'])
    : isChat(value)

/** One chat of Open WebUI, by itself as older versions wrote it, or within the row of its database. */
export function readOpenWebUi(value: Fields): Found {
  const isRow = isFields(value['chat'])
  const chat = isRow ? fieldsOf(value['chat']) : value
  const history = fieldsOf(chat['history'])
  const byId = Object.entries(fieldsOf(history['messages']))
  const tree =
    byId.length > 0
      ? treeOf(byId.map(inTree), idOf(history['currentId']))
      : lineOf(listOf(chat['messages']).filter(isFields).map(inLine))
  const extras = new Extras()
  const grown = grow(tree, null, ({ id, value: message }) => [
    extras.on(readMessage(id, message, extras)),
    null,
  ])
  const fields = {
    ...(isRow && rest(value, conversationFields)),
    ...(isRow ? { chat: rest(chat, chatFields) } : rest(chat, [...chatFields, 'archived'])),
  }
  return {
    source: 'open-webui',
    sourceId: idOf(value['id'], chat['id']),
    title: idOf(value['title'], chat['title']),
    createdAt: isRow ? value['created_at'] : chat['timestamp'],
    updatedAt: value['updated_at'],
    isArchived: value['archived'] === true || value['archived'] === 1,
    ...grown,
    extra: extras.whole(rest(fields, [])),
  }
}

const inTree = ([id, raw]: [string, unknown]): Node<Fields> => {
  const message = fieldsOf(raw)
  return {
    id,
    parent: idOf(message['parentId']),
    time: timeOf(message['timestamp']),
    value: message,
  }
}

const inLine = (message: Fields, index: number): Node<Fields> => ({
  id: idOf(message['id']) ?? `message-${index + 1}`,
  parent: null,
  time: null,
  value: message,
})

function readMessage(id: string, message: Fields, extras: Extras): FoundMessage[] {
  const { text, thoughts } = withoutThoughts(textOf(message['content']))
  const files = listOf(message['files']).map(fieldsOf)
  const role = roleOf(message['role']) ?? 'system'
  const images = role === 'user' ? files.flatMap(imageOf) : []
  const isOdd = typeof message['content'] !== 'string' && message['content'] != null
  const error = message['error'] ? textOf(fieldsOf(message['error'])['content']) || 'error' : null
  const file = files[0] ? (idOf(files[0]['name'], files[0]['type']) ?? 'file') : null
  const placeholder = error ?? file ?? (isOdd ? 'content' : null)
  if (text === '' && placeholder === null && images.length === 0) {
    extras.hidden.push(message)
    return []
  }
  for (const thought of thoughts)
    extras.thought(id, { text: unfolded(thought) }, /^<[^>]*>/.exec(thought)?.[0])
  extras.leave(
    id,
    {
      ...rest(message, messageFields),
      ...(message['role'] !== role && { role: message['role'] }),
      content: isOdd ? message['content'] : null,
    },
    [],
  )
  const parts = text === '' ? images : [{ type: 'text' as const, text }, ...images]
  return [
    {
      id,
      role,
      content: text,
      placeholder: placeholder === null ? null : `[${placeholder}]`,
      parts: images.length > 0 ? parts : null,
      isInterrupted: role === 'assistant' && message['done'] === false,
      model: message['model'],
      tokensUsed: fieldsOf(message['usage'])['total_tokens'],
      createdAt: message['timestamp'],
    },
  ]
}

// Addresses of its own server lead nowhere from here.
const imageOf = (file: Fields): Part[] =>
  file['type'] === 'image' && textOf(file['url']).startsWith('data:image/')
    ? [{ type: 'image_url', image_url: { url: textOf(file['url']) } }]
    : []

const OPEN = '<details type="reasoning"'
const CLOSE = '</details>'

/** What a model thought stands in its text, folded. */
function withoutThoughts(content: string): { text: string; thoughts: string[] } {
  const thoughts: string[] = []
  let text = ''
  let from = 0
  for (;;) {
    const start = content.indexOf(OPEN, from)
    const end = start === -1 ? -1 : content.indexOf(CLOSE, start)
    if (end === -1) break
    text += content.slice(from, start)
    from = end + CLOSE.length
    thoughts.push(content.slice(start, from))
  }
  const whole = text + content.slice(from)
  return { text: thoughts.length > 0 ? whole.trim() : whole, thoughts }
}

/** The text of a fold: without its marks, its heading and the quotation marks of its lines. */
const unfolded = (fold: string): string =>
  fold
    .replace(/^<details[^>]*>\s*(<summary>[\s\S]*?<\/summary>)?/, '')
    .replace(/<\/details>$/, '')
    .replaceAll(/^(>|&gt;) ?/gm, '')
    .trim()
