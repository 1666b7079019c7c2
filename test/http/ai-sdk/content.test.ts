import { describe, expect, test } from 'vitest'

import {
  type UIMessage,
  chatOf,
  messagesOf,
  storedIn,
  textOf,
  validated,
  versions,
} from '../../support/ai-sdk.ts'
import { type Client, append, as } from '../../support/api.ts'
import { givenConversation } from '../../support/given.ts'
import { network } from '../../support/network.ts'
import { callsTo, promptOf, says } from '../../support/questions.ts'
import { historyOf, proceed } from '../../support/turns.ts'

const PNG = 'data:image/png;base64,iVBORw0KGgo='
const PDF = 'data:application/pdf;base64,JVBERi0='

/** A user's message with every part that there is for one, and fields that nobody knows. */
const everything = (key: string) => [
  { type: 'text', text: `Look #${key}`, providerMetadata: { p: { a: [1, null] } } },
  { type: 'text', text: '' },
  { type: 'file', mediaType: 'image/png', url: PNG },
  { type: 'file', mediaType: 'image/jpeg', filename: 'a.jpg', url: 'https://files.test/a' },
  { type: 'file', mediaType: 'application/pdf', filename: 'a.pdf', url: PDF },
  { type: 'file', mediaType: 'text/plain', url: 'https://files.test/a.txt', filename: 'a.txt' },
  { type: 'source-url', sourceId: 's', url: 'https://a.test', title: 'A' },
  {
    type: 'source-document',
    sourceId: 'd',
    mediaType: 'text/plain',
    title: 'D',
    filename: 'd.txt',
  },
  { type: 'data-weather', id: 'w1', data: { city: 'Cádiz', warm: [true] } },
  { type: 'text', text: `What is it? #${key}` },
]

const stored = (client: Client, id: string) => storedIn(client, id)

describe.each(versions)('ai %i', (version) => {
  test('gives back what came by it as it came, and others read something sensible', async () => {
    const client = await as.user()
    const id = crypto.randomUUID()
    const key = crypto.randomUUID()
    await network.script(key, says('Nice.'))
    const chat = chatOf(version, client, { id })
    const metadata = { mood: 'good', nested: { list: [1, { two: null }] } }
    await chat.sendMessage({ parts: everything(key), metadata } as never)
    expect(chat.error).toBeUndefined()
    const copy = messagesOf(chat)
    expect(copy[0]).toMatchObject({ parts: everything(key), metadata })
    expect(await stored(client, id)).toEqual(copy)
    expect(await validated(version, await stored(client, id))).toEqual(copy)
    const [message] = await historyOf(client, id)
    expect(message?.content).toBe(`Look #${key}\nWhat is it? #${key}`)
    expect(message?.parts?.map(({ type }) => type)).toEqual([
      'text',
      'image_url',
      'image_url',
      'file',
      'source',
      'source',
      'source-document',
      'data',
      'text',
    ])
    const [seen] = await network.seen(key)
    const sent = JSON.stringify(promptOf(seen).at(-1))
    for (const part of [PNG, PDF, 'https://files.test/a', '[weather]']) expect(sent).toContain(part)
    const more = crypto.randomUUID()
    await network.script(more, says('Again.'))
    await chat.sendMessage({ text: `#${more}`, metadata: { second: true } })
    expect(await stored(client, id)).toEqual(messagesOf(chat))
  })

  test('shows what the model thought, and says what it took', async () => {
    const client = await as.user()
    const key = crypto.randomUUID()
    const thinking = (delta: object) => ({
      chunk: {
        id: 'c',
        object: 'chat.completion.chunk',
        created: 1,
        model: 'm',
        choices: [{ index: 0, delta, finish_reason: null }],
      },
    })
    await network.script(key, [
      thinking({ reasoning_content: 'Hm, ' }),
      thinking({ reasoning_content: 'well.' }),
      { text: 'So.' },
      { finish: 'length', tokens: 7 },
    ])
    const chat = chatOf(version, client)
    await chat.sendMessage({ text: `Hello #${key}` })
    expect(messagesOf(chat)[1]?.parts).toMatchObject([
      { type: 'step-start' },
      { type: 'reasoning', text: 'Hm, well.', state: 'done' },
      { type: 'text', text: 'So.', state: 'done' },
    ])
    expect(messagesOf(chat)[1]?.metadata).toMatchObject({ totalTokens: 7 })
    expect(await stored(client, chat.id)).toEqual(messagesOf(chat))
  })

  test('shows messages of other protocols, and goes on with them', async () => {
    const backend = as.service('backend', `user:${crypto.randomUUID()}`)
    const id = await givenConversation(backend)
    const call = { id: 'c1', type: 'function', function: { name: 'look', arguments: '{"at":1}' } }
    const written = await append(backend, id, [
      { role: 'system', content: 'Be kind' },
      {
        role: 'user',
        content: 'Look',
        parts: [
          { type: 'text', text: 'Look' },
          { type: 'image_url', image_url: { url: PNG } },
          { type: 'x-odd', a: 1 },
        ],
      },
      {
        role: 'assistant',
        content: 'I look',
        tool_calls: [call, { ...call, id: 'c2' }],
        model: 'm',
      },
      { role: 'tool', tool_call_id: 'c1', content: 'Seen' },
      {
        role: 'assistant',
        content: 'Half',
        parts: [
          { type: 'reasoning', text: 'Hm' },
          { type: 'refusal', text: 'No' },
        ],
        status: 'interrupted',
      },
      {
        role: 'assistant',
        content: 'A second',
        parts: [
          { type: 'data', name: 'd', data: null },
          { type: 'source', url: 'https://a.test' },
        ],
      },
      { role: 'tool', tool_call_id: 'lost', content: 'Of nothing' },
      {
        role: 'user',
        content: '',
        parts: [{ type: 'file', file: { filename: 'f', file_data: PDF } }],
      },
    ])
    expect(written.status).toBe(201)
    const messages = await stored(backend, id)
    expect(await validated(version, messages)).toEqual(messages)
    expect(messages.map(({ role, parts }) => [role, ...parts.map(({ type }) => type)])).toEqual([
      ['system', 'text'],
      ['user', 'text', 'file', 'data-x-odd'],
      [
        'assistant',
        'step-start',
        'text',
        'tool-look',
        'tool-look',
        'step-start',
        'reasoning',
        'text',
      ],
      ['assistant', 'step-start', 'data-d', 'source-url', 'text', 'dynamic-tool'],
      ['user', 'file'],
    ])
    const key = crypto.randomUUID()
    await network.script(key, says('On.'))
    const chat = chatOf(version, backend, { id, messages })
    await chat.sendMessage({ text: `On #${key}` })
    expect(chat.error).toBeUndefined()
    expect(await stored(backend, id)).toEqual(messagesOf(chat))
  })
})

