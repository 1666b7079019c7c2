import type { Role } from '../../../contract/message.ts'
import { spread, withThoughtsApart } from '../blocks.ts'
import { Extras, type Found, type FoundMessage, roleOf } from '../found.ts'
import { type FilesBeside, fileNamed, placeholderOf, withText, wordsOf } from '../parts.ts'
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
import { answerOf, otherOf, partsOf, textIn } from './open-webui-blocks.ts'
import { readFiles, sourcesOf } from './open-webui-files.ts'

const conversationFields = [
  'id',
  'title',
  'chat',
  'created_at',
  'updated_at',
  'last_read_at',
  'archived',
]
const chatFields = ['id', 'title', 'history', 'messages', 'timestamp']
const messageFields = [
  'id',
  'parentId',
  'childrenIds',
  'role',
  'content',
  'output',
  'timestamp',
  'model',
]

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
export function readOpenWebUi(value: Fields, beside?: FilesBeside): Found {
  const isRow = isFields(value['chat'])
  const chat = isRow ? fieldsOf(value['chat']) : value
  const history = fieldsOf(chat['history'])
  const byId = Object.entries(fieldsOf(history['messages']))
  const tree =
    byId.length > 0
      ? treeOf(byId.map(inTree), idOf(history['currentId']))
      : lineOf(listOf(chat['messages']).filter(isFields).map(inLine))
  const extras = new Extras()
  const models = listOf(chat['models'])
  // Of several models it is not known which one answered.
  const model = models.length === 1 ? models[0] : null
  const grown = grow(tree, null, ({ id, value: message }) => [
    extras.on(readMessage(id, message, { model, extras, beside })),
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
    isArchived: flagOf(value['archived']),
    ...grown,
    extra: extras.whole(rest(fields, [])),
  }
}

const inTree = ([id, raw]: [string, unknown]): Node<Fields> => {
  const message = fieldsOf(raw)
  return {
    id,
    parent: idOf(message['parentId']),
    children: listOf(message['childrenIds']),
    isReply: message['role'] === 'assistant',
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

/** What all messages of a chat share. */
interface Whole {
  model: unknown
  extras: Extras
  beside: FilesBeside | undefined
}

function readMessage(id: string, message: Fields, whole: Whole): FoundMessage[] {
  const { extras } = whole
  const role = roleOf(message['role']) ?? 'system'
  const made =
    role === 'assistant'
      ? [...answered(id, message, whole), ...mergedIn(id, message)]
      : spoken(id, role, message, whole)
  if (made.length === 0) {
    extras.hidden.push(message)
    return []
  }
  extras.leave(id, message, messageFields)
  return made
}

/** The answer that was made of those of several models. */
function mergedIn(id: string, { merged, timestamp }: Fields): FoundMessage[] {
  const { content, timestamp: at } = fieldsOf(merged)
  if (textOf(content) === '') return []
  const createdAt = at ?? timestamp
  return [{ id: `${id}.merged`, role: 'assistant', content: textOf(content), createdAt }]
}

function answered(
  id: string,
  message: Fields,
  { model, extras, beside: held }: Whole,
): FoundMessage[] {
  const { content } = message
  const output = listOf(message['output'])
  const { blocks: read, isListed } = answerOf(output, content)
  const blocks = withThoughtsApart(read)
  extras.leave(id, { output: isListed ? null : output }, [])
  const isSaid = blocks.some((block) => block.kind === 'text' && block.text !== '')
  const { pictures, names } = readFiles(message, held)
  const error = message['error'] ? wordsOf(message['error']) || 'error' : null
  const beside = isSaid ? [...names.map(fileNamed), ...sourcesOf(message)] : []
  const parts = [...pictures, ...beside]
  const unsaid = names.join(', ') || (isOdd(content) ? 'content' : null)
  const shown = error ?? (isSaid ? null : unsaid)
  if (parts.length > 0 || shown !== null) {
    blocks.push({ kind: 'other', name: shown, raw: isOdd(content) ? content : null, parts })
  }
  return spread(
    id,
    blocks,
    {
      isInterrupted: message['done'] === false,
      model: idOf(message['model'], message['selectedModelId']) ?? model,
      tokensUsed: fieldsOf(message['usage'])['total_tokens'],
      createdAt: message['timestamp'],
    },
    extras,
  )
}

/** What somebody wrote stays as it is, whatever marks it holds. */
function spoken(
  id: string,
  role: Role,
  message: Fields,
  { extras, beside }: Whole,
): FoundMessage[] {
  const { content } = message
  const given = partsOf(content)
  const text = given.map(textIn).filter(Boolean).join('\n')
  const others = given.flatMap((part) =>
    typeof part === 'string' || textIn(part) !== '' ? [] : [otherOf(part)],
  )
  const { pictures, names } = readFiles(message, beside)
  const unseen = [...others.flatMap(({ name }) => name ?? []), ...names]
  const isSaid = text !== ''
  const images = [...others.flatMap(({ parts = [] }) => parts), ...pictures]
  const placeholder = placeholderOf(unseen) ?? (isOdd(content) ? '[content]' : null)
  if (!isSaid && placeholder === null && images.length === 0) return []
  const raws = others.flatMap(({ raw }) => raw ?? [])
  extras.leave(
    id,
    {
      ...(message['role'] !== role && { role: message['role'] }),
      content: isOdd(content) ? content : raws,
    },
    [],
  )
  return [
    {
      id,
      role,
      content: text,
      placeholder: isSaid ? null : placeholder,
      parts: withText(text, [...images, ...(isSaid ? unseen.map(fileNamed) : [])]),
      model: message['model'],
      createdAt: message['timestamp'],
    },
  ]
}

const isOdd = (content: unknown): boolean =>
  content != null && typeof content !== 'string' && !Array.isArray(content)
