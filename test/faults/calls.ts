import { runInDurableObject } from 'cloudflare:test'

import type { Parts } from '../../src/conversation/parts.ts'
import { type Client, type ContinueAnswer, type Conversation, as } from '../support/api.ts'
import { objectOf } from '../support/given.ts'
import { lookAgain } from '../support/record.ts'
import { runCron } from '../support/visitors.ts'
import { Expected, type Model } from './expected.ts'
import {
  type Act,
  MODEL,
  type Scene,
  follow,
  last,
  outcome,
  path,
  post,
  someMessages,
  streamed,
} from './scene.ts'
import { goingWith } from './tokens.ts'

const DAY = 24 * 60 * 60 * 1000

async function edit(scene: Scene, body: object, note: () => void = () => {}): Promise<void> {
  const { model, world, about } = scene
  note()
  await outcome(scene, world.ownerOf(model, about).patch(path(about), body))
}

const linkedOf = ({ model, about }: Scene) =>
  model.visitors[about.visitor] as Model['visitors'][number]

export const calls: Record<string, Act> = {
  create: async ({ model, world, number }) => {
    const visitor = number % model.visitors.length
    const beganAs = number % 3 === 0 ? 'user' : 'session'
    const about = new Expected(crypto.randomUUID(), visitor, beganAs)
    model.conversations.push(about)
    const messages = someMessages(about, number % 4)
    const client = (beganAs === 'user' ? world.users : world.sessions)[visitor] as Client
    const body = { id: about.id, messages }
    const scene = { model, world, about, number }
    const answer = await outcome(scene, client.post('/api/conversations', body))
    if (answer === null) return
    about.created = 'yes'
    const told = await answer.json<Conversation>()
    messages.forEach(({ id, content }, index) => {
      if (told.message_count === messages.length) {
        about.acknowledge([{ id, content, role: 'user', seq: index + 1 }])
      }
    })
  },
  /** Created and continued in one call, and sent again. */
  begin: async ({ model, world, number }) => {
    const visitor = number % model.visitors.length
    const beganAs = number % 3 === 0 ? 'user' : 'session'
    const about = new Expected(crypto.randomUUID(), visitor, beganAs)
    model.conversations.push(about)
    const messages = someMessages(about, 1, `#${await world.scripted(number)}`)
    const client = (beganAs === 'user' ? world.users : world.sessions)[visitor] as Client
    const scene = { model, world, about, number }
    const ask = () => client.post('/api/conversations', { id: about.id, messages, continue: {} })
    for (let times = 0; times < 1 + (number % 2); times += 1) {
      const answer = await outcome(scene, ask(), MODEL)
      if (answer === null) continue
      about.created = 'yes'
      const { accepted, message } = await answer.json<ContinueAnswer>()
      about.acknowledge([...accepted, message])
    }
  },
  stop: (scene) => post(scene, '/stop', {}),
  /** A reply is joined from a second tab. */
  join: async (scene) => {
    const { model, world, about } = scene
    const client = world.ownerOf(model, about)
    const answer = await outcome(scene, client.get(path(about, '/stream')))
    if (answer && answer.status !== 204) await follow(scene, answer, false)
  },
  interrupt: (scene) =>
    post(scene, '/messages', { messages: someMessages(scene.about, 1), on_busy: 'interrupt' }),
  append: (scene) =>
    post(scene, '/messages', { messages: someMessages(scene.about, (scene.number % 3) + 1) }),
  /** As many as it takes to have them summarised. */
  appendMany: async (scene) => {
    const key = await scene.world.summarised(scene.number)
    await post(scene, '/messages', { messages: someMessages(scene.about, 11, `#${key}`) })
  },
  summarise: async (scene) => {
    const { model, world, about } = scene
    await outcome(scene, world.ownerOf(model, about).post(path(about, '/summarize')), MODEL)
  },
  retry: async (scene) => {
    const before = last.get(scene.about)
    if (before) await post(scene, before.rest, before.body, MODEL)
  },
  proceed: async (scene) => {
    const key = await scene.world.scripted(scene.number)
    const messages = someMessages(scene.about, 1, `#${key}`)
    await post(scene, '/continue', { messages }, MODEL)
  },
  stream: (scene) => streamed(scene, false),
  leave: (scene) => streamed(scene, true),
  rename: (scene) => {
    const title = `Title ${crypto.randomUUID()}`
    return edit(scene, { title }, () => scene.about.titles.add(title))
  },
  archive: (scene) => edit(scene, { is_active: false }),
  restoreIt: (scene) => edit(scene, { is_active: true }),
  link: async (scene) => {
    const { world, about } = scene
    const visitor = linkedOf(scene)
    if (visitor.linked === 'no') visitor.linked = 'maybe'
    const body = { session_token: world.tokens[about.visitor] }
    const answer = await (world.users[about.visitor] as Client).post('/api/sessions/link', body)
    if (answer.ok) visitor.linked = 'yes'
    else if (!world.isTroubled) throw new Error('it could not be linked')
  },
  erase: async (scene) => {
    const { model, world, about } = scene
    if (about.erased === 'no') about.erased = 'maybe'
    const erasing = world.ownerOf(model, about).post(path(about, '/erase'))
    // The receipt may come again; a 404 says nothing if somebody else may own it by now.
    const answer = await erasing
    if (answer.status === 200) about.erased = 'yes'
    else if (answer.status >= 500 && !world.isTroubled) throw new Error('it was not erased')
  },
  eraseAll: async (scene) => {
    const { model, world, about, number } = scene
    // Rarely, or nothing would be left to look at.
    if (number > 1) return
    const owner = world.ownerOf(model, about)
    const isTheirs = (one: Expected) => world.ownerOf(model, one) === owner
    const meant = model.conversations.filter((one) => isTheirs(one) && one.created === 'yes')
    for (const one of model.conversations) if (one.erased === 'no') one.erased = 'maybe'
    const tokensGone = goingWith(world, owner)
    world.erasuresOfAll.begun += 1
    const answer = await owner.post('/api/erase', {}).finally(() => {
      world.erasuresOfAll.ended += 1
    })
    tokensGone(answer.status === 200)
    // What the record may not have had yet, or has elsewhere, is not sure.
    const isSure = answer.status === 200 && !world.isTroubled && linkedOf(scene).linked === 'no'
    // Nor is what an import brought, which does not wait for the record.
    if (isSure) for (const one of meant.filter(({ file }) => file.length === 0)) one.erased = 'yes'
    if (answer.status >= 500 && !world.isTroubled) throw new Error('nothing was erased')
  },
  cron: () => runCron(),
  reconcile: async ({ model, world, number }) => {
    if (model.conversations.length === 0) return
    const answer = await as.service('operator').post('/api/admin/reconcile', {
      conversation_ids: model.conversations.slice(0, 100).map(({ id }) => id),
      dry_run: number % 2 === 0,
      prefer: 'log',
    })
    if (!answer.ok && !world.isTroubled) throw new Error('it could not be reconciled')
  },
  /** Ninety days in which nothing happens. */
  age: async ({ about }) => {
    const at = Date.now() - 91 * DAY
    try {
      await runInDurableObject(objectOf(about.id), (instance, { storage }) => {
        const set =
          'quiet_since = ?, version = version + 1, pending_since = coalesce(pending_since, ?)'
        storage.sql.exec(`UPDATE conversation SET ${set}`, at, Date.now())
        lookAgain(instance)
        // The record learns of it as of every change. The object remembers its alarm, so it has to set that itself.
        ;(instance as unknown as { parts: Parts }).parts.flush.owe()
      })
    } catch {
      // Nothing is there to age.
    }
  },
  list: async (scene) => {
    const { model, world, about } = scene
    const answer = await world.ownerOf(model, about).get('/api/conversations?status=all')
    if (!answer.ok && !world.isTroubled) throw new Error('it could not be listed')
  },
}