test('calls of other programs’ tools are shown by name, whatever tools the page knows', async () => {
  const client = await as.user()
  const key = crypto.randomUUID()
  await network.script(key, callsTo('c1'))
  const id = await givenConversation(client)
  const look = { type: 'function', function: { name: 'look' } }
  const asked = await proceed(client, id, {
    messages: [{ role: 'user', content: `#${key}` }],
    tools: [look],
  })
  expect(asked.status).toBe(200)
  expect((await stored(client, id))[1]?.parts.at(-1)).toMatchObject({
    type: 'tool-look',
    state: 'input-available',
  })
})

test('what a page made up is left out, unless the deployment lets pages write it', async () => {
  const client = await as.session()
  const greeting = {
    id: 'hi',
    role: 'assistant',
    parts: [{ type: 'text', text: 'How can I help?' }],
  } as UIMessage
  const key = crypto.randomUUID()
  await network.script(key, says('So.'))
  const chat = chatOf(7, client, { messages: [greeting] })
  await chat.sendMessage({ text: `Hello #${key}` })
  expect(chat.error).toBeUndefined()
  expect((await stored(client, chat.id)).map(textOf)).toEqual([`Hello #${key}`, 'So.'])
  const more = crypto.randomUUID()
  await network.script(more, says('More.'))
  await chat.sendMessage({ text: `More #${more}` })
  expect((await stored(client, chat.id)).map(textOf)).toEqual(chat.messages.slice(1).map(textOf))
  const backend = as.service('backend', `user:${crypto.randomUUID()}`)
  const theirs = chatOf(7, backend, { messages: [greeting] })
  await theirs.sendMessage({ text: `Hello #${key}` })
  expect(await stored(backend, theirs.id)).toEqual(messagesOf(theirs))
})

test('a page of a long chat begins with a whole message, and leads to the older ones', async () => {
  const backend = as.service('backend', `user:${crypto.randomUUID()}`)
  const id = await givenConversation(backend)
  const call = { id: 'c', type: 'function', function: { name: 'look', arguments: '{}' } }
  const turn = (n: number) => [
    { role: 'user', content: `Question ${n}` },
    { role: 'assistant', content: '', tool_calls: [{ ...call, id: `c${n}` }] },
    { role: 'tool', tool_call_id: `c${n}`, content: 'Seen' },
    { role: 'assistant', content: `Answer ${n}` },
  ]
  for (let from = 0; from < 60; from += 20) {
    const messages = Array.from({ length: 20 }, (_, n) => turn(from + n)).flat()
    expect((await append(backend, id, messages)).status).toBe(201)
  }
  let path: string | undefined = `/api/chat/${id}/messages`
  const pages: UIMessage[][] = []
  while (path !== undefined) {
    const answer = await backend.get(path)
    pages.unshift(await answer.json<UIMessage[]>())
    path = /<([^>]+)>; rel="next"/.exec(answer.headers.get('link') ?? '')?.[1]
  }
  expect(pages).toHaveLength(2)
  const texts = pages.flat().map(textOf)
  expect(texts).toEqual(
    Array.from({ length: 60 }, (_, n) => [`Question ${n}`, `Answer ${n}`]).flat(),
  )
})
