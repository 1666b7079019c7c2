import { isObject } from '../contract/json.ts'
import { type KnownPart, type Part, isKnownPart, thoughtsOf } from '../contract/part.ts'
import type { Fork, PortableMessage } from '../contract/portable.ts'
import type { Format } from './format.ts'
import { addressOf, pictureIn } from './links.ts'

/** One node of the tree. Those that follow a message follow its last node. */
interface Node {
  id: string
  parent: string | null
  message: object | null
}

const ROOT = '~root'

/** The `conversations.json` of a ChatGPT export, as other chat programs import it: a tree, with every branch. */
export const chatgpt: Format = {
  mediaType: 'application/json',
  extension: 'json',
  writer: () => {
    let isFirst = true
    let tree = new Tree(null)
    return {
      open: () => '[',
      conversation: (conversation) => {
        const comma = isFirst ? '' : ','
        isFirst = false
        tree = new Tree(conversation.head_id)
        const fields = {
          id: conversation.id,
          conversation_id: conversation.id,
          title: conversation.title ?? '',
          create_time: secondsOf(conversation.created_at),
          update_time: secondsOf(conversation.updated_at),
          is_archived: !conversation.is_active,
          is_starred: null,
          moderation_results: [],
          plugin_ids: null,
          gizmo_id: null,
          conversation_template_id: null,
          default_model_slug: null,
          safe_urls: [],
        }
        return `${comma}\n${JSON.stringify(fields).slice(0, -1)},"mapping":{`
      },
      forks: (forks) => tree.branches(forks),
      keepsPlaces: true,
      message: (message) => tree.add(message),
      closeConversation: () =>
        `${tree.close()}},"current_node":${JSON.stringify(tree.currentNode)}}`,
      end: () => '\n]\n',
    }
  },
}

/** Writes one conversation's nodes. One is held back, since it names those that follow it, and the next is one of them. */
class Tree {
  readonly #headId: string | null
  #held: Node = { id: ROOT, parent: null, message: null }
  /** The message that the node belongs to which is held back; null for the root. */
  #heldOf: string | null = null
  #isEmpty = true
  /** Of messages of several nodes, the last one. */
  readonly #lastNodes = new Map<string, string>()
  readonly #children = new Map<string | null, Fork['children']>()
  /** Results come before the next calls, and ids may come again: those of the newest calls are enough. */
  #names = new Map<string, string>()
  currentNode = ROOT

  constructor(headId: string | null) {
    this.#headId = headId
  }

  branches(forks: Fork[]): void {
    for (const { id, children } of forks) this.#children.set(id, children)
  }

