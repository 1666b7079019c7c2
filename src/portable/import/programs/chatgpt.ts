import { CALL_NAME_LENGTH } from '../../../contract/limits.ts'
import { Extras, type Found, type FoundMessage, argumentsOf } from '../found.ts'
import { type FilesBeside, withText } from '../parts.ts'
import { timeOf } from '../times.ts'
import { type Node, grow, treeOf } from '../tree.ts'
import { type Fields, fieldsOf, flagOf, idOf, isFields, listOf, rest, textOf } from '../values.ts'
import { type Calls, callAnswered, unanswered, withAnswer, withCall } from './chatgpt-calls.ts'
import { cited } from './chatgpt-citations.ts'
import { isPlain, modelIn, readContent, roleIn } from './chatgpt-content.ts'
import { type Research, isState, researchIn } from './chatgpt-report.ts'
import { isNode } from './chatgpt-shape.ts'
import { type Thinking, thoughtOf } from './chatgpt-thoughts.ts'

/** States of an answer that is being written, or was stopped. */
const unfinished = new Set<unknown>(['in_progress', 'finished_partial_completion'])

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

/** One conversation of `conversations.json`: a tree of nodes, some of them with a message. */
export function readChatGpt(value: Fields, beside?: FilesBeside): Found {
  const nodes = Object.entries(fieldsOf(value['mapping'])).map(([id, raw]): Node<Fields> => {
    const node = fieldsOf(raw)
    const message = fieldsOf(node['message'])
    const { role } = fieldsOf(message['author'])
    return {
      id,
      parent: idOf(node['parent']),
      children: listOf(node['children']),
      isReply: role === 'assistant' || role === 'tool',
      time: timeOf(message['create_time']),
      value: node,
      isEmpty: !isFields(node['message']),
    }
  })
  const extras = new Extras()
  const tree = treeOf(nodes, idOf(value['current_node']))
  const followed = new Set(tree.nodes.map(({ parent }) => parent))
  const whole: Whole = {
    ids: new Set(nodes.map((node) => idOf(fieldsOf(node.value['message'])['id']))),
    model: modelIn(value),
    extras,
    ...(beside && { beside }),
  }
  const grown = grow(tree, nothing, (node, known, last) => {
    const message = node.value['message']
    if (!isFields(message)) {
      if (!isNode(node.value)) extras.hidden.push(node.value)
      return [[], known]
    }
    const thought = thoughtOf(message)
    if (thought) {
      const thoughts = [...known.thoughts, thought]
      if (followed.has(node) || last === null) return [[], { ...known, thoughts }]
      // Nothing follows that they could be the thoughts of.
      for (const one of thoughts) extras.thought(last.id ?? '', one.thought, one.raw)
      Object.assign(last, extras.on([last])[0])
      return [[], known]
    }
    const isThought = known.thoughts.length > 0
    const { messages, calls } = readTurn(node.id, message, { ...known, isThought }, whole)
    const [first] = messages
    if (first === undefined) return [[], { ...known, calls }]
    if (isOfOne(last, first)) {
      last.toolCalls = [...listOf(last.toolCalls), ...listOf(first.toolCalls)]
      // What else the node has is of the export alone.
      extras.on([])
      return [[], { ...known, calls }]
    }
    for (const { thought: one, raw } of known.thoughts) extras.thought(first.id, one, raw)
    return [extras.on(messages), { calls, thoughts: [] }]
  })
  return {
    source: 'chatgpt',
    sourceId: idOf(value['conversation_id'], value['id']),
    title: value['title'],
    createdAt: value['create_time'],
    updatedAt: value['update_time'],
    isArchived: flagOf(value['is_archived']),
    ...grown,
    extra: extras.whole(rest(value, conversationFields)),
  }
}

/** Whether a call is of the message before it, which an export of Hilo's has in several nodes. */
const isOfOne = (last: FoundMessage | null, { id, toolCalls }: Made): last is FoundMessage =>
  last?.role === 'assistant' && Boolean(toolCalls) && id.replace(/~\d+$/, '~') === `${last.id}~`

/** What is known of a whole conversation. */
interface Whole {
  /** The ids of its messages. */
  ids: Set<string | null>
  /** The model of the answers that name none. */
  model: unknown
  extras: Extras
  beside?: FilesBeside
}

type Made = FoundMessage & { id: string }

interface Known {
  calls: Calls
  /** What was thought and not yet said. */
  thoughts: Thinking[]
}

