import type { Node } from '../tree.ts'
import { type Fields, textOf } from '../values.ts'

/**
 * Messages follow one another by their times. Those of a thread follow one another beside the others, from the message that
 * the thread is about; and an answer to a question that has one already stands beside that. What a person says next to
 * another answer than the newest names it.
 */
export function linked(nodes: Node<Fields>[]): { all: Node<Fields>[]; current: string | null } {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const last = new Map<string, string>()
  const answered = new Set<string>()
  const placed = new Map<string, Node<Fields>>()
  const all = nodes.map((node) => {
    const { parentId, threadId, role } = node.value
    const thread = textOf(threadId)
    const named = byId.get(textOf(parentId))
    const before = byId.get(last.get(thread) ?? '')
    const isAnother =
      role === 'assistant' && named !== undefined && answered.has(named.id) && !isOfTool(before)
    const isApart =
      role === 'user' &&
      named !== undefined &&
      textOf(named.value['threadId']) === thread &&
      placed.has(named.id) &&
      !isInTurn(named, before, placed)
    const isFirst = before === undefined
    const parent = isAnother || isApart || isFirst ? (named?.id ?? last.get('')) : before.id
    last.set(thread, node.id)
    if (role === 'assistant' && parent !== undefined) answered.add(parent)
    const made = { ...node, parent: parent ?? null }
    placed.set(node.id, made)
    return made
  })
  return { all, current: last.get('') ?? null }
}

/** Whether a message is of the turn that ends with another. */
function isInTurn(
  message: Node<Fields>,
  end: Node<Fields> | undefined,
  placed: Map<string, Node<Fields>>,
): boolean {
  for (let at = end && placed.get(end.id); at; at = placed.get(at.parent ?? '')) {
    if (at.id === message.id) return true
    if (at.value['role'] === 'user') return false
  }
  return false
}

const isOfTool = (node: Node<Fields> | undefined): boolean => node?.value['role'] === 'tool'
