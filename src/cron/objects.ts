import { text } from '../settings.ts'

/** The object of a conversation, where this deployment keeps them. */
export function objectOf(env: Pick<Env, 'CONVERSATION' | 'JURISDICTION'>, id: string) {
  const jurisdiction = text(env, 'JURISDICTION') as DurableObjectJurisdiction | undefined
  const objects = jurisdiction ? env.CONVERSATION.jurisdiction(jurisdiction) : env.CONVERSATION
  return objects.getByName(id)
}
