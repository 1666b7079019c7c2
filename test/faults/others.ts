import type { Client } from '../support/api.ts'
import { calls } from './calls.ts'
import { type Act, type Scene, outcome, path, streamed } from './scene.ts'
import { SLOW } from './scripts.ts'

/** What a caller without access sees of a conversation: the same as of one that never existed. */
async function askAsStranger({ model, world, about, number }: Scene): Promise<void> {
  const other = (about.visitor + 1) % model.visitors.length
  const client = (number % 2 === 0 ? world.users : world.sessions)[other] as Client
  const ask = (id: string): Promise<Response> => {
    const at = `/api/conversations/${id}`
    switch (number % 5) {
      case 0:
        return client.get(at)
      case 1:
        return client.get(`${at}/export`)
      case 2:
        return client.post(`${at}/erase`)
      case 3:
        return client.patch(at, { title: 'Title of a stranger' })
      default:
        return client.post(`${at}/messages`, { messages: [{ role: 'user', content: 'Mine' }] })
    }
  }
  const never = await ask(crypto.randomUUID())
  const answer = await ask(about.id)
  if (answer.status < 400) throw new Error(`a stranger was answered ${answer.status}`)
  const isTrouble = never.status >= 500 || answer.status >= 500
  if (isTrouble && !world.isTroubled) throw new Error('a stranger met with trouble')
  // In between, the stranger's own session may have been linked.
  if (isTrouble || model.visitors[other]?.linked !== 'no') return
  const told = [await told404(never), await told404(answer)]
  if (told[0] !== told[1]) throw new Error(`told apart: ${told.join(' and ')}`)
}

const told404 = async (answer: Response): Promise<string> =>
  `${answer.status} ${await answer.text()}`

/** What comes into a reply that takes its time. */
const intruders = ['append', 'proceed', 'interrupt', 'stop', 'contradict']

/** Other callers than those who are in the right, or at another time than they would be. */
export const others: Record<string, Act> = {
  talkOver: async (scene) => {
    const slow = streamed({ ...scene, number: SLOW }, false)
    await scheduler.wait(30)
    const name = intruders[scene.number % intruders.length] ?? ''
    const intrude = { ...calls, ...others }[name] as Act
    await Promise.all([slow, intrude(scene)])
  },
  strange: askAsStranger,
  /** A message that stands is sent with other words. */
  contradict: async (scene) => {
    const { model, world, about } = scene
    const [id] = about.acknowledged.keys()
    if (id === undefined) return
    const messages = [{ id, role: 'user', content: 'Other words' }]
    const client = world.ownerOf(model, about)
    const answer = await client.post(path(about, '/messages'), { messages })
    const { type } = await answer.clone().json<{ type?: string }>()
    // Before anything else is looked at, a reply that runs too.
    if (answer.status === 409 && type?.endsWith('message-id-taken')) return
    if ((await outcome(scene, Promise.resolve(answer))) || answer.status === 409) {
      throw new Error(`${id} with other words: ${answer.status} ${type}`)
    }
  },
}
