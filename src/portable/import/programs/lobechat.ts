import { type Waiting, readChatMessage } from '../chat-message.ts'
import { Extras, type Found } from '../found.ts'
import { fileNamed, pictureAt } from '../parts.ts'
import { withSources } from '../sources.ts'
import { inTime, timeOf } from '../times.ts'
import { type Node, grow, treeOf } from '../tree.ts'
import {
  type Fields,
  areMessages,
  fieldsOf,
  idOf,
  isFields,
  listOf,
  rest,
  textOf,
} from '../values.ts'
import { linked } from './lobechat-line.ts'

/** Which conversation a message belongs to: to a topic, or to what a session has beside them. */
const chatOf = ({ topicId, sessionId, agentId }: Fields): string =>
  idOf(topicId, sessionId, agentId) ?? 'inbox'

const isMessage = (message: Fields): boolean =>
  typeof message['role'] === 'string' &&
  ['topicId', 'sessionId', 'agentId'].some((field) => field in message)

const listIn = (state: Fields, name: string): Fields[] => listOf(state[name]).filter(isFields)

/** The conversations of a backup, be it of the program's state or of its database: all messages are in one list. */
export function lobeChatsIn(value: Fields): Fields[] | null {
  const state = fieldsOf(value['state'] ?? value['data'])
  const isBackup = ['sessions', 'agents', 'topics'].some((name) => Array.isArray(state[name]))
  if (!areMessages(state['messages'], isMessage) || !isBackup) return null
  const calls = new Map(
    listIn(state, 'messagePlugins').map(({ id, toolCallId }) => [id, toolCallId]),
  )
  const messages = listIn(state, 'messages').map((message) =>
    calls.has(message['id']) ? { tool_call_id: calls.get(message['id']), ...message } : message,
  )
  const groups = Map.groupBy(messages, chatOf)
  return [...groups].map(([id, own]) => ({
    lobeChat: id,
    topic: listIn(state, 'topics').find((topic) => topic['id'] === fieldsOf(own[0])['topicId']),
    session: listIn(state, 'sessions').find(
      (session) => session['id'] === fieldsOf(own[0])['sessionId'],
    ),
    messages: own,
  }))
}

/** One of them, or a topic that was exported by itself. */
export const isLobeChat = (value: Fields): boolean =>
  typeof value['lobeChat'] === 'string' ||
  (typeof value['exportedAt'] === 'string' &&
    value['version'] === '2.0' &&
    areMessages(value['messages'], ({ role }) => typeof role === 'string'))

const conversationFields = [
  'lobeChat',
  'topic',
  'session',
  'messages',
  'title',
  'version',
  'exportedAt',
]

export function readLobeChat(value: Fields): Found {
  const [topic, session] = [fieldsOf(value['topic']), fieldsOf(value['session'])]
  const first = fieldsOf(listIn(value, 'messages')[0])
  const nodes = listIn(value, 'messages')
    .flatMap(flat)
    .map((message, index): Node<Fields> => {
      const id = idOf(message['id']) ?? `message-${index + 1}`
      return { id, parent: null, time: timeOf(message['createdAt']), value: message }
    })
  const extras = new Extras()
  const { all, current } = linked(inTime(nodes))
  const grown = grow<Fields, Waiting>(
    treeOf(all, current),
    [],
    ({ id, value: message }, waiting) => {
      const [made, still] = readChatMessage(id, asChatMessage(message), waiting, extras)
      const { citations } = fieldsOf(message['search'])
      return [extras.on(withSources(made, citations)), still]
    },
  )
  const { title } = fieldsOf(session['meta'])
  return {
    source: 'lobechat',
    // A topic by itself may be named by its messages alone.
    sourceId: idOf(value['lobeChat'], topic['id'], first['topicId'], first['id']),
    title: idOf(topic['title'], value['title'], title, session['title']),
    createdAt: topic['createdAt'],
    updatedAt: topic['updatedAt'],
    isArchived: false,
    ...grown,
    extra: extras.whole(
      rest(
        {
          ...rest(value, conversationFields),
          topic: rest(topic, ['id', 'title', 'createdAt', 'sessionId', ...changing]),
          session: rest(session, changing),
        },
        [],
      ),
    ),
  }
}

/** What changes whenever another conversation of the same session is gone on with, or this one is looked at. */
const changing = ['updatedAt', 'accessedAt']

/** Newer versions show a whole turn as one message, which holds what the model said and the results of its calls. */
function flat(message: Fields): Fields[] {
  const children = listIn(message, 'children')
  if (children.length === 0) return [message]
  const { children: _children, content: _content, ...shared } = message
  return children.flatMap((child) => [
    { ...shared, ...child, role: 'assistant' },
    ...listIn(child, 'tools').flatMap(({ id, result }) =>
      isFields(result)
        ? [{ role: 'tool', tool_call_id: id, createdAt: message['createdAt'], ...result, id: null }]
        : [],
    ),
  ])
}

/** A message as the chat-completions API has it; fields that say the same elsewhere are left out. */
function asChatMessage(written: Fields): Fields {
  const message = isAwaited(written) ? { ...written, content: '' } : written
  const { tools, reasoning, extra, ...more } = message
  return {
    ...rest(more, ['topicId', 'sessionId']),
    content: withFiles(message),
    model: message['model'] ?? fieldsOf(extra)['fromModel'],
    reasoning_content: textOf(fieldsOf(reasoning)['content']),
    tool_calls: listOf(tools).filter(isFields).map(asCall),
    extra: rest(fieldsOf(extra), ['fromModel']),
  }
}

/** Whether nothing of an answer has come: three dots stand in its place then. */
const isAwaited = ({ role, content }: Fields): boolean => role === 'assistant' && content === '...'

/** The text with the pictures and files of a message, of which an old backup has only the ids. */
function withFiles(message: Fields): unknown {
  const { content, files } = message
  const lists = ['imageList', 'videoList', 'fileList'].flatMap((name) => listIn(message, name))
  const named = lists.map(({ url, alt, name }) => {
    const picture = pictureAt(url)
    return picture[0] ?? fileNamed(idOf(name, alt) ?? 'file')
  })
  const unnamed = named.length === 0 ? listOf(files).map(() => fileNamed('file')) : []
  const all = [...named, ...unnamed]
  return all.length === 0 ? content : [content, ...all].flat()
}

/** A tool is one function of a plugin. */
function asCall({ id, identifier, apiName, arguments: given, ...more }: Fields): Fields {
  const name = [identifier, apiName].map(textOf).filter((part) => part !== '')
  return { ...rest(more, ['type', 'result']), id, name: name.join('____'), arguments: given }
}
