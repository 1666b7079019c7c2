import type { Owner } from './contract/caller.ts'
import { indexNameOf } from './search/owner.ts'
import { jurisdictionOf } from './settings.ts'

/** The object of a conversation, where this deployment keeps objects: the same name elsewhere is another object. */
export function objectOf(env: Pick<Env, 'CONVERSATION' | 'JURISDICTION'>, id: string) {
  const jurisdiction = jurisdictionOf(env)
  const objects =
    jurisdiction === undefined ? env.CONVERSATION : env.CONVERSATION.jurisdiction(jurisdiction)
  return objects.getByName(id)
}

/** The index of an owner, in the same place. */
export function indexOf(env: Pick<Env, 'OWNER_INDEX' | 'JURISDICTION'>, owner: Owner) {
  const jurisdiction = jurisdictionOf(env)
  const indexes =
    jurisdiction === undefined ? env.OWNER_INDEX : env.OWNER_INDEX.jurisdiction(jurisdiction)
  return indexes.getByName(indexNameOf(owner))
}

/**
 * Whether a call failed because the object lacks the method: then nothing was called. During a deploy, Workers and objects of the
 * new version reach objects of the one before for up to some minutes.
 */
export const isOlder = (error: unknown): boolean =>
  error instanceof TypeError && error.message.includes('does not implement the method')

/** An index of the version before shows nothing by itself, and is thrown away once it is of this one: it need not be told. */
export async function unlessOlder(told: PromiseLike<unknown>): Promise<void> {
  try {
    await told
  } catch (error) {
    if (!isOlder(error)) throw error
  }
}

/** Whoever counts an owner's files, in the same place. */
export function filesOf(env: Pick<Env, 'OWNER_FILES' | 'JURISDICTION'>, { kind, id }: Owner) {
  return allFiles(env).getByName(`${kind}:${id}`)
}

/** The same by its id, which names it to strangers and says nothing of the owner. */
export const filesAt = (env: Pick<Env, 'OWNER_FILES' | 'JURISDICTION'>, store: string) =>
  allFiles(env).get(allFiles(env).idFromString(store))

function allFiles(env: Pick<Env, 'OWNER_FILES' | 'JURISDICTION'>) {
  const jurisdiction = jurisdictionOf(env)
  return jurisdiction === undefined ? env.OWNER_FILES : env.OWNER_FILES.jurisdiction(jurisdiction)
}
