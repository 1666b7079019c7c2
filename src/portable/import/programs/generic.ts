import { type Waiting, partFields, readChatMessage, timeFields } from '../chat-message.ts'
import { Extras, type Found, type FoundMessage, roleOf } from '../found.ts'
import { timeOf } from '../times.ts'
import { type Node, type Tree, grow, lineOf } from '../tree.ts'
import {
  type Fields,
  areMessages,
  firstOf,
  idOf,
  isFields,
  listOf,
  rest,
  taken,
  textOf,
} from '../values.ts'

const idFields = ['id', 'conversation_id', 'conversationId', 'chat_id', 'session_id', 'uuid']
const titleFields = ['title', 'name', 'subject', 'topic']
const updateFields = ['updated_at', 'updatedAt', 'update_time', 'updated']
/** Who speaks: some have a name of a role that is known in another field. */
function speakerOf({ role, author, sender, from, speaker, type }: Fields): string | null {
  if (typeof role === 'string') return role
  const names = [isFields(author) ? author['role'] : author, sender, from, speaker, type]
  return textOf(names.find((name) => roleOf(name) !== null)) || null
}

/** Whether it says so in its `role`, or is by somebody who talks. */
const isSpoken = (message: Fields): boolean =>
  typeof message['role'] === 'string' ||
  ['user', 'assistant'].includes(roleOf(speakerOf(message)) ?? '')

export const isChatMessage = (message: Fields): boolean =>
  isSpoken(message) &&
  ['content', ...partFields, 'text', 'message', 'audio', 'tool_calls', 'function_call'].some(
    (field) => field in message,
  )

/** An object with messages that have a role. One that holds none has an id or a title. */
export const isGeneric = (value: Fields): boolean =>
  areMessages(value['messages'], isChatMessage) &&
  (listOf(value['messages']).length > 0 || firstOf(value, [...idFields, ...titleFields]) != null)

/** The form that many programs share, and lines for fine-tuning: messages as the chat-completions API has them. */
export function readGeneric(value: Fields): Found {
  return {
    source: 'generic',
    sourceId: idOf(...idFields.map((field) => value[field])),
    title: firstOf(value, titleFields),
    createdAt: firstOf(value, timeFields),
    updatedAt: firstOf(value, updateFields),
    isArchived: false,
    ...readChat(value, listOf(value['messages']).filter(isFields), [
      ...taken(value, idFields, titleFields, timeFields, updateFields),
      'messages',
      'model',
      'system',
    ]),
  }
}

/**
 * Messages that follow one another. If a reply names no model, the conversation's model wrote it. The conversation's
 * `system` becomes its first message.
 *
 * @param understood the fields of the conversation
 * @param parents the places of the messages that each follows; left out if each follows the one before it
 */
export function readChat(
  value: Fields,
  messages: Fields[],
  understood: readonly string[],
  parents?: (number | null)[],
): Pick<Found, 'messages' | 'extra'> {
  const { model: named, system } = value
  const model = isFields(named) ? idOf(named['id'], named['name']) : named
  const isTold = typeof system === 'string' && system !== ''
  const told = isTold ? [{ id: 'system', role: 'system', content: system }] : []
  const extras = new Extras()
  const nodes = [...told, ...messages].map((message: Fields, index): Node<Fields> => {
    const id = idOf(message['id'], message['uuid']) ?? `message-${index + 1}`
    const said = { ...message, role: speakerOf(message) }
    return { id, parent: null, time: timeOf(firstOf(message, timeFields)), value: said }
  })
  const tree = parents ? branched(nodes, told.length, parents) : lineOf(nodes)
  const grown = grow<Fields, Waiting>(tree, [], (node, waiting) => {
    const [made, still] = readChatMessage(node.id, node.value, waiting, extras)
    return [extras.on(made.map((message) => by(model, message))), still]
  })
  const left = rest(
    value,
    isFields(named) ? understood.filter((name) => name !== 'model') : understood,
  )
  return { ...grown, extra: extras.whole(left) }
}

/** Messages of which some stand beside each other. */
function branched(all: Node<Fields>[], told: number, parents: (number | null)[]): Tree<Fields> {
  const nodes = all.map((node, index) => {
    const parent = index < told ? null : (parents[index - told] ?? -1) + told
    return { node, parent: parent === null ? null : (all[parent] ?? null) }
  })
  return { nodes, current: all.at(-1) ?? null, mended: [] }
}

const by = (model: unknown, message: FoundMessage): FoundMessage =>
  message.role === 'assistant' ? { ...message, model: message.model ?? model } : message