  add(message: PortableMessage): string {
    if (message.tool_calls) this.#names = namesOf(message)
    const { id, parent_id: parentId } = message
    const nodes = nodesOf(message, this.#names)
    const isNext = parentId === this.#heldOf
    let parent = parentId === null ? ROOT : (this.#lastNodes.get(parentId) ?? nodeId(parentId))
    let text = ''
    for (const [index, node] of nodes.entries()) {
      const follows = index > 0 || isNext ? [node.id] : []
      text += this.#written([...follows, ...(index === 0 ? this.#forksOfHeld() : [])])
      this.#held = { ...node, parent }
      parent = node.id
    }
    const last = this.#held.id
    if (last !== nodeId(id)) this.#lastNodes.set(id, last)
    this.#heldOf = id
    if (id === this.#headId || this.#headId === null) this.currentNode = last
    return text
  }

  close(): string {
    return this.#written(this.#forksOfHeld())
  }

  #forksOfHeld(): string[] {
    const children = this.#children.get(this.#heldOf) ?? []
    this.#children.delete(this.#heldOf)
    return children.map(({ id, isReasoned }) => firstNode(id, isReasoned))
  }

  #written(children: string[]): string {
    const comma = this.#isEmpty ? '' : ',\n'
    this.#isEmpty = false
    const { id, parent, message } = this.#held
    return `${comma}${JSON.stringify(id)}:${JSON.stringify({ id, message, parent, children })}`
  }
}

const secondsOf = (iso: string): number => Date.parse(iso) / 1000

const namesOf = ({ tool_calls: calls }: PortableMessage): Map<string, string> =>
  new Map(calls?.map(({ id, function: { name } }) => [id, name]))

// A key of this name is lost if programs build objects of what they read.
const nodeId = (id: string): string => (id === '__proto__' ? '~__proto__' : id)

/** A message is a node; what it thought and its calls are one each, as ChatGPT keeps them. */
function nodesOf(message: PortableMessage, names: Map<string, string>): Omit<Node, 'parent'>[] {
  const { id: given, role, content, parts, tool_calls: calls, tool_call_id: callId } = message
  const id = nodeId(given)
  const node = (of: string, content: object, more: object = {}, about: object = {}) => ({
    id: of,
    message: {
      id: of,
      author: {
        role,
        name: role === 'tool' ? (names.get(callId ?? '') ?? namedIn(message)) : null,
        metadata: {},
      },
      create_time: secondsOf(message.created_at),
      update_time: null,
      content,
      status:
        message.status === 'complete' ? 'finished_successfully' : 'finished_partial_completion',
      end_turn: role === 'assistant' ? calls === null : null,
      weight: 1,
      recipient: 'all',
      ...more,
      metadata: {
        ...(message.model !== null && { model_slug: message.model }),
        ...(message.finish_reason !== null && { finish_details: { type: message.finish_reason } }),
        ...(callId !== null && { tool_call_id: callId }),
        ...(parts !== null && { attachments: attachmentsOf(known) }),
        ...(sources.length > 0 && { content_references: [footnoteOf(sources)] }),
        ...about,
      },
    },
  })
  const known = (parts ?? []).filter(isKnownPart)
  const sources = known.filter((part) => part.type === 'source')
  const images = known
    .flatMap(picturesOf)
    .map((url) => ({ content_type: 'image_asset_pointer', asset_pointer: url }))
  // What has no text and no picture is shown by its name: a node that says nothing is left out by who reads it.
  const named = (parts ?? []).filter(({ type }) => type !== 'reasoning')
  const text = content === '' && images.length === 0 ? named.map(nameOf).join(' ') : content
  const spoken =
    images.length > 0
      ? { content_type: 'multimodal_text', parts: [text, ...images] }
      : { content_type: 'text', parts: [text] }
  const thoughts = thoughtsOf(parts)
  const made = [
    ...(calls === null || content !== '' ? [node(id, spoken)] : []),
    ...(calls ?? []).map((call, index) =>
      node(
        index === 0 && content === '' ? id : `${id}~${index + 1}`,
        { content_type: 'code', language: 'unknown', text: call.function.arguments },
        { recipient: call.function.name },
        { tool_call_id: call.id },
      ),
    ),
  ]
  if (thoughts.length === 0) return made
  const listed = thoughts.map((text) => ({ summary: '', content: text }))
  return [node(firstNode(given, true), { content_type: 'thoughts', thoughts: listed }), ...made]
}

/** The tool of a result that no call went before, if ChatGPT said it. */
function namedIn({ extra }: PortableMessage): string | null {
  const author = isObject(extra?.['chatgpt']) ? extra['chatgpt']['author'] : null
  const name = isObject(author) ? author['name'] : null
  return typeof name === 'string' ? name : null
}

/** The node that a message begins with. */
const firstNode = (id: string, isReasoned: boolean): string =>
  isReasoned ? `${nodeId(id)}~thoughts` : nodeId(id)

function nameOf(part: Part): string {
  if (!isKnownPart(part)) return `[${part.type}]`
  if (part.type === 'data') return `[${part.name}]`
  if (part.type === 'source') return part.title ?? part.url
  return `[${(part.type === 'file' && part.file.filename) || part.type}]`
}

function picturesOf(part: KnownPart): string[] {
  if (part.type === 'image_url') return [addressOf(part.image_url)]
  return part.type === 'file' ? pictureIn(part.file) : []
}

/** The pages that a message names, as ChatGPT lists them below it. */
const footnoteOf = (sources: { url: string; title?: string | undefined }[]): object => ({
  matched_text: ' ',
  type: 'sources_footnote',
  alt: null,
  sources: sources.map(({ url, title }) => ({ title: title ?? url, url })),
})

const attachmentsOf = (parts: KnownPart[]): object[] =>
  parts.flatMap((part) =>
    part.type === 'file'
      ? [{ id: part.file.file_id ?? null, name: part.file.filename ?? null }]
      : [],
  )
