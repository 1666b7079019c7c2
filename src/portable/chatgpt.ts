import type { Message } from '../contract/message.ts'
import type { Format } from './format.ts'

/** One node of the tree, the ids of its children still to come. */
interface Node {
  id: string
  message: object | null
}

const ROOT = '~root'

/** The `conversations.json` of a ChatGPT export, as other chat programs import it. */
export const chatgpt: Format = {
  mediaType: 'application/json',
  extension: 'json',
  writer: () => {
    let isFirst = true
    let parent: string | null = null
    // One node is held back, since it names the next one.
    let held: Node = { id: ROOT, message: null }
    let names = new Map<string, string>()
    const placed = (next: Node | null): string => {
      const { id, message } = held
      const children = next === null ? [] : [next.id]
      const comma = parent === null ? '' : ',\n'
      const text = `${comma}${JSON.stringify(id)}:${JSON.stringify({ id, message, parent, children })}`
      if (next === null) return text
      parent = id
      held = next
      return text
    }
    return {
      open: () => '[',
      conversation: (conversation) => {
        const comma = isFirst ? '' : ','
        isFirst = false
        parent = null
        held = { id: ROOT, message: null }
        names = new Map()
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
      message: (message) => {
        // Results come before the next calls, and ids may come again: those of the newest calls are enough.
        if (message.tool_calls) names = namesOf(message)
        return nodesOf(message, names).map(placed).join('')
      },
      closeConversation: () => `${placed(null)}},"current_node":${JSON.stringify(held.id)}}`,
      end: () => '\n]\n',
    }
  },
}

const secondsOf = (iso: string): number => Date.parse(iso) / 1000

const namesOf = ({ tool_calls: calls }: Message): Map<string, string> =>
  new Map(calls?.map(({ id, function: { name } }) => [id, name]))

// A key of this name is lost if programs build objects of what they read.
const nodeId = (id: string): string => (id === '__proto__' ? '~__proto__' : id)

/** A message is a node; its calls are one each, as ChatGPT keeps them. */
function nodesOf(message: Message, names: Map<string, string>): Node[] {
  const { id: given, role, content, parts, tool_calls: calls, tool_call_id: callId } = message
  const id = nodeId(given)
  const node = (of: string, content: object, more: object = {}, about: object = {}): Node => ({
    id: of,
    message: {
      id: of,
      author: {
        role,
        name: role === 'tool' ? (names.get(callId ?? '') ?? null) : null,
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
        ...(callId !== null && { tool_call_id: callId }),
        ...(parts !== null && { attachments: attachmentsOf(parts) }),
        ...about,
      },
    },
  })
  const images = (parts ?? []).flatMap((part) =>
    part.type === 'image_url'
      ? [{ content_type: 'image_asset_pointer', asset_pointer: part.image_url.url }]
      : [],
  )
  const spoken =
    images.length > 0
      ? { content_type: 'multimodal_text', parts: [content, ...images] }
      : { content_type: 'text', parts: [content] }
  return [
    ...(calls === null || content !== '' ? [node(id, spoken)] : []),
    ...(calls ?? []).map((call, index) =>
      node(
        `${id}~${index + 1}`,
        { content_type: 'code', language: 'unknown', text: call.function.arguments },
        { recipient: call.function.name },
        { tool_call_id: call.id },
      ),
    ),
  ]
}

const attachmentsOf = (parts: NonNullable<Message['parts']>): object[] =>
  parts.flatMap((part) =>
    part.type === 'file'
      ? [{ id: part.file.file_id ?? null, name: part.file.filename ?? null }]
      : [],
  )
