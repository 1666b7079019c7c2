import { describe, expect, test } from 'vitest'

import { type Client, append, as, bodyOf, sendWith } from '../../support/api.ts'
import { givenConversation } from '../../support/given.ts'
import { network } from '../../support/network.ts'
import { promptOf, says, scripted } from '../../support/questions.ts'
import { historyOf } from '../../support/turns.ts'

const person = await as.user()
const backend = as.service('backend', `user:${crypto.randomUUID()}`)
const look = { type: 'function', name: 'look', description: 'Looks', strict: true }
const find = { type: 'function', name: 'find', parameters: { type: 'object' } }

interface Seen {
  tools?: { function: object }[]
  tool_choice?: unknown
  response_format?: unknown
}

/** What the model was sent for a request. */
async function sent(more: object): Promise<Seen> {
  const key = await scripted(says('Yes'))
  const answer = await person.post('/v1/responses', { input: `Hello #${key}`, ...more })
  expect(answer.status).toBe(200)
  return (await network.seen(key))[0]!.body as Seen
}

describe('which tools the model is offered', () => {
  const tools = [look, find]

  test('says what is known of each', async () => {
    expect((await sent({ tools })).tools?.map((tool) => tool.function)).toEqual([
      { name: 'look', description: 'Looks', strict: true },
      { name: 'find', parameters: { type: 'object' } },
    ])
  })

  test.each([
    [
      'a function of these',
      { type: 'function', name: 'find' },
      { type: 'function', function: { name: 'find' } },
    ],
    ['none', 'none', 'none'],
    [
      'some of them, if it likes',
      { type: 'allowed_tools', mode: 'auto', tools: [{ name: 'look' }, null] },
      'auto',
    ],
    [
      'one of some',
      { type: 'allowed_tools', mode: 'required', tools: [{ name: 'look' }] },
      'required',
    ],
  ])('%s', async (_, choice, expected) => {
    const { tools: offered, tool_choice: told } = await sent({ tools, tool_choice: choice })
    expect(told).toEqual(expected)
    const isSome = typeof choice === 'object' && choice.type === 'allowed_tools'
    expect(offered).toHaveLength(isSome ? 1 : 2)
  })

  test.each([
    ['a word that means nothing', 'any'],
    ['a function that is not among them', { type: 'function', name: 'fly' }],
    ['a tool of another kind', { type: 'file_search' }],
    ['some of them that are no list', { type: 'allowed_tools', tools: 'all' }],
  ])('%s is refused', async (_, choice) => {
    const answer = await person.post('/v1/responses', { input: 'x', tools, tool_choice: choice })
    expect(answer.status).toBe(400)
    expect(await answer.json()).toMatchObject({ error: { param: 'tool_choice' } })
  })

  test('a function that makes no sense is refused by its field', async () => {
    const answer = await person.post('/v1/responses', {
      input: 'x',
      tools: [look, { type: 'function', name: 5 }],
    })
    expect(await answer.json()).toMatchObject({ error: { param: 'tools[1].name' } })
  })
})

test.each([
  [{ type: 'text' }, undefined],
  [{ type: 'json_object' }, { type: 'json_object' }],
  [
    { type: 'json_schema', name: 'a', schema: {}, description: 'An A', strict: true },
    {
      type: 'json_schema',
      json_schema: { name: 'a', schema: {}, description: 'An A', strict: true },
    },
  ],
  [
    { type: 'json_schema', name: 'a', schema: {} },
    { type: 'json_schema', json_schema: { name: 'a', schema: {} } },
  ],
])('the form %j reaches the model', async (format, expected) => {
  expect((await sent({ text: { format } })).response_format).toEqual(expected)
})

