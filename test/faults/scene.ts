import { eventsOf } from '../support/events.ts'
import { problemOf } from '../support/problems.ts'
import type { Acknowledged, Expected, Model } from './expected.ts'
import { d1 } from './weather.ts'
import type { World } from './world.ts'

export interface Scene {
  model: Model
  world: World
  about: Expected
  number: number
}

/** Somebody calls, and notes what they are told. */
export type Act = (scene: Scene) => Promise<void>

type Told = Acknowledged & { id: string }

/** What came back, if it is one that there may be. Null if the caller can't know what has become of it. */
export async function outcome(
  { world, model, about }: Scene,
  answering: Promise<Response>,
  more: number[] = [],
): Promise<Response | null> {
  const { erased: wasErased, created: wasCreated } = about
  const answer = await answering
  const { status } = answer
  if (status < 300) {
    // Still so: it may have been brought in anew.
    if (wasErased === 'yes' && about.erased === 'yes' && !about.isRevived)
      throw new Error(`${about.id} answered after it was erased`)
    return answer
  }
  const problem = await problemOf(answer)
  const isUnsure =
    wasCreated !== 'yes' || about.erased !== 'no' || model.visitors[about.visitor]?.linked !== 'no'
  if (status === 404 && isUnsure) return null
  if (status === 401 && problem.type.endsWith('session-linked') && isUnsure) return null
  if (status === 409 && allowed.some((type) => problem.type.endsWith(type))) return null
  if (status === 409 && problem.type === '/problems/id-taken' && isUnsure) return null
  if (status === 409 && problem.type === '/problems/message-id-taken' && about.deleted.size > 0)
    return null
  if (status >= 500 && world.isTroubled) return null
  if (more.includes(status)) return null
  throw new Error(`${status} ${problem.type} where nothing was wrong`)
}

const allowed = [
  'conversation-busy',
  'nothing-to-answer',
  'moved-on',
  'seq-mismatch',
  'conversation-started',
  'session-linked',
  'reply-stopped',
]

/** What a model that fails may be answered with. */
export const MODEL = [502, 503, 504]

export const path = (about: Expected, rest = '') => `/api/conversations/${about.id}${rest}`

export function someMessages(about: Expected, count: number, more = '') {
  const messages = Array.from({ length: count }, () => {
    const id = crypto.randomUUID()
    return { id, role: 'user', content: `What I said: ${id} ñ 👩‍👩‍👧 ${more}` }
  })
  for (const { id, content } of messages) about.sent.set(id, content)
  return messages
}

/** The last request of each conversation, for whoever sends it again. */
export const last = new WeakMap<Expected, { rest: string; body: object }>()

export async function post(scene: Scene, rest: string, body: object, more: number[] = []) {
  const { model, world, about } = scene
  last.set(about, { rest, body })
  const answer = await outcome(
    scene,
    world.ownerOf(model, about).post(path(about, rest), body),
    more,
  )
  if (answer === null) return
  const told = await answer.json<{ messages?: Told[]; accepted?: Told[]; message?: Told | null }>()
  about.acknowledge([...(told.messages ?? []), ...(told.accepted ?? [])])
  if (told.message) about.acknowledge([told.message])
}

export async function streamed(scene: Scene, isLeaving: boolean): Promise<void> {
  const { model, world, about, number } = scene
  const messages = someMessages(about, 1, `#${await world.scripted(number)}`)
  last.set(about, { rest: '/continue', body: { messages } })
  const client = world.ownerOf(model, about)
  const answer = await outcome(scene, client.stream(about.id, { messages }), MODEL)
  if (answer === null) return
  await follow(scene, answer, isLeaving)
}

/** Reads a stream, and notes what it says is kept. */
export async function follow({ world, about }: Scene, answer: Response, isLeaving: boolean) {
  try {
    for await (const { data } of eventsOf(answer)) {
      about.acknowledge((data['messages'] as Told[] | undefined) ?? [])
      if (data['message']) about.acknowledge([data['message'] as Told])
      if (isLeaving) return d1.count('client gone')
    }
  } catch (error) {
    // The object was lost under it: what it said before holds.
    if (!world.isTroubled) throw error
  }
}
