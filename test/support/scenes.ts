import { expect } from 'vitest'

import { type Client, append, as, at } from './api.ts'
import { asLines, exported } from './given-exports.ts'
import { givenConversation, userMessages } from './given.ts'
import { elsewhere, importing, upload } from './importing.ts'
import { about, summarize } from './memory.ts'
import { network } from './network.ts'
import { rowOf } from './record.ts'
import { type Listener, connected } from './sockets.ts'
import { atRest, workedOff } from './storage.ts'
import { givenRunningReply, proceed, turnOf } from './turns.ts'
import { aVisitor, link } from './visitors.ts'

/** Somebody about to ask for something, and what the conversation says before, and once that is done. */
export interface Scene {
  id: string
  owner: Client
  act: () => Promise<Response>
  /** The texts that it may hold if the request failed: what it had, or all that it was to have. */
  before: string[]
  after: string[]
  tab?: Listener
  /** What else is so once it is done. */
  done?: () => Promise<void>
}

const beside = { id: 'b', role: 'user', content: 'Said otherwise' }

const texts = (count: number) => userMessages(count).map(({ content }) => content)

export async function standing(count: number, body: object = {}) {
  const owner = await as.user()
  const id = await givenConversation(owner, { messages: userMessages(count), ...body })
  await atRest(id, count)
  return { id, owner, tab: await connected(owner, id), before: texts(count) }
}

/** A conversation whose reply has said `One` so far. */
async function answering(key: string) {
  const owner = await as.user()
  const id = await givenConversation(owner)
  await atRest(id, 0)
  const tab = await connected(owner, id)
  const { replyId } = await givenRunningReply(owner, id, key)
  return { id, owner, tab, replyId, before: [`Hello #${key}`] }
}

export const scenes: Record<string, (key: string) => Promise<Scene>> = {
  create: async () => {
    const owner = await as.user()
    const id = crypto.randomUUID()
    const body = { id, title: 'T', messages: userMessages(2) }
    const act = () => owner.post('/api/conversations', body)
    return { id, owner, act, before: [], after: texts(2) }
  },
  'create again, with its first messages': async () => {
    const scene = await standing(0)
    const body = { id: scene.id, messages: userMessages(2) }
    return { ...scene, act: () => scene.owner.post('/api/conversations', body), after: texts(2) }
  },
  append: async () => {
    const scene = await standing(1)
    const act = () => append(scene.owner, scene.id, userMessages(2, 2))
    return { ...scene, act, after: texts(3) }
  },
  'append beside': async () => {
    const scene = await standing(2)
    const act = () => append(scene.owner, scene.id, [beside], { parent_id: 'm1' })
    return { ...scene, act, after: [...texts(2), beside.content] }
  },
  'go to another branch': async () => {
    const scene = await standing(2)
    await append(scene.owner, scene.id, [beside], { parent_id: 'm1' })
    await workedOff(scene.id)
    const act = () => scene.owner.patch(at(scene.id), { head_id: 'm2' })
    const said = [...texts(2), beside.content]
    const done = async () => {
      expect(await rowOf(scene.id)).toMatchObject({ head_seq: 2, head_id: 'm2' })
    }
    return { ...scene, act, before: said, after: said, done }
  },
  'append to what is archived': async () => {
    const scene = await standing(1)
    await scene.owner.delete(at(scene.id))
    await workedOff(scene.id)
    const act = () => append(scene.owner, scene.id, userMessages(1, 2))
    return { ...scene, act, after: texts(2) }
  },
  continue: async (key) => {
    const scene = await standing(1)
    await network.script(key, [{ text: 'Yes' }, { finish: 'stop', tokens: 3 }])
    const act = () => proceed(scene.owner, scene.id, turnOf(key))
    return { ...scene, act, after: [...scene.before, `Hello #${key}`, 'Yes'] }
  },
  'create and continue': async (key) => {
    const owner = await as.user()
    const id = crypto.randomUUID()
    await network.script(key, [{ text: 'Yes' }, { finish: 'stop', tokens: 3 }])
    const body = { id, ...turnOf(key), continue: {} }
    const act = () => owner.post('/api/conversations', body)
    return { id, owner, act, before: [], after: [`Hello #${key}`, 'Yes'] }
  },
  'append that interrupts': async (key) => {
    const scene = await answering(key)
    const messages = userMessages(1)
    const act = () => append(scene.owner, scene.id, messages, { on_busy: 'interrupt' })
    return { ...scene, act, after: [...scene.before, 'One', 'message 1'] }
  },
  'continue that interrupts': async (key) => {
    const scene = await answering(key)
    await network.script(`${key}-2`, [{ text: 'Yes' }, { finish: 'stop', tokens: 3 }])
    const turn = { ...turnOf(`${key}-2`, 'q2'), on_busy: 'interrupt' }
    const act = () => proceed(scene.owner, scene.id, turn)
    return { ...scene, act, after: [...scene.before, 'One', `Hello #${key}-2`, 'Yes'] }
  },
  stop: async (key) => {
    const scene = await answering(key)
    const act = () => scene.owner.post(`${at(scene.id)}/stop`)
    return { ...scene, act, after: [...scene.before, 'One'] }
  },
  patch: async () => {
    const scene = await standing(1)
    const act = () => scene.owner.patch(at(scene.id), { title: 'New', is_active: false })
    const done = async () => {
      expect(await rowOf(scene.id)).toMatchObject({ title: 'New', is_active: 0 })
    }
    return { ...scene, act, after: scene.before, done }
  },
  claim: async () => {
    const visitor = await aVisitor()
    const id = await givenConversation(visitor.client, { messages: userMessages(1) })
    await atRest(id, 1)
    const userId = crypto.randomUUID()
    const owner = await as.user(userId)
    const act = () => link(owner, { session_token: visitor.token })
    const done = async () => {
      expect(await rowOf(id)).toMatchObject({ user_id: userId })
    }
    return { id, owner, act, before: texts(1), after: texts(1), done }
  },
  summarize: async (key) => {
    await network.script(`${key}.summary`, [{ text: 'A summary' }, { finish: 'stop' }])
    const owner = await as.user()
    const messages = about(key, 3)
    const id = await givenConversation(owner, { messages })
    await atRest(id, 3)
    const said = messages.map(({ content }) => content)
    const done = async () => {
      expect(await rowOf(id)).toMatchObject({ summary: 'A summary', summary_seq: 3 })
    }
    return { id, owner, act: () => summarize(owner, id), before: said, after: said, done }
  },
  import: async () => {
    const { client, id, file } = await elsewhere({ messages: [{}, {}], extra: { kept: true } })
    return { id, owner: client, act: () => upload(client, file), before: [], after: texts(2) }
  },
  'import of more': async () => {
    const { client, theirs, id } = await elsewhere({ messages: [{}] })
    await importing(client, await asLines([theirs]))
    await atRest(id, 1)
    const fields = { id: theirs.id }
    const more = exported({ messages: [theirs.messages[0] ?? {}, {}, {}], fields, extra: 'more' })
    const file = await asLines([more])
    const tab = await connected(client, id)
    return {
      id,
      owner: client,
      tab,
      act: () => upload(client, file),
      before: texts(1),
      after: texts(3),
    }
  },
}
