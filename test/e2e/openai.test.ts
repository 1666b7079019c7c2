import { randomUUID } from 'node:crypto'

import {
  Agent,
  OpenAIConversationsSession,
  OpenAIResponsesModel,
  Runner,
  setTracingDisabled,
  tool,
} from '@openai/agents'
import OpenAI from 'openai'
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as z from 'zod'

import { ModelServer } from './model-server.ts'
import { Project } from './project.ts'
import { Server } from './server.ts'

let project: Project
let server: Server
let service: string
const model = new ModelServer()

beforeAll(async () => {
  setTracingDisabled(true)
  project = Project.withTables()
  await model.listen()
  server = await Server.start(project, project.path('state'), ...model.vars)
  service = project.serviceToken()
  for (const city of ['Soria', 'Vigo']) {
    model.when(`How is the weather in ${city}?`, (reply) => {
      reply.think('I have to look')
      reply.call('call_0', 'weather', { city })
      reply.call('call_1', 'weather', { city: 'Cádiz' })
      reply.finish(9, 'tool_calls')
    })
  }
  model.when('It is sunny in Cádiz', (reply) => {
    reply.say('Sunny, ')
    reply.say('all over')
    reply.finish()
  })
  model.when('And what did I ask?', (reply) => {
    reply.say('About the weather')
    reply.finish()
  })
})

afterAll(async () => {
  await server?.kill()
  model.close()
  project?.remove()
})

/** The stock client of a back end, for somebody. */
const openaiFor = (owner = randomUUID()) =>
  new OpenAI({
    apiKey: service,
    baseURL: `${server.url}/v1`,
    defaultHeaders: { 'Hilo-Acting-For': `user:${owner}` },
  })

const weather = tool({
  name: 'weather',
  description: 'The weather of a city',
  parameters: z.object({ city: z.string() }),
  execute: async ({ city }) => `It is sunny in ${city}`,
})

const agentWith = (openai: OpenAI) =>
  new Agent({
    name: 'Forecaster',
    instructions: 'Say how the weather is.',
    model: new OpenAIResponsesModel(openai, 'small'),
    tools: [weather],
  })

/** What was asked and answered, as the model was last sent it. */
const lastSent = () => model.asked.filter(({ body }) => body.stream).at(-1)!.body.messages

test('an agent keeps its turns in a session, with the tools that it calls', async () => {
  const owner = randomUUID()
  const openai = openaiFor(owner)
  const session = new OpenAIConversationsSession({ client: openai })
  const runner = new Runner()
  const first = await runner.run(agentWith(openai), 'How is the weather in Soria?', { session })
  expect(first.finalOutput).toBe('Sunny, all over')
  const items = await session.getItems()
  expect(items.map((item) => item.type ?? 'message')).toEqual([
    'message',
    'reasoning',
    'function_call',
    'function_call',
    'function_call_result',
    'function_call_result',
    'message',
  ])
  const second = await runner.run(agentWith(openai), 'And what did I ask?', { session })
  expect(second.finalOutput).toBe('About the weather')
  expect(JSON.stringify(lastSent())).toContain('How is the weather in Soria?')
  expect(await session.getItems()).toHaveLength(9)
  expect(await session.getItems(2)).toMatchObject([{ role: 'user' }, { role: 'assistant' }])
  // It is what every other client reads.
  const id = await session.getSessionId()
  const uuid = id.replace(/^conv_(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
  const read = await fetch(`${server.url}/api/conversations/${uuid}/messages`, {
    headers: { authorization: `Bearer ${service}`, 'hilo-acting-for': `user:${owner}` },
  })
  expect(read.status).toBe(200)
  expect(await session.popItem()).toMatchObject({ role: 'assistant' })
  expect(await session.popItem()).toMatchObject({ role: 'user' })
  expect(await session.getItems()).toHaveLength(7)
  await session.clearSession()
  await expect(openai.conversations.retrieve(id)).rejects.toMatchObject({ status: 404 })
})

test('an agent goes on by the response before, streaming', async () => {
  const openai = openaiFor()
  const runner = new Runner()
  const first = await runner.run(agentWith(openai), 'How is the weather in Vigo?', { stream: true })
  let text = ''
  for await (const piece of first.toTextStream()) text += piece
  await first.completed
  expect(text).toBe('Sunny, all over')
  const previousResponseId = first.lastResponseId!
  const second = await runner.run(agentWith(openai), 'And what did I ask?', { previousResponseId })
  expect(second.finalOutput).toBe('About the weather')
  expect(JSON.stringify(lastSent())).toContain('Vigo')
  const kept = await openai.responses.retrieve(second.lastResponseId!)
  expect(kept.previous_response_id).toBe(previousResponseId)
})

test('an agent goes on in a conversation that Hilo keeps', async () => {
  const openai = openaiFor()
  const runner = new Runner()
  const { id: conversationId } = await openai.conversations.create()
  const first = await runner.run(agentWith(openai), 'How is the weather in Soria?', {
    conversationId,
  })
  expect(first.finalOutput).toBe('Sunny, all over')
  const second = await runner.run(agentWith(openai), 'And what did I ask?', { conversationId })
  expect(second.finalOutput).toBe('About the weather')
  const kinds: string[] = []
  for await (const item of openai.conversations.items.list(conversationId, { order: 'asc' }))
    kinds.push(item.type)
  expect(kinds).toEqual([
    'message',
    'reasoning',
    'function_call',
    'function_call',
    'function_call_output',
    'function_call_output',
    'message',
    'message',
    'message',
  ])
  // One of several items of a reply goes alone.
  const calls = await openai.conversations.items.list(conversationId, { order: 'asc' })
  const call = calls.data.find(({ type }) => type === 'function_call')!
  await openai.conversations.items.delete(call.id as string, { conversation_id: conversationId })
  const left = await openai.conversations.items.list(conversationId, { order: 'asc' })
  expect(left.data).toEqual(calls.data.filter((item) => item !== call))
})
