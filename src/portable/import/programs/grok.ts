import type { Block } from '../blocks.ts'
import { spread } from '../blocks.ts'
import { spoken } from '../chat-message.ts'
import { Extras, type Found, type FoundMessage, roleOf } from '../found.ts'
import { type FilesBeside, fileIn, fileNamed } from '../parts.ts'
import { withSources } from '../sources.ts'
import { timeOf } from '../times.ts'
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
import { readable, withCalls, withCallsTold } from './grok-text.ts'

const conversationFields = ['id', 'title', 'create_time', 'modify_time', 'leaf_response_id']
const messageFields = [
  '_id',
  'conversation_id',
  'parent_response_id',
  'sender',
  'message',
  'create_time',
  'model',
  'thinking_trace',
]

/** Anybody else is the model, whose name some exports have there. */
const isOfPerson = ({ sender }: Fields): boolean => roleOf(sender) === 'user'

const responseIn = (entry: Fields): Fields => fieldsOf(entry['response'] ?? entry)

/** One of the conversations of `prod-grok-backend.json`: each response is wrapped, and names the one before it. */
export const isGrok = (value: Fields): boolean =>
  isFields(value['conversation']) &&
  areMessages(value['responses'], (entry) => typeof responseIn(entry)['sender'] === 'string')

export function readGrok(value: Fields, beside?: FilesBeside): Found {
  const conversation = fieldsOf(value['conversation'])
  const nodes = listOf(value['responses'])
    .filter(isFields)
    .map((entry, index): Node<Fields> => {
      const message = responseIn(entry)
      return {
        id: idOf(message['_id']) ?? `message-${index + 1}`,
        parent: idOf(message['parent_response_id']),
        isReply: !isOfPerson(message),
        time: timeOf(message['create_time']),
        value: { ...message, share_link: entry['share_link'] },
      }
    })
  const extras = new Extras()
  const tree = treeOf(chained(nodes), idOf(conversation['leaf_response_id']))
  const grown = grow(tree, null, ({ id, value: message }) => [
    extras.on(readMessage(id, message, extras, beside)),
    null,
  ])
  const left = { ...rest(value, ['conversation', 'responses']) }
  return {
    source: 'grok',
    sourceId: idOf(conversation['id']),
    title: conversation['title'],
    createdAt: conversation['create_time'],
    updatedAt: conversation['modify_time'],
    isArchived: false,
    ...grown,
    extra: extras.whole(rest({ ...conversation, ...left }, conversationFields)),
  }
}

/** Older exports name no parents: their responses follow one another. */
const chained = (nodes: Node<Fields>[]): Node<Fields>[] =>
  nodes.some(({ parent }) => parent !== null)
    ? nodes
    : nodes.map((node, index) => ({ ...node, parent: nodes[index - 1]?.id ?? null }))

function readMessage(
  id: string,
  message: Fields,
  extras: Extras,
  beside?: FilesBeside,
): FoundMessage[] {
  const isPerson = isOfPerson(message)
  const whole = textOf(message['message'])
  const text = isPerson ? whole : readable(whole, message['card_attachments_json'])
  const blocks: Block[] = [
    ...thoughtsIn(message),
    ...(isPerson ? [{ kind: 'text' as const, text, raw: null }] : withCalls(text)),
    ...attachedTo(message, beside),
  ]
  const createdAt = message['create_time']
  const { cited_web_search_results: cited, web_search_results: found } = message
  const results = listOf(cited).length > 0 ? cited : found
  const isInterrupted = message['partial'] === true
  const shared = { createdAt, model: message['model'], isInterrupted }
  const made = isPerson
    ? spoken(id, 'user', blocks, createdAt, extras)
    : withSources(spread(id, blocks, shared, extras), results)
  if (made.length === 0) extras.hidden.push(message)
  else extras.leave(id, message, messageFields)
  if (text !== whole) extras.leave(id, { message: whole }, [])
  return made
}

/** What the model thought, and each of the agents that it sent. */
function thoughtsIn({ thinking_trace: whole, agent_thinking_traces: agents }: Fields): Block[] {
  const traces = [whole, ...listOf(agents).map((one) => fieldsOf(one)['thinking_trace'])]
  const texts = new Set(traces.map((trace) => withCallsTold(textOf(trace))).filter(Boolean))
  return [...texts].map((text) => ({ kind: 'thought', thought: { text }, raw: null }))
}

/** The files of a message, of which the export has only the ids, and pictures; and what failed. */
function attachedTo(message: Fields, beside?: FilesBeside): Block[] {
  const { message: text, generated_image_urls: images, file_attachments: files, error } = message
  const attached = [
    ...listOf(images).map((path) => [{ path }, 'image', textOf(path).split('/').at(-1)] as const),
    ...listOf(files).map((id) => [{ id }, 'file', null] as const),
  ].map(([file, kind, name]): Block => {
    const brought = fileIn(file, beside)
    const named = textOf(text) === '' ? [] : [fileNamed(name || kind)]
    const isBrought = brought.length > 0
    return {
      kind: 'other',
      name: isBrought ? null : kind,
      raw: null,
      parts: isBrought ? brought : named,
    }
  })
  const failed = textOf(text) === '' ? textOf(error) : ''
  return failed === '' ? attached : [...attached, { kind: 'other', name: failed, raw: null }]
}
