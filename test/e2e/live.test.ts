import { setTimeout as sleep } from 'node:timers/promises'

import { afterAll, beforeAll, expect, test } from 'vitest'

import type { LiveFrame } from '../../src/contract/live.ts'
import type { ServerEvent } from '../support/events.ts'
import { Client, eventually, says } from './client.ts'
import { ModelServer } from './model-server.ts'
import { Project } from './project.ts'
import { Server } from './server.ts'

const model = new ModelServer()
let project: Project
let server: Server
let token: string

const start = () => Server.start(project, project.path('state'), ...model.vars)
const ann = () => new Client(server.url).bearing(token)

beforeAll(async () => {
  project = Project.withTables()
  await model.listen()
  server = await start()
  token = await project.userToken('ann')
})

afterAll(async () => {
  await server?.kill()
  model.close()
  project.remove()
})

/** What a page does: a ticket, a socket, and every check sent back. */
async function page(path: string, after: number) {
  const { body } = await ann().post<{ ticket: string }>(`${path}/live/ticket`)
  const url = `${server.url.replace('http', 'ws')}${path}/live?after=${after}`
  const socket = new WebSocket(url, ['hilo.live', `ticket.${body.ticket}`])
  const frames: LiveFrame[] = []
  const tab = { frames, protocol: '', closed: false, close: () => socket.close() }
  socket.addEventListener('open', () => (tab.protocol = String(socket.protocol)))
  socket.addEventListener('close', () => (tab.closed = true))
  socket.addEventListener('message', ({ data }) => {
    const frame = JSON.parse(String(data)) as LiveFrame
    frames.push(frame)
    if (frame.event === 'check') socket.send(String(data))
  })
  await eventually(
    async () => frames.some(({ event }) => event === 'ready'),
    (isReady) => isReady,
  )
  return tab
}

const said = ({ frames }: { frames: LiveFrame[] }) =>
  frames.flatMap((frame) => (frame.event === 'delta' ? [frame.content] : [])).join('')

test('who asked is gone, one joins, a page listens; a killed server tells them all the same end', async () => {
  model.when('speak on', async (reply) => {
    for (; !reply.isLost; await sleep(50)) reply.say('and on ')
  })
  const path = await ann().conversation()
  for await (const { event } of ann().stream(path, says('speak on', 'q'))) {
    if (event === 'delta') break
  }
  const tab = await page(path, 0)
  expect(tab.protocol).toBe('hilo.live')
  const joined: ServerEvent[] = []
  const startedAt = Date.now()
  for await (const event of ann().join(path)) {
    joined.push(event)
    // Longer than until the next checkpoint, so that something is kept.
    if (Date.now() > startedAt + 1_500) break
  }
  expect(joined[0]).toMatchObject({ event: 'accepted', data: { messages: [{ id: 'q' }] } })
  expect(said(tab)).toMatch(/^(and on ){10}/)
  await server.kill()
  server = await start()

  // Nobody lost more than what was said since the last checkpoint.
  const rest: ServerEvent[] = []
  for await (const event of ann().join(path, joined.at(-1)?.id)) rest.push(event)
  const kept = rest.at(-1)?.data['message'] as { id: string; seq: number; content: string }
  expect(rest.at(-1)?.event).toBe('interrupted')
  expect(kept).toMatchObject({ seq: 2, status: 'interrupted', id: joined[0]?.data['reply_id'] })
  expect(said(tab).startsWith(kept.content)).toBe(true)
  expect(tab.closed).toBe(true)
  const again = await page(path, 1)
  expect(again.frames[0]).toEqual({ event: 'message', seq: 2, message: kept })
  again.close()
  await eventually(
    async () => again.closed,
    (isClosed) => isClosed,
  )
})

test('to stop a reply closes the connection to the model', async () => {
  const lost = Promise.withResolvers<void>()
  model.when('never end', async (reply) => {
    reply.say('Once')
    while (!reply.isLost) await sleep(20)
    lost.resolve()
  })
  const path = await ann().conversation()
  const events: ServerEvent[] = []
  for await (const event of ann().stream(path, says('never end'))) {
    events.push(event)
    if (event.event !== 'delta') continue
    const stopped = await ann().post<{ message: object }>(`${path}/stop`, {})
    expect([stopped.status, stopped.body.message]).toEqual([
      200,
      expect.objectContaining({ content: 'Once', status: 'interrupted' }),
    ])
  }
  await lost.promise
  expect(events.at(-1)).toMatchObject({ event: 'interrupted', data: { reason: 'stopped' } })
})

test('a file that is told of over a socket can be read at the address that came with it', async () => {
  const path = await ann().conversation()
  const tab = await page(path, 0)
  const kept = await fetch(`${server.url}/api/files`, {
    method: 'POST',
    headers: { ...ann().headers, 'hilo-file-name': 'notes.txt' },
    body: 'bring an umbrella',
  })
  const { id } = (await kept.json()) as { id: string }
  const parts = [{ type: 'file', file: { file_id: id } }]
  const { status } = await ann().post(`${path}/messages`, { messages: [{ role: 'user', parts }] })
  expect(status).toBe(201)
  const told = () => tab.frames.find(({ event }) => event === 'message')
  await eventually(
    async () => told() !== undefined,
    (isTold) => isTold,
  )
  const { message } = told() as LiveFrame & { event: 'message' }
  const [part] = message.parts as { file: { url: string } }[]
  expect(await (await fetch(part!.file.url)).text()).toBe('bring an umbrella')
  tab.close()
})
