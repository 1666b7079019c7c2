import type { FoundMessage } from './found.ts'
import { idOf } from './values.ts'

/** A message that knows which one it follows. */
export interface Node<T> {
  id: string
  /** Null for a first one, or if the file does not say it here. */
  parent: string | null
  /** Those that follow it, if the file says that too. */
  children?: unknown[]
  /** It answers something, so it is no first one unless it is alone. */
  isReply?: boolean
  time: number | null
  value: T
  /** It says nothing: the conversation does not end here. */
  isEmpty?: boolean
}

/** All messages of a conversation, on all its branches. */
export interface Tree<T> {
  /** Each after the one that it follows; else in the order of their times. */
  nodes: { node: Node<T>; parent: Node<T> | null }[]
  /** Where the conversation is; null if there is nothing. */
  current: Node<T> | null
  /** What had to be mended, in words. */
  mended: string[]
}

/** Some programs name a parent that never is in their files, for the first message. */
const isNone = (parent: string): boolean => /^0{8}-0{4}-[04]0{3}-[08]0{3}-0{12}$/.test(parent)

/**
 * A conversation that has branches. If it does not say where it is, or names a message that is not there, that is the
 * newest of those that nothing follows. What follows itself begins the conversation.
 */
export function treeOf<T>(given: Node<T>[], current: string | null): Tree<T> {
  const mended: string[] = []
  const all = adopted(inOrder(listed(given, mended), mended), mended)
  const byId = new Map(all.map((node) => [node.id, node]))
  const parents = new Map<Node<T>, Node<T> | null>()
  for (const node of all) {
    parents.set(node, node.parent === null ? null : (byId.get(node.parent) ?? null))
  }
  for (const node of circlesAmong(all, parents)) {
    parents.set(node, null)
    mended.push(`Message ${node.id} comes after itself. It begins the conversation.`)
  }
  const times = timesOf(all, parents)
  const ordered: Tree<T>['nodes'] = []
  const placed = new Set<Node<T>>()
  for (const node of all.toSorted((a, b) => times.get(a)! - times.get(b)!)) {
    for (const one of lineTo(node, parents, placed)) {
      placed.add(one)
      ordered.push({ node: one, parent: parents.get(one) ?? null })
    }
  }
  const named = current === null ? undefined : byId.get(current)
  return { nodes: ordered, current: named ?? newestLeaf(all) ?? null, mended }
}

/** Messages whose parents are only named by the parents themselves. */
function listed<T>(all: Node<T>[], mended: string[]): Node<T>[] {
  const ids = new Set(all.map(({ id }) => id))
  const parents = listsOf(all)
  let count = 0
  const nodes = all.map((node) => {
    const parent = parents.get(node.id)
    if (parent === undefined || (node.parent !== null && ids.has(node.parent))) return node
    count += 1
    return { ...node, parent }
  })
  if (count > 0) {
    mended.push(`${unsaidBy(count)} The lists of what follows each message say it.`)
  }
  return nodes
}

/** What each message follows, by the lists of what follows each. */
function listsOf<T>(all: Node<T>[]): Map<string | null, string> {
  const parents = new Map<string | null, string>()
  for (const { id, children = [] } of all) {
    for (const child of children.map((one) => idOf(one))) {
      if (!parents.has(child)) parents.set(child, id)
    }
  }
  return parents
}

/**
 * What follows a message that is not in the file follows the one before that, if a list says which it was; else the one
 * before it in time. The first of all begins the conversation, and so does what follows the same one.
 */
function adopted<T>(all: Node<T>[], mended: string[]): Node<T>[] {
  const ids = new Set(all.map(({ id }) => id))
  const isLost = ({ parent }: Node<T>) => parent !== null && !ids.has(parent) && !isNone(parent)
  if (!all.some(isLost)) return all
  const parents = listsOf(all)
  const above = new Map<string | null, string | null>()
  let before: string | null = null
  for (const node of inTimeOf(all)) {
    const { parent } = node
    if (isLost(node) && !above.has(parent)) above.set(parent, parents.get(parent) ?? before)
    if (!node.isEmpty) before = node.id
  }
  return all.map((node) => {
    if (!isLost(node)) return node
    const parent = above.get(node.parent) ?? null
    const place = parent === null ? 'begins the conversation' : `follows ${parent} instead`
    mended.push(`Message ${node.id} follows ${node.parent}, which is not in the file. It ${place}.`)
    return { ...node, parent }
  })
}

/** In the order of their times; one that has none was said when the one before it in the file was. */
function inTimeOf<T>(all: Node<T>[]): Node<T>[] {
  let time = 0
  const timed = all.map((node) => ({ node, time: (time = node.time ?? time) }))
  return timed.toSorted((a, b) => a.time - b.time).map(({ node }) => node)
}

