import { expect } from 'vitest'

import type { Conversation, Message } from '../support/api.ts'

/** Whatever happened, it is a tree: a parent is older than its child, and the head is the end of the line that is shown. */
export function checkBranches(
  { head_id: headId }: Conversation,
  all: Message[],
  line: Message[],
): void {
  const byId = new Map(all.map((message) => [message.id, message]))
  const children = Map.groupBy(all, ({ parent_id: parent }) => parent)
  for (const message of all) {
    const parent = message.parent_id === null ? null : byId.get(message.parent_id)
    expect({ message, parent }).toEqual({ message, parent: parent ?? null })
    expect((parent?.seq ?? 0) < message.seq).toBe(true)
    const beside = children.get(message.parent_id)?.map(({ id }) => id)
    expect({ id: message.id, siblings: message.siblings }).toEqual({
      id: message.id,
      siblings: beside,
    })
  }
  const shown: Message[] = []
  for (let at = byId.get(headId ?? ''); at; at = byId.get(at.parent_id ?? '')) shown.unshift(at)
  expect(line).toEqual(shown)
  expect({ headId, hasHead: shown.length > 0 }).toEqual({ headId, hasHead: all.length > 0 })
  expect(children.get(headId) ?? []).toEqual(headId === null ? all : [])
}
