import { CONTENT_BYTES } from '../../../contract/limits.ts'
import { utf8Bytes } from '../../../contract/text.ts'
import { type Block, blocksOf, saidIn, spread } from '../blocks.ts'
import { Extras, type Found, type FoundMessage, roleOf } from '../found.ts'
import { type FilesBeside, fileNamed, placeholderOf, withText } from '../parts.ts'
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
import { picturesOf, readAttached, readBlock } from './claude-blocks.ts'

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
  areMessages(value['chat_messages'], ({ sender }) => roleOf(sender) !== null)

/** One conversation of a Claude export. Its messages name the one before them since branches are exported. */
export function readClaude(value: Fields, beside?: FilesBeside): Found {
  const raw = listOf(value['chat_messages']).filter(isFields)
  const isTree = raw.some((message) => idOf(message['parent_message_uuid']) !== null)
  const nodes = raw.map((message, index): Node<Fields> => {
    return {
      id: idOf(message['uuid']) ?? `message-${index + 1}`,
      parent: idOf(message['parent_message_uuid']),
      isReply: roleOf(message['sender']) === 'assistant',
      time: timeOf(message['created_at']),
      value: message,
    }
  })
  const current = idOf(value['current_leaf_message_uuid'])
  const extras = new Extras()
  const whole: Whole = { model: value['model'], extras, beside }
  const tree = isTree ? treeOf(nodes, current) : lineOf(nodes)
  const grown = grow(tree, null, (node, _known, last) => [
    extras.on(readMessage(node, last, whole)),
    null,
  ])
  return {
    source: 'claude',
    sourceId: idOf(value['uuid']),
    title: value['name'],
    createdAt: value['created_at'],
    updatedAt: value['updated_at'],
    isArchived: flagOf(value['is_archived']),
    ...grown,
    extra: extras.whole(rest(value, conversationFields)),
  }
}

/** What all messages of a conversation share. */
interface Whole {
  model: unknown
  extras: Extras
  beside: FilesBeside | undefined
}

function readMessage(
  { id, value: message }: Node<Fields>,
  last: FoundMessage | null,
  whole: Whole,
): FoundMessage[] {
  const { extras } = whole
  const isPerson = roleOf(message['sender']) !== 'assistant'
  const text = isPerson ? message['text'] : supported(textOf(message['text']))
  const { blocks, leftText } = blocksOf({ ...message, text }, (block) => readBlock(block, isPerson))
  extras.leave(id, { text: leftText }, [])
  const isTwice = message['updated_at'] === message['created_at']
  extras.leave(id, message, isTwice ? [...messageFields, 'updated_at'] : messageFields)
  const made = isPerson
    ? spoken(id, message, blocks, last, whole)
    : answered(id, message, blocks, whole)
  const shown = made.filter(
    ({ content, placeholder, toolCalls, parts, role, isInterrupted }) =>
      content !== '' ||
      isInterrupted === true ||
      placeholder != null ||
      toolCalls != null ||
      parts != null ||
      role === 'tool',
  )
  if (shown.length === 0) extras.hidden.push(message)
  return shown
}

const UNSUPPORTED =
  /```\s*(?:This block is not supported on your current device yet|Viewing artifacts created via the Analysis Tool web feature preview isn[’']t yet supported on mobile)\.\s*```/g

/** A text without what stands in it for each block of another kind. */
function supported(text: string): string {
  const others = text.replaceAll(UNSUPPORTED, '')
  return others === text ? text : others.trim()
}

function answered(
  id: string,
  message: Fields,
  blocks: Block[],
  { model, extras, beside }: Whole,
): FoundMessage[] {
  const isSaid = saidIn(blocks).length > 0
  const { names, brought } = readAttached(message, beside)
  const files: Block = isSaid
    ? { kind: 'other', name: null, raw: null, parts: [...brought, ...names.map(fileNamed)] }
    : { kind: 'other', name: names.join(', ') || null, raw: null, parts: brought }
  const { created_at: createdAt, stop_reason: stopped } = message
  const isInterrupted = stopped === 'user_canceled'
  const finishReason = stopped === 'max_tokens' ? 'length' : isInterrupted ? null : stopped
  const shared = { createdAt, model: message['model'] ?? model, finishReason, isInterrupted }
  return spread(id, [...blocks, files], shared, extras)
}

/** What a person said. As the API has it, the results of tools come with that. */
function spoken(
  id: string,
  message: Fields,
  blocks: Block[],
  last: FoundMessage | null,
  { extras, beside: files }: Whole,
): FoundMessage[] {
  const { created_at: createdAt, sender } = message
  const asked = listOf(fieldsOf(last)['toolCalls']).map((call) => idOf(fieldsOf(call)['id']))
  const came = blocks.filter((block) => block.kind === 'result')
  const named = came.map((block, index) => ({ ...block, of: block.of ?? asked[index] ?? null }))
  const results = spread(id, named, { createdAt }, extras)
  const own = results.length === 0 ? id : `${id}.${results.length + 1}`
  for (const block of blocks) {
    if (block.kind === 'thought') extras.thought(own, block.thought, block.raw)
  }
  const raws = blocks.flatMap(({ kind, raw }) =>
    kind === 'thought' || kind === 'result' ? [] : (raw ?? []),
  )
  const role = roleOf(sender) === 'user' ? 'user' : 'system'
  extras.leave(own, { sender: role === 'system' ? sender : null, content: raws }, [])
  const said = saidIn(blocks)
  const { texts, names, unread, brought } = readAttached(message, files)
  const whole = [...said, ...texts].join('\n\n')
  // What is attached stays beside the message if it is more than a message can be.
  const fits = texts.length > 0 && utf8Bytes(whole) <= CONTENT_BYTES
  const content = fits ? whole : said.join('\n\n')
  const unseen = fits ? unread : names
  const others = blocks.flatMap((block) => (block.kind === 'other' ? (block.name ?? []) : []))
  const beside = [
    ...picturesOf(blocks),
    ...brought,
    ...(content === '' ? [] : unseen.map(fileNamed)),
  ]
  return [
    ...results,
    {
      id: own,
      role,
      content,
      placeholder: placeholderOf(unseen) ?? placeholderOf(others),
      parts: withText(content, beside),
      createdAt,
    },
  ]
}
