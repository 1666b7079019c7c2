import { conversation, type node, text } from '../portable/samples/chatgpt.ts'
import { as } from './api.ts'
import { importing, lineOf } from './importing.ts'
import { historyOf } from './turns.ts'

/** What files of one conversation become, one after the other. */
export async function importingAll(...files: object[]) {
  const client = await as.user()
  const answers = []
  for (const file of files) answers.push(await importing(client, file))
  const last = answers.at(-1)?.conversations[0]
  if (!last) throw new Error(`not imported: ${JSON.stringify(answers)}`)
  const { id, outcome, added, completed, changed } = last
  const all = (await historyOf(client, id, 'all')).map(lineOf)
  return { client, id, all, told: { outcome, added, completed, changed } }
}

/** What a newer file of ChatGPT’s says. */
export const later = { update_time: 1_700_009_000 }
export const said = (role: string, words: string) => ({ role, content: text(words) })
/** A chat of ChatGPT's. */
export const chat = (id: string, nodes: ReturnType<typeof node>[], more: object = {}) => [
  conversation(id, nodes, more),
]

export const newId = () => crypto.randomUUID()
