import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { type Server as HttpServer, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join, resolve } from 'node:path'

import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { launchBrowser } from './browser.ts'
import { Client } from './client.ts'
import { Project } from './project.ts'
import { Server } from './server.ts'

const FOLDER = resolve(import.meta.dirname, '../examples')

let project: Project
let server: Server
let service: string
let pages: HttpServer
let browser: Browser

beforeAll(async () => {
  project = Project.withTables()
  const allowing = ['--var', 'ALLOW_CLIENT_ASSISTANT:on'] as const
  server = await Server.start(project, project.path('state'), ...allowing)
  service = project.serviceToken()
  pages = createServer((_, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8')
    response.end(readFileSync(join(FOLDER, 'page.html')))
  })
  await new Promise<void>((done) => {
    pages.listen(0, '127.0.0.1', done)
  })
  browser = await launchBrowser()
})

afterAll(async () => {
  await browser?.close()
  pages?.close()
  await server?.kill()
  project?.remove()
})

/** What a program says, run as its first lines say. Throws with all that it said where it fails. */
async function run(command: string, ...args: string[]): Promise<string> {
  return runWith({}, command, ...args)
}

async function runWith(more: object, command: string, ...args: string[]): Promise<string> {
  const env = { ...process.env, HILO_URL: server.url, HILO_TOKEN: service, ...more }
  const child: ChildProcess = spawn(command, args, { cwd: FOLDER, env })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (data: Buffer) => (said += data.toString()))
  }
  const code = await new Promise<number | null>((done, fail) => {
    child.on('error', fail)
    child.on('close', done)
  })
  if (code !== 0) throw new Error(`${command} ${args[0]} ended with ${code}: ${said}`)
  return said
}

test('a back end in Python talks for a user, with the standard library alone', async () => {
  const said = await run('python3', 'chat.py', 'ann-of-python', '¿Qué es un hilo?')
  expect(said.match(/^\d+ (user|assistant)$/gm)).toEqual([
    '1 user',
    '2 assistant',
    '3 user',
    '4 assistant',
  ])
})

test('the stock client of assistant-ui writes, names and hands over a thread', async () => {
  process.env['HILO_USER_TOKEN'] = await project.userToken('ann-of-assistant-ui')
  const said = await run(process.execPath, 'assistant-ui.mjs', 'What is a thread?')
  expect(said.trim().split('\n')).toEqual([
    expect.stringMatching(/^title \S/),
    'moved 1',
    'user What is a thread?',
    'assistant It is what holds this together.',
  ])
})

test('a back end in Node.js streams a reply with the client', async () => {
  const said = await run(process.execPath, 'chat.mjs', 'ann-of-node', '¿Qué es un hilo?')
  expect(said).toContain('¿Qué es un hilo?')
  expect(said.match(/^\d+ (user|assistant)$/gm)).toEqual(['1 user', '2 assistant'])
})

test('a back end talks by OpenAI’s own client, and goes on', async () => {
  const said = await run(process.execPath, 'openai.mjs', 'ann-of-openai', '¿Qué es un hilo?')
  expect(said).toMatch(/^\[.*«¿Qué es un hilo\?».*\ncompleted resp_/)
  expect(said.match(/^(user|assistant) /gm)).toEqual(['user ', 'assistant '])
  const conversation = said.trim().split('\n').at(-1)!
  const more = await run(process.execPath, 'openai.mjs', 'ann-of-openai', '¿Y dos?', conversation)
  expect(more.match(/^(user|assistant) /gm)).toHaveLength(4)
})

test('a login callback hands a visitor’s conversations over', async () => {
  const session = await new Client(server.url).post<{ token: string }>('/api/sessions')
  const visitor = new Client(server.url).bearing(session.body.token)
  const { body } = await visitor.post<{ id: string }>('/api/conversations', {})
  const said = await run(process.execPath, 'login.mjs', 'ann-of-login', session.body.token)
  expect(said).toContain('1 conversations are ann-of-login')
  const ann = new Client(server.url).bearing(await project.userToken('ann-of-login'))
  expect((await ann.get(`/api/conversations/${body.id}`)).status).toBe(200)
  expect((await visitor.get(`/api/conversations/${body.id}`)).status).toBe(404)
})

test('a back end keeps what its own model says', async () => {
  const said = await run(process.execPath, 'own-model.mjs', 'ann-of-models')
  expect(said.trim().split('\n')).toEqual(['I was sent 1 messages.', 'I was sent 3 messages.'])
})

test.each(['ai-v5', 'ai-v6', 'ai-v7'])('a program with the AI SDK chats: %s', async (sdk) => {
  const said = await runWith({ AI_SDK: sdk }, process.execPath, 'ai-sdk.mjs', 'Hola', '¿Y luego?')
  expect(said.match(/^(user|assistant): .+$/gm)).toEqual([
    'user: Hola',
    expect.stringContaining('«Hola»'),
    'user: ¿Y luego?',
    expect.stringContaining('«¿Y luego?»'),
  ])
})

test('a page chats as a visitor, and goes on with a reply after a reload', async () => {
  const { port } = pages.address() as AddressInfo
  const page = await browser.newPage()
  await page.goto(`http://127.0.0.1:${port}/?hilo=${server.url}`)
  await page.fill('#question', '¿Qué tiempo hace en Cádiz?')
  await page.click('button')
  await page.waitForSelector('li.assistant[data-done]')
  expect(await page.textContent('li.assistant')).toContain('¿Qué tiempo hace en Cádiz?')
  await page.fill('#question', 'Cuéntame todo lo que sabes de la bahía y de sus pueblos.')
  await page.click('button')
  await page.waitForFunction('document.querySelectorAll("li.assistant").length === 2')
  await page.reload()
  await page.waitForFunction(
    '[...document.querySelectorAll("li.assistant")].at(-1)?.textContent.includes("bahía")',
  )
  expect(await page.locator('li').count()).toBe(4)
  await page.close()
})
