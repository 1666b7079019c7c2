import { type Client, type Listed, type Message, append, as, at, bodyOf } from './api.ts'
import { givenConversation, userMessages } from './given.ts'

export const said = (id: string, content = id) => ({ id, role: 'user', content })

/** The messages of a branch, as `branch` names it. */
export const linesOf = async (client: Client, id: string, branch: string, query = '') =>
  (
    await bodyOf<Listed<Message>>(
      client.get(`${at(id)}/messages?limit=200&branch=${branch}${query}`),
    )
  ).data
export const idsOf = (messages: Message[]) => messages.map((message) => message.id)

/** m1, m2, m3; then m2b and m3b in place of m2 and m3. */
export async function givenTwoBranches() {
  const ann = await as.user()
  const id = await givenConversation(ann)
  await append(ann, id, userMessages(3))
  await append(ann, id, [said('m2b'), said('m3b')], { parent_id: 'm1' })
  return { ann, id }
}
