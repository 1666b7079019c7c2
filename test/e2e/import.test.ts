import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'

import { Project } from './project.ts'

type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void

const project = new Project()
let hilo: Server
let url: string
let answers: Answer[] = []
let asked: { path: string | undefined; headers: IncomingMessage['headers']; body: string }[] = []

// In place of Hilo: what it answers is its own tests' business.
beforeAll(async () => {
  project.write('export.json', '[{"uuid":"a"}]')
  hilo = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    asked.push({ path: request.url, headers: request.headers, body })
    answers.shift()?.(request, response, body)
  })
  await new Promise<void>((done) => {
    hilo.listen(0, 'localhost', done)
  })
  url = `http://localhost:${(hilo.address() as AddressInfo).port}`
})

afterEach(() => {
  asked = []
  answers = []
})

afterAll(async () => {
  await new Promise((done) => {
    hilo.close(done)
  })
  project.remove()
})

const importing = (...args: string[]) => project.run('run', '-s', 'import', '--', ...args)
const own = () => ['export.json', '--url', url, '--token', 'secret']

const events =
  (...all: [name: string, data: object][]): Answer =>
  (_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    for (const [name, data] of all) {
      response.write(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n:\n\n`)
    }
    response.end()
  }

const progress = { bytes: 7, total: 14, conversations: 1, imported: 1, unchanged: 0, failed: 0 }
const whole = {
  complete: true,
  warnings: [],
  imported: 1,
  unchanged: 0,
  failed: 0,
  errors: [],
  next_from: null,
}

test('sends the file as its user, and says how far it has come and what came of it', async () => {
  answers = [events(['progress', progress], ['completed', { ...whole, warnings: ['Odd.'] }])]
  const { code, stdout } = await importing(...own())
  expect(stdout).toBe('50 %  1 conversation\nOdd.\n1 imported, 0 unchanged, 0 failed.\n')
  expect(code).toBe(0)
  expect(asked).toMatchObject([
    {
      path: '/api/import?from=0',
      body: '[{"uuid":"a"}]',
      headers: {
        authorization: 'Bearer secret',
        accept: 'text/event-stream',
        'content-length': '14',
      },
    },
  ])
})

test('goes on by itself until all is in, and says each failure by its place', async () => {
  const error = { index: 2, line: null, offset: 40, source_id: 'c', detail: 'Too large' }
  const more = { index: 5, line: 9, offset: 90, source_id: null, detail: 'No conversation' }
  answers = [
    events(['completed', { ...whole, complete: false, failed: 2, errors: [error], next_from: 3 }]),
    events(['progress', progress], ['completed', { ...whole, failed: 1, errors: [more] }]),
  ]
  const { code, stdout, stderr } = await importing(...own())
  expect(asked.map(({ path }) => path)).toEqual(['/api/import?from=0', '/api/import?from=3'])
  expect(stdout).toContain('2 conversations, 2 failed\n2 imported, 0 unchanged, 3 failed.')
  expect(stderr).toContain('2 (byte 40, c): Too large\n  5 (line 9): No conversation\n  and 1 more')
  expect(code).toBe(1)
})

test('says that a file is not whole', async () => {
  answers = [events(['completed', { ...whole, complete: false }])]
  const { code, stderr } = await importing(...own())
  expect(stderr).toContain('The file is not whole')
  expect(code).toBe(1)
})

test.each<[what: string, answer: Answer, said: string]>([
  [
    'it is refused',
    (_, response) =>
      response.writeHead(415).end(JSON.stringify({ title: 'Not a file', detail: 'Send one.' })),
    'Hilo refused the file: Not a file. Send one.',
  ],
  [
    'it fails later',
    events(['failed', { problem: { title: 'Too large' } }]),
    'Hilo refused the file: Too large',
  ],
  [
    'something else answers',
    (_, response) => response.writeHead(502).end('<html>'),
    'Hilo refused the file: status 502',
  ],
  ['the connection ends', events(['progress', progress]), 'Import it again'],
])('if %s, it says so', async (_, answer, said) => {
  answers = [answer]
  const { code, stderr } = await importing(...own())
  expect(stderr).toContain(said)
  expect(code).toBe(1)
})

test('what it can not do is said with what to do', async () => {
  const said = async (...args: string[]) => (await importing(...args)).stderr
  expect(await said('nothing.json')).toContain('There is no file nothing.json.')
  expect(await said('export.json')).toContain('Run `npm start` first')
  expect(await said()).toMatch(/^Usage: npm run import -- FILE/)
  expect(await said('export.json', '--user', 'a', '--token', 'b')).toMatch(/^Usage/)
  expect(await said('export.json', '--url', 'http://localhost:1', '--token', 'b')).toContain(
    'Hilo can not be reached at http://localhost:1',
  )
})
