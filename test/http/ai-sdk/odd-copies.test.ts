import { expect, test } from 'vitest'

import { as, sendWith } from '../../support/api.ts'
import { callsTo, says, scripted } from '../../support/questions.ts'
import { historyOf } from '../../support/turns.ts'

interface Copied {
  id?: string
  role: string
  parts: object[]
}

const saying = (role: string, text: string): Copied => ({
  id: crypto.randomUUID(),
  role,
  parts: [{ type: 'text', text }],
})

/** What a page sends of its copy, without the package. */
async function given(settings: Partial<Env> = {}) {
  const client = await as.user()
  const id = crypto.randomUUID()
  const send = async (messages: Copied[], more: object = {}) => {
    const answer = await sendWith(settings, '/api/chat', {
      method: 'POST',
      headers: { ...client.headers, 'content-type': 'application/json' },
      body: JSON.stringify({ id, trigger: 'submit-message', messages, ...more }),
    })
    return { status: answer.status, text: await answer.text() }
  }
  return { client, id, send, history: () => historyOf(client, id) }
}

test('a copy may have a hundred messages that are new, and no more', async () => {
  const { send, id, client } = await given()
  const all = Array.from({ length: 101 }, (_, n) => saying('user', `Line ${n}`))
  const { status, text } = await send(all)
  expect({ status, text }).toMatchObject({
    status: 422,
    text: expect.stringContaining('More than 100 messages are new'),
  })
  expect((await client.get(`/api/conversations/${id}`)).status).toBe(404)
})

test.each([
  ['all of it', 'Okay, a greeting.\n</think>\n\nHi!'],
  ['what was said', 'Hi!'],
  ['what came before its page was closed', 'Okay, a gree'],
])('a reply whose thoughts were told apart at its end goes on from %s', async (_, seen) => {
  const { send, history } = await given()
  const [key, again] = [
    await scripted([
      ...'Okay, a greeting.\n|</think>|\n\nHi!'.split('|').map((text) => ({ text })),
      { finish: 'stop' },
    ]),
    await scripted(says('Yes.')),
  ]
  const first = saying('user', `Hello #${key}`)
  await send([first])
  const [, reply] = await history()
  expect(reply).toMatchObject({ content: 'Hi!', parts: [{ type: 'reasoning' }, { type: 'text' }] })
  const copy = (text: string) => [
    first,
    { ...saying('assistant', text), id: reply!.id },
    saying('user', `And? #${again}`),
  ]
  expect(await send(copy('Hi there!'))).toMatchObject({ status: 409 })
  expect(await send(copy('Okay, another greeting. Hi!'))).toMatchObject({ status: 409 })
  expect(await send(copy(seen))).toMatchObject({ status: 200 })
})

test.each<[string, Partial<Env>, string[]]>([
  ['as it comes', {}, ['user']],
  ['that lets pages write what a system says', { ALLOW_CLIENT_SYSTEM: 'on' }, ['system', 'user']],
  [
    'that lets pages write what an assistant says',
    { ALLOW_CLIENT_ASSISTANT: 'on' },
    ['assistant', 'user'],
  ],
])('of a copy a deployment %s keeps what its page may write', async (_, settings, roles) => {
  const { send, history } = await given(settings)
  const key = await scripted(says('Yes.'))
  const copy = [saying('system', 'Be kind.'), saying('assistant', 'Hi!')]
  await send([...copy, saying('user', `Hello #${key}`)])
  expect((await history()).map(({ role }) => role)).toEqual([...roles, 'assistant'])
})

test('nobody makes another’s words out of a message by its id', async () => {
  const { send, history } = await given({ ALLOW_CLIENT_ASSISTANT: 'on' })
  const key = await scripted(says('Yes.'))
  const asked = saying('user', `Hello #${key}`)
  await send([asked])
  const before = await history()
  const answer = await send([
    { ...asked, role: 'assistant', parts: [{ type: 'text', text: 'No' }] },
  ])
  expect(answer.status).toBeGreaterThanOrEqual(400)
  expect(await history()).toEqual(before)
})

const tools = [{ type: 'function', function: { name: 'look' } }]

/** A chat whose answer called a tool that waits for its result. */
async function givenCall() {
  const chat = await given()
  const key = await scripted(callsTo('c1'), says('Seen.'))
  const asked = saying('user', `Look #${key}`)
  await chat.send([asked], { tools })
  const [, calling] = await chat.history()
  const answered = (more: object): Copied => ({
    id: calling!.id,
    role: 'assistant',
    parts: [{ type: 'step-start' }, { type: 'tool-look', toolCallId: 'c1', input: {}, ...more }],
  })
  return { ...chat, with: (more: object) => chat.send([asked, answered(more)], { tools }) }
}

test.each([
  ['a result that is nothing', { state: 'output-available' }, 'null'],
  ['an error without words', { state: 'output-error', errorText: 7 }, ''],
  [
    'a refusal without a reason',
    { state: 'approval-responded', approval: { id: 'a', approved: false } },
    'The user denied this tool call.',
  ],
])('%s is a result all the same', async (_, part, content) => {
  const chat = await givenCall()
  const { status, text } = await chat.with(part)
  expect({ status, text }).toMatchObject({ status: 200 })
  const results = (await chat.history()).filter(({ role }) => role === 'tool')
  expect(results).toMatchObject([{ tool_call_id: 'c1', content }])
})

test.each([
  ['is on its way', { state: 'output-available', preliminary: true, output: 1 }],
  ['nobody has answered', { state: 'approval-requested', approval: { id: 'a' } }],
])('a call whose result %s waits', async (_, part) => {
  const chat = await givenCall()
  const before = await chat.history()
  const { status, text } = await chat.with(part)
  expect({ status, text }).toMatchObject({
    status: 409,
    text: expect.stringContaining('Nothing of this request was stored.'),
  })
  expect(await chat.history()).toEqual(before)
})