const nothing: Known = { calls: [], thoughts: [] }

/** The call that a message makes or answers, if an export of Hilo's says so. */
const calledAs = (message: Fields): string | null =>
  idOf(fieldsOf(message['metadata'])['tool_call_id'])

/** A message, and the report that it holds if a deep research is shown with it. */
function readTurn(
  nodeId: string,
  message: Fields,
  before: Before,
  whole: Whole,
): { messages: Made[]; calls: Calls } {
  const { calls } = before
  const research = researchIn(message)
  const made = readMessage(nodeId, message, before, whole, research)
  if (made === null) return { messages: [], calls }
  const { id } = made
  const next =
    made.role === 'user'
      ? unanswered(calls)
      : made.toolCalls
        ? withCall(calls, calledAs(message) ?? id, textOf(message['recipient']))
        : withAnswer(calls, textOf(made.toolCallId))
  const reportId = research && (idOf(research.report['id']) ?? `${id}.report`)
  // The report may be a message of its own, or be shown again.
  if (research === null || whole.ids.has(reportId)) return { messages: [made], calls: next }
  whole.ids.add(reportId)
  const author = { role: 'assistant' }
  const written = { create_time: message['create_time'], ...research.report, author }
  const report = readMessage(`${id}.report`, written, { calls: [], isThought: false }, whole, null)
  return { messages: report ? [made, report] : [made], calls: next }
}

/** What is known of the messages before one. */
interface Before {
  calls: Calls
  /** Whether something was thought, and nothing said yet. */
  isThought: boolean
}

function readMessage(
  nodeId: string,
  message: Fields,
  { calls, isThought }: Before,
  { model, extras, beside }: Whole,
  research: Research | null,
): Made | null {
  const content = fieldsOf(message['content'])
  const author = fieldsOf(message['author'])
  const metadata = fieldsOf(message['metadata'])
  const id = idOf(message['id']) ?? nodeId
  const role = roleIn(author, textOf(content['content_type']))
  const recipient = textOf(message['recipient'])
  const callId = calledAs(message)
  const isToTool = recipient !== '' && (recipient !== 'all' || callId !== null)
  const isCall = role === 'assistant' && isToTool
  const read = readContent(content, metadata, role, beside)
  const isShown = role === 'tool' && research !== null && (read.text === '' || isState(read.text))
  const written = isShown ? research.status : read.text
  const isOwn = role === 'user' || isCall
  const { text, sources } = isOwn ? { text: written, sources: [] } : cited(written, metadata, role)
  const answered = role === 'tool' ? callAnswered(calls, idOf(author['name'])) : null
  const isNothing = text === '' && read.parts.length === 0 && read.placeholder === null
  // Marked so are what a client put in between, and what a model was told to say.
  const isHidden = metadata['is_visually_hidden_from_conversation'] === true && !isCall
  if (isHidden && (role === 'user' || role === 'assistant')) {
    extras.hidden.push(message)
    return null
  }
  const finish = textOf(fieldsOf(metadata['finish_details'])['type'])
  const isInterrupted =
    role === 'assistant' && (finish === 'interrupted' || unfinished.has(message['status']))
  const isKnown = answered !== null || callId !== null || (isThought && isInterrupted)
  if (isNothing && !isKnown && research === null) {
    // The empty system message that each conversation begins with, and the like.
    extras.hidden.push(message)
    return null
  }
  extras.leave(
    id,
    {
      ...rest(message, messageFields),
      author: rest(author, ['role']),
      ...(author['role'] !== role && { role: author['role'] }),
      content: isPlain(content, text) ? null : content,
    },
    [],
  )
  const named = callId ?? id
  // Only of a call: to find out that prose is no JSON costs more than all the rest.
  const callOf = () => ({
    name: recipient.slice(0, CALL_NAME_LENGTH),
    arguments: argumentsOf(text),
  })
  return {
    id,
    role,
    content: isCall ? '' : text,
    placeholder: read.placeholder,
    parts: isCall ? null : withText(text, [...read.parts, ...sources]),
    toolCalls: isCall ? [{ id: named, type: 'function', function: callOf() }] : null,
    toolCallId: role === 'tool' ? (callId ?? answered ?? id) : null,
    isInterrupted,
    finishReason: role !== 'assistant' ? null : finish === 'max_tokens' ? 'length' : finish,
    model: role === 'assistant' ? (modelIn(metadata) ?? model) : metadata['model_slug'],
    createdAt: message['create_time'],
  }
}
