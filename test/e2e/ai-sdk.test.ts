import { setTimeout as sleep } from 'node:timers/promises'

import { WebSocketChatTransport } from 'ai-v7'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import {
  type Options,
  type UIMessage,
  type Version,
  chatAt,
  chatWith,
  messagesOf,
  textOf,
  versions,
  whenSaid,
} from '../support/ai-chat.ts'
import { Client } from './client.ts'
import { ModelServer } from './model-server.ts'
import { Project } from './project.ts'
import { Server } from './server.ts'

/** ms after which the beginning of a reply is surely written down: that is done every second. */
const KEPT_AFTER_MS = 1_500

const model = new ModelServer()
let project: Project
let server: Server
let headers: Record<string, string>

const start = () => Server.start(project, project.path('state'), ...model.vars)

beforeAll(async () => {
  project = Project.withTables()
  await model.listen()
  server = await start()
  const { body } = await new Client(server.url).post<{ token: string }>('/api/sessions')
  headers = { authorization: `Bearer ${body.token}` }
})

afterAll(async () => {
  await server?.kill()
  model.close()
  project.remove()
})

const chatOf = (version: Version, options: Options = {}) =>
  chatAt(version, { api: `${server.url}/api/chat`, headers, fetch, ...options })

const storedIn = async (id: string): Promise<UIMessage[]> =>
  (await fetch(`${server.url}/api/chat/${id}/messages`, { headers })).json() as Promise<UIMessage[]>

describe('a server that is killed in the middle of a reply', () => {
  const broken = new Map<Version, ReturnType<typeof chatOf>>()

  beforeAll(async () => {
    model.when('speak', async (reply) => {
      reply.say('One')
      while (!reply.isLost) await sleep(50)
    })
    model.when('again', (reply) => {
      reply.say('Two')
      reply.finish()
    })
    for (const version of versions) broken.set(version, chatOf(version))
    const chats = [...broken.values()]
    const sent = chats.map((chat) => chat.sendMessage({ text: 'speak' }))
    for (const chat of chats) await whenSaid(chat, 'One')
    await sleep(KEPT_AFTER_MS)
    await server.kill()
    await Promise.all(sent)
    server = await start()
  })

  test.each(versions)('ai %i: what was said is kept, and the chat goes on', async (version) => {
    const chat = broken.get(version)!
    expect(chat.status).toBe('error')
    const stored = await storedIn(chat.id)
    expect(stored.map(textOf)).toEqual(['speak', 'One'])
    expect(stored[1]).toMatchObject({
      id: messagesOf(chat)[1]?.id,
      metadata: { status: 'interrupted' },
    })
    const loaded = chatOf(version, { id: chat.id, messages: stored })
    await loaded.resumeStream()
    expect(loaded.status).toBe('ready')
    await loaded.sendMessage({ text: 'again' })
    expect(loaded.error).toBeUndefined()
    expect(messagesOf(loaded)).toEqual(await storedIn(chat.id))
    expect(loaded.messages.map(textOf)).toEqual(['speak', 'One', 'again', 'Two'])
  })
})

test('version 7 chats over its WebSocket', async () => {
  model.when('over the wire', (reply) => {
    reply.say('Heard')
    reply.finish()
  })
  const url = `${server.url}/api/chat-socket`
  const transport = new WebSocketChatTransport<UIMessage>({ url, headers })
  const chat = chatWith(7, transport, {})
  await chat.sendMessage({ text: 'over the wire' })
  expect(chat.error).toBeUndefined()
  expect(messagesOf(chat)).toEqual(await storedIn(chat.id))
  expect(chat.messages.map(textOf)).toEqual(['over the wire', 'Heard'])
  transport.close()
})
