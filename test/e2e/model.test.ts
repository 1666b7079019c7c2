import { setTimeout as sleep } from 'node:timers/promises'

import { afterAll, beforeAll, expect, test } from 'vitest'

import type { Conversation } from '../../src/contract/conversation.ts'
import type { Message } from '../../src/contract/message.ts'
import { Client, says } from './client.ts'
import { ModelServer } from './model-server.ts'
import { Project } from './project.ts'
import { Server } from './server.ts'

type WithMessages = Conversation & { messages: Message[] }

/** ms after which the beginning of a reply is surely written down: that is done every second. */
const KEPT_AFTER_MS = 1_500

const model = new ModelServer()
let project: Project
let server: Server
let token: string

// MODEL_PROVIDER is in .dev.vars too: what the command line says must win.
const start = () => Server.start(project, project.path('state'), ...model.vars)
const ann = () => new Client(server.url).bearing(token)

beforeAll(async () => {
  project = Project.withTables()
  // As it is once a deployment with an identity provider is set up: local tokens must do all the same.
  project.set('AUTH_JWKS_URL', 'https://identity.example/keys.json')
  project.set('AUTH_ISSUER', 'https://identity.example')
  project.set('AUTH_AUDIENCE', 'hilo')
  await model.listen()
  server = await start()
  token = await project.token('ann')
})

afterAll(async () => {
  await server?.kill()
  model.close()
  project.remove()
})

test('a reply is passed on piece by piece, while the model still speaks', async () => {
  const heard = Promise.withResolvers<void>()
  model.when('tell me', async (reply) => {
    reply.say('Once')
    // The rest only comes once the client has the beginning.
    await heard.promise
    reply.say(' upon a time')
    reply.finish(12)
  })
  const path = await ann().conversation()
  const told: unknown[] = []
  let last: unknown
  for await (const { event, data } of ann().stream(path, says('tell me'))) {
    if (event === 'delta') told.push(data['content'])
    if (event === 'delta' && told.length === 1) heard.resolve()
    last = data['message']
  }
  expect(told).toEqual(['Once', ' upon a time'])
  expect(last).toMatchObject({
    content: 'Once upon a time',
    status: 'complete',
    finish_reason: 'stop',
    tokens_used: 12,
  })
  expect(model.asked.find(({ body }) => body.messages.at(-1)?.content === 'tell me')).toMatchObject(
    {
      path: '/v1/chat/completions',
      authorization: 'Bearer key-of-the-test',
      body: { model: 'small' },
    },
  )
})

test('when the model fails, the message is kept, and the same request asks the model again', async () => {
  model.when('fail', (reply) => reply.refuse(400))
  const path = await ann().conversation()
  const request = { messages: [says('fail')] }
  const failed = await ann().post(`${path}/continue`, request)
  expect([failed.status, failed.body]).toEqual([
    502,
    expect.objectContaining({
      type: '/problems/model-failed',
      detail: "The model's endpoint answered 400.",
      stored: [request.messages[0]?.id],
    }),
  ])
  expect(JSON.stringify(failed.body)).not.toContain('secret words')
  expect(await conversationAt(path)).toEqual([['user', 'fail', 'complete']])

  model.when('fail', (reply) => {
    reply.say('Better now')
    reply.finish()
  })
  expect((await ann().post(`${path}/continue`, request)).status).toBe(200)
  expect(await conversationAt(path)).toEqual([
    ['user', 'fail', 'complete'],
    ['assistant', 'Better now', 'complete'],
  ])
})

test('killed in the middle of replies, it keeps what was said and can be asked again', async () => {
  const silent = Promise.withResolvers<void>()
  model.when('speak', async (reply) => {
    for (; !reply.isLost; await sleep(50)) reply.say('and on ')
  })
  model.when('think', () => silent.resolve())
  const [spoken, thought] = [await ann().conversation(), await ann().conversation()]
  const [speak, think] = [says('speak'), says('think')]
  const thinking = ann().post(`${thought}/continue`, { messages: [think] })
  const thinkingEnds = thinking.then(
    () => 'answered',
    () => 'lost',
  )
  let heardAt = Infinity
  for await (const { event } of ann().stream(spoken, speak)) {
    if (event === 'delta') heardAt = Math.min(heardAt, Date.now())
    if (Date.now() > heardAt + KEPT_AFTER_MS) break
  }
  await silent.promise
  await server.kill()
  expect(await thinkingEnds).toBe('lost')
  server = await start()

  const kept = await conversationAt(spoken)
  expect(kept).toEqual([
    ['user', 'speak', 'complete'],
    ['assistant', expect.stringMatching(/^(and on )+$/), 'interrupted'],
  ])
  const events = []
  for await (const { event, data } of ann().stream(spoken, speak)) events.push({ event, data })
  expect(events.at(-1)).toMatchObject({
    event: 'interrupted',
    data: { message: { content: kept[1]?.[1] } },
  })
  expect(await conversationAt(spoken)).toEqual(kept)

  expect(await conversationAt(thought)).toEqual([['user', 'think', 'complete']])
  model.when('think', (reply) => {
    reply.say('Thought')
    reply.finish()
  })
  expect((await ann().post(`${thought}/continue`, { messages: [think] })).status).toBe(200)
  expect(await conversationAt(thought)).toEqual([
    ['user', 'think', 'complete'],
    ['assistant', 'Thought', 'complete'],
  ])
})

async function conversationAt(path: string): Promise<string[][]> {
  const { body } = await ann().get<WithMessages>(path)
  return body.messages.map(({ role, content, status }) => [role, content, status])
}
