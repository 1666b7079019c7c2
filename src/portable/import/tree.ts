/** A message that knows which one it follows. */
export interface Node<T> {
  id: string
  /** Null for a first one. */
  parent: string | null
  time: number | null
  value: T
  /** It says nothing: the conversation does not end here. */
  isEmpty?: boolean
}

export interface Path<T> {
  /** From the first message to the current one. */
  path: Node<T>[]
  /** All others, in the order of the file. */
  others: Node<T>[]
  /** Whether the current path runs in a circle: it is cut if it does. */
  isCircular: boolean
}

/**
 * The current path of a conversation that has branches: up from its current message. If none is named, or one
 * that is not there, that is the newest of those that nothing follows.
 */
export function currentPath<T>(nodes: Node<T>[], current: string | null): Path<T> {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const start = (current === null ? undefined : byId.get(current)) ?? newestLeaf(nodes)
  const seen = new Set<Node<T>>()
  const path: Node<T>[] = []
  let at = start
  while (at && !seen.has(at)) {
    seen.add(at)
    path.push(at)
    at = at.parent === null ? undefined : byId.get(at.parent)
  }
  const others = nodes.filter((node) => !seen.has(node))
  return { path: path.toReversed(), others, isCircular: at !== undefined }
}

/** The path of a conversation that has no branches. */
export const lineOf = <T>(nodes: Node<T>[]): Path<T> => ({
  path: nodes,
  others: [],
  isCircular: false,
})

function newestLeaf<T>(nodes: Node<T>[]): Node<T> | undefined {
  const followed = new Set(nodes.map((node) => node.parent))
  const leaves = nodes.filter((node) => !node.isEmpty && !followed.has(node.id))
  let newest: Node<T> | undefined
  // Of two that are as new, the later in the file.
  for (const node of leaves.length > 0 ? leaves : nodes) {
    if (!newest || (node.time ?? 0) >= (newest.time ?? 0)) newest = node
  }
  return newest
}