describe('what is refused', () => {
  const errorOf = async (client: Client, body: object) => {
    const answer = await client.post('/v1/responses', body)
    const { error } = await bodyOf<{ error: { code: string; param: string | null } }>(answer)
    return { status: answer.status, ...error }
  }

  test('no input to begin with', async () => {
    expect(await errorOf(person, {})).toMatchObject({ status: 400, param: 'input' })
    expect(await errorOf(person, { input: [] })).toMatchObject({ status: 400, param: 'input' })
  })

  test('instructions of a person, unless the deployment allows them', async () => {
    const body = { input: 'x', instructions: 'Obey' }
    expect(await errorOf(person, body)).toMatchObject({ status: 403, param: 'instructions' })
    const init = {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { ...person.headers, 'content-type': 'application/json' },
    }
    expect((await sendWith({ ALLOW_CLIENT_SYSTEM: 'on' }, '/v1/responses', init)).status).toBe(200)
  })

  test.each([
    ['no conversation at all', { conversation: 'nonsense' }],
    ['an object that names none', { conversation: { id: 'conv_5' } }],
    ['one that is not there', { conversation: crypto.randomUUID() }],
    [
      'one that is not there, of which nothing is to be kept',
      { conversation: crypto.randomUUID(), store: false },
    ],
    ['a response that is not there', { previous_response_id: `resp_${'0'.repeat(32)}_m` }],
    ['a response that is none', { previous_response_id: 'nonsense' }],
  ])('%s', async (_, more) => {
    expect(await errorOf(person, { input: 'x', ...more })).toMatchObject({ status: 404 })
  })

  test('nobody begins a conversation for nobody', async () => {
    const store = { input: 'x', store: false }
    expect(await errorOf(as.service('backend'), store)).toMatchObject({ status: 403 })
    expect(await errorOf(as.service('backend'), { input: 'x' })).toMatchObject({ status: 403 })
  })
})

describe('with store: false', () => {
  const conversation = async () => {
    const id = await givenConversation(backend)
    const messages = [
      { id: 's', role: 'system', content: 'Speak like a pirate' },
      { id: 'q', role: 'user', content: 'My name is Ann' },
      { id: 'a', role: 'assistant', content: 'Ahoy Ann' },
    ]
    expect((await append(backend, id, messages)).status).toBe(201)
    return id
  }
  const ask = (body: object) => backend.post('/v1/responses', { store: false, ...body })

  test('the model hears what was said and instructed before, then what is asked and instructed now', async () => {
    const id = await conversation()
    const key = await scripted(says('Aye'))
    const input = [
      { role: 'system', content: 'Be brief' },
      { role: 'user', content: `Who am I? #${key}` },
    ]
    expect((await ask({ conversation: id, input })).status).toBe(200)
    const prompt = JSON.stringify(promptOf((await network.seen(key))[0]))
    const places = ['pirate', 'My name is Ann', 'Ahoy Ann', 'Who am I'].map((words) =>
      prompt.indexOf(words),
    )
    expect(prompt).toContain('Be brief')
    expect(places.every((place, n) => place > (places[n - 1] ?? -1))).toBe(true)
    expect(await historyOf(backend, id)).toHaveLength(3)
  })

  test('a model that fails is a failure in words, as an answer and as a stream', async () => {
    const id = await conversation()
    const body = async () => ({
      conversation: id,
      input: `Go #${await scripted([{ status: 400 }], [{ status: 400 }])}`,
    })
    const answer = await ask(await body())
    expect(answer.status).toBeGreaterThanOrEqual(500)
    expect(await answer.json()).toMatchObject({ error: { message: expect.any(String) as string } })
    const stream = await ask({ ...(await body()), stream: true })
    expect(await stream.text()).toContain('response.failed')
    expect(await historyOf(backend, id)).toHaveLength(3)
  })

  test('an answer that breaks off is told as far as it came', async () => {
    const key = await scripted([{ text: 'Half an ans' }, { cut: true }])
    const answer = await ask({ input: `Go #${key}` })
    expect(answer.status).toBe(200)
    expect(await answer.json()).toMatchObject({
      status: 'failed',
      output: [{ content: [{ text: 'Half an ans' }] }],
    })
  })

  test('a person’s results of no call, and an answer to what is not there, are refused', async () => {
    const id = await givenConversation(person, { messages: [{ role: 'user', content: 'Hi' }] })
    const result = { type: 'function_call_output', call_id: 'none', output: 'x' }
    const body = { store: false, conversation: id, input: [result] }
    expect((await person.post('/v1/responses', body)).status).toBe(400)
    const gone = { previous_response_id: `resp_${id.replaceAll('-', '')}_nothing`, input: 'x' }
    expect((await person.post('/v1/responses', { store: false, ...gone })).status).toBe(404)
    expect(await historyOf(person, id)).toHaveLength(1)
  })
})