/**
 * Messages of which nothing says what they follow: they follow the one before them in time, or in the file. If none
 * says it, that goes for all of them; else for replies, since a person may begin a conversation twice. But where those
 * that begin it say so, it goes for the others too.
 */
function inOrder<T>(all: Node<T>[], mended: string[]): Node<T>[] {
  const isUnlinked = all.every(({ parent }) => parent === null) && all.some((one) => one.isReply)
  const isTold = isRooted(all)
  const lost = all.filter(
    ({ parent, isReply, isEmpty }) =>
      parent === null && (isUnlinked || isReply || (isTold && !isEmpty)),
  )
  if (lost.length === 0) return all
  const ordered = inTimeOf(all)
  const before = new Map(ordered.map((node, index) => [node, ordered[index - 1]?.id ?? null]))
  const moved = lost.filter((node) => before.get(node) !== null).length
  if (moved > 0) {
    mended.push(`${unsaidBy(moved)} The order is that of the times.`)
  }
  const unsaid = new Set(lost)
  return all.map((node) => (unsaid.has(node) ? { ...node, parent: before.get(node)! } : node))
}

/** Whether a first message says that it is one: by following one that is empty, or that is never there. */
function isRooted<T>(all: Node<T>[]): boolean {
  const empty = new Set(all.filter((one) => one.isEmpty && one.parent === null).map(({ id }) => id))
  return all.some(({ parent }) => parent !== null && (isNone(parent) || empty.has(parent)))
}

const unsaidBy = (count: number): string =>
  count === 1
    ? '1 message does not say what it follows.'
    : `${count} messages do not say what they follow.`

/** A conversation that has no branches. */
export const lineOf = <T>(all: Node<T>[]): Tree<T> => ({
  nodes: all.map((node, index) => ({ node, parent: all[index - 1] ?? null })),
  current: all.at(-1) ?? null,
  mended: [],
})

/** Those at which a circle is to be cut, one for each. */
function circlesAmong<T>(all: Node<T>[], parents: Map<Node<T>, Node<T> | null>): Node<T>[] {
  const done = new Set<Node<T>>()
  return all.flatMap((node) => {
    const walked = new Set<Node<T>>()
    let at: Node<T> | null = node
    while (at && !done.has(at) && !walked.has(at)) {
      walked.add(at)
      at = parents.get(at) ?? null
    }
    for (const one of walked) done.add(one)
    return at && walked.has(at) ? [at] : []
  })
}

/** The nodes above one that are not placed yet, and itself, the first of them first. */
function lineTo<T>(
  node: Node<T>,
  parents: Map<Node<T>, Node<T> | null>,
  placed: { has: (node: Node<T>) => boolean },
): Node<T>[] {
  const line: Node<T>[] = []
  for (let at: Node<T> | null = node; at && !placed.has(at); at = parents.get(at) ?? null) {
    line.push(at)
  }
  return line.toReversed()
}

/** When each was said: no earlier than what it follows, and just then if nothing says when. */
function timesOf<T>(all: Node<T>[], parents: Map<Node<T>, Node<T> | null>): Map<Node<T>, number> {
  const times = new Map<Node<T>, number>()
  for (const node of all) {
    for (const one of lineTo(node, parents, times)) {
      const parent = parents.get(one)
      times.set(one, Math.max(one.time ?? 0, parent ? times.get(parent)! : 0))
    }
  }
  return times
}

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

/** What is known of a conversation's messages once its tree is read. */
interface Grown {
  messages: FoundMessage[]
  /** The place, from 1, of the message that the conversation is at; 0 if there is none. */
  head: number
  mended: string[]
}

/**
 * Makes messages of a tree. A node may be several, which follow one another, or none: what follows it follows what comes
 * before it then.
 *
 * @param read what a node is, and what those that follow it have to know of it
 */
export function grow<T, Known>(
  { nodes, current, mended }: Tree<T>,
  first: Known,
  read: (node: Node<T>, known: Known, last: FoundMessage | null) => [FoundMessage[], Known],
): Grown {
  const messages: FoundMessage[] = []
  const ends = new Map<Node<T>, { last: number; known: Known }>()
  for (const { node, parent } of nodes) {
    const before = parent ? ends.get(parent)! : { last: 0, known: first }
    const [made, known] = read(node, before.known, messages[before.last - 1] ?? null)
    let { last } = before
    for (const message of made) {
      messages.push({ ...message, follows: last })
      last = messages.length
    }
    ends.set(node, { last, known })
  }
  return { messages, head: current ? ends.get(current)!.last : 0, mended }
}
