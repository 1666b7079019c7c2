import { jurisdictionOf } from './settings.ts'

/** The object of a conversation, where this deployment keeps objects: the same name elsewhere is another object. */
export function objectOf(env: Pick<Env, 'CONVERSATION' | 'JURISDICTION'>, id: string) {
  const jurisdiction = jurisdictionOf(env)
  const objects =
    jurisdiction === undefined ? env.CONVERSATION : env.CONVERSATION.jurisdiction(jurisdiction)
  return objects.getByName(id)
}
