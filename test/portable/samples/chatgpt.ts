/** The file of a ChatGPT export: seconds with fractions, a tree of nodes, a root without a message. */
export interface NodeOptions {
  parent?: string | null
  role?: string
  content?: object
  message?: object | null
  more?: object
}

export const text = (...parts: unknown[]) => ({ content_type: 'text', parts })

export const node = (
  id: string,
  { parent = null, role = 'user', content = text(id), message, more = {} }: NodeOptions = {},
) => ({
  id,
  parent,
  children: [] as string[],
  message:
    message === undefined
      ? {
          id,
          author: { role, name: null, metadata: {} },
          create_time: 1_700_000_000.123456,
          update_time: null,
          content,
          status: 'finished_successfully',
          end_turn: null,
          weight: 1,
          metadata: {},
          recipient: 'all',
          channel: null,
          ...more,
        }
      : message,
})

type Node = ReturnType<typeof node>

/** A conversation whose nodes follow one another, unless they say otherwise. */
export function conversation(id: string, nodes: Node[], more: object = {}) {
  const root = node('client-created-root', { message: null })
  const mapping: Record<string, Node> = { [root.id]: root }
  let last = root.id
  for (const one of nodes) {
    const parent = one.parent ?? last
    mapping[one.id] = { ...one, parent }
    mapping[parent]?.children.push(one.id)
    last = one.id
  }
  return {
    title: 'A trip',
    create_time: 1_700_000_000.5,
    update_time: 1_700_000_600.75,
    mapping,
    moderation_results: [],
    current_node: last,
    plugin_ids: null,
    conversation_id: id,
    conversation_template_id: null,
    gizmo_id: null,
    is_archived: false,
    is_starred: null,
    safe_urls: [],
    default_model_slug: 'gpt-5',
    id,
    ...more,
  }
}
