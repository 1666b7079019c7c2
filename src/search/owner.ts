import type { Owner } from '../contract/caller.ts'

/** The name of an owner's index. No user's is a session's. */
export const indexNameOf = ({ kind, id }: Owner): string => `${kind}:${id}`

export function ownerOfIndex(name: string): Owner {
  const colon = name.indexOf(':')
  return { kind: name.slice(0, colon) as Owner['kind'], id: name.slice(colon + 1) }
}
