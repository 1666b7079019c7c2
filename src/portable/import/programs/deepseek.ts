import type { Role } from '../../../contract/message.ts'
import { type Block, spread } from '../blocks.ts'
import { spoken } from '../chat-message.ts'
import { Extras, type Found, type FoundMessage, roleOf } from '../found.ts'
import { linked, withoutMarks } from '../marks.ts'
import { fileNamed } from '../parts.ts'
import { withSources } from '../sources.ts'
import { timeOf } from '../times.ts'
import { type Node, grow, treeOf } from '../tree.ts'
import { type Fields, fieldsOf, firstOf, idOf, isFields, listOf, rest, textOf } from '../values.ts'

const createFields = ['inserted_at', 'create_time']
const updateFields = ['updated_at', 'update_time']
const conversationFields = [
  ...createFields,
  ...updateFields,
  'id',
  'conversation_id',
  'title',
  'mapping',
  'current_node',
]
const messageFields = [
  ...createFields,
  'role',
  'model',
  'fragments',
  'content',
  'reasoning_content',
]

/** The message of a node, which some files have in its place. */
const messageIn = (node: unknown): unknown =>
  fieldsOf(node)['message'] ?? rest(fieldsOf(node), ['id', 'message', 'parent', 'children'])

const isMessage = (message: unknown): boolean =>
  isFields(message) &&
  (Array.isArray(message['fragments']) || typeof message['content'] === 'string')

/** A tree like ChatGPT's. Its messages are made of fragments, or of one text in older exports. */
export const isDeepSeek = ({ mapping, inserted_at: inserted }: Fields): boolean =>
  isFields(mapping) &&
  (typeof inserted === 'string' || Object.values(mapping).map(messageIn).some(isMessage))

export function readDeepSeek(value: Fields): Found {
  const nodes = Object.entries(fieldsOf(value['mapping'])).map(([id, node]): Node<Fields> => {
    const message = fieldsOf(messageIn(node))
    const isEmpty = Object.keys(message).length === 0
    const { parent, children } = fieldsOf(node)
    return {
      id,
      parent: idOf(parent),
      children: listOf(children),
      isReply: !isEmpty && roleIn(message, 'assistant') === 'assistant',
      time: timeOf(firstOf(message, createFields)),
      value: message,
      isEmpty,
    }
  })
  const extras = new Extras()
  const tree = treeOf(nodes, idOf(value['current_node']))
  const grown = grow<Fields, Role>(tree, 'assistant', ({ id, value: message, isEmpty }, before) => {
    if (isEmpty) return [[], before]
    const role = roleIn(message, before)
    return [extras.on(readMessage(id, message, role, extras)), role]
  })
  return {
    source: 'deepseek',
    sourceId: idOf(value['id'], value['conversation_id']),
    title: value['title'],
    createdAt: firstOf(value, createFields),
    updatedAt: firstOf(value, updateFields),
    isArchived: false,
    ...grown,
    extra: extras.whole(rest(value, conversationFields)),
  }
}

function readMessage(id: string, message: Fields, role: Role, extras: Extras): FoundMessage[] {
  const fragments = listOf(message['fragments']).filter(isFields)
  const { content, reasoning_content: reasoning } = message
  const blocks = [
    ...textOr([], reasoning, (text) => ({ kind: 'thought', thought: { text }, raw: null })),
    ...textOr([], content, (text) => ({ kind: 'text', text, raw: null })),
    ...fragments.map(readFragment),
    ...listOf(message['files'])
      .filter(isFields)
      .map((file) => readFile(file, null)),
  ]
  const createdAt = firstOf(message, createFields)
  const found = [message, ...fragments].flatMap(foundIn)
  const author = fieldsOf(message['author'])
  const made =
    role === 'user'
      ? spoken(id, 'user', blocks, createdAt, extras)
      : withSources(
          spread(
            id,
            blocks.map((block) => cited(block, found)),
            { createdAt, model: message['model'] },
            extras,
          ),
          [...found, ...fragments.map(({ result }) => result)],
        )
  if (made.length === 0) extras.hidden.push(message)
  else extras.leave(id, { ...message, author: rest(author, ['role']) }, messageFields)
  return made
}

/** A text with links in the place of its marks. */
function cited(block: Block, found: unknown[]): Block {
  if (block.kind !== 'text') return block
  const text = withoutMarks(block.text, /(?:\[(?:citation|reference):\d+\])+/g, (run) =>
    linked(
      [...run.matchAll(/(citation|reference):(\d+)/g)].flatMap(([, kind, number]) =>
        pageOf(Number(number), kind === 'citation' ? 1 : 0, found),
      ),
    ),
  )
  return text === block.text ? block : { ...block, text, raw: block.raw ?? { text: block.text } }
}

/** The page of a number: the one that says that it has it, or by its place. Newer marks count from 0, older ones from 1. */
const pageOf = (number: number, first: number, found: unknown[]): unknown[] => {
  const page = found.find((one) => fieldsOf(one)['cite_index'] === number) ?? found[number - first]
  return page === undefined ? [] : [page]
}

const foundIn = ({ results, search_results: older }: Fields): unknown[] => [
  ...listOf(results),
  ...listOf(older),
]

function textOr(none: Block[], value: unknown, block: (text: string) => Block): Block[] {
  return textOf(value) === '' ? none : [block(textOf(value))]
}

/**
 * The fragments tell who wrote a message. Older exports have none, and some of them do not say it at all: then who did not
 * write the message before it, if it has nothing that only answers have.
 */
function roleIn(message: Fields, before: Role): Role {
  const fragments = listOf(message['fragments']).filter(isFields)
  if (fragments.some(({ type }) => type === 'REQUEST')) return 'user'
  const named = roleOf(fieldsOf(message['author'])['role']) ?? roleOf(message['role'])
  if (named !== null) return named === 'user' ? 'user' : 'assistant'
  const isOfFiles = fragments.every(({ type }) => type === 'FILE')
  if (isOfFiles && listOf(message['files']).length > 0) return 'user'
  const isAnswer =
    fragments.some(({ type }) => /THINK|RESPONSE|SEARCH|TOOL|READ|TIP|FILE/.test(textOf(type))) ||
    textOf(message['reasoning_content']) !== '' ||
    listOf(message['search_results']).length > 0
  return isAnswer || before === 'user' ? 'assistant' : 'user'
}

function readFragment(fragment: Fields): Block {
  const type = textOf(fragment['type'])
  const text = textOf(fragment['content'])
  const raw = rest(fragment, ['type', 'content'])
  if (type === 'THINK') return { kind: 'thought', thought: { text }, raw }
  if (text !== '') return { kind: 'text', text, raw: raw && fragment }
  if (type === 'FILE') return readFile(fieldsOf(listOf(fragment['files'])[0]), fragment)
  if (/^(REQUEST|RESPONSE|TEMPLATE_RESPONSE)$/.test(type)) return { kind: 'text', text, raw: null }
  return { kind: 'other', name: type.toLowerCase() || 'content', raw: fragment }
}

function readFile(file: Fields, raw: Fields | null): Block {
  const name = idOf(file['file_name'], file['name'])
  const parts = name === null ? [] : [fileNamed(name)]
  return { kind: 'other', name: name ?? 'file', raw, parts }
}
