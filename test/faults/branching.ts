import type { Expected } from './expected.ts'
import { type Act, MODEL, outcome, path, post, someMessages } from './scene.ts'

/** One of the messages that somebody was told of, with what it follows; null if there is none. */
function someKnown(about: Expected, number: number, role?: string) {
  const known = [...about.acknowledged].filter(
    ([, { parent_id, role: of }]) => parent_id !== undefined && (role ?? of) === of,
  )
  const [id, message] = known[(number * 7) % Math.max(known.length, 1)] ?? []
  return id !== undefined && message ? { id, ...message } : null
}

/** What a person does with branches. */
export const branching: Record<string, Act> = {
  /** Says something else in place of a message. */
  edit: async (scene) => {
    const known = someKnown(scene.about, scene.number)
    const messages = someMessages(scene.about, (scene.number % 2) + 1)
    await post(scene, '/messages', { messages, parent_id: known?.parent_id ?? null })
  },
  /** The same, and has it answered. */
  editAndAsk: async (scene) => {
    const known = someKnown(scene.about, scene.number)
    const messages = someMessages(scene.about, 1, `#${await scene.world.scripted(scene.number)}`)
    const reply_id = `r-${crypto.randomUUID()}`
    const body = { messages, parent_id: known?.parent_id ?? null, reply_id }
    await post(scene, '/continue', body, MODEL)
  },
  /** Asks for another reply; every second time by an id, so that it can be sent again. */
  another: async (scene) => {
    const known = someKnown(scene.about, scene.number, 'user')
    if (known === null) return
    const named = scene.number % 2 === 0 ? { reply_id: `r-${crypto.randomUUID()}` } : {}
    await post(scene, '/continue', { parent_id: known.id, ...named }, MODEL)
  },
  /** Goes to another branch. */
  goTo: async (scene) => {
    const { model, world, about, number } = scene
    const known = someKnown(about, number)
    if (known === null) return
    const owner = world.ownerOf(model, about)
    await outcome(scene, owner.patch(path(about), { head_id: known.id }))
  },
}
