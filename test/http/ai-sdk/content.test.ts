import { describe, expect, test } from 'vitest'

import { chatOf, messagesOf, storedIn, validated, versions } from '../../support/ai-sdk.ts'
import { type Client, append, as } from '../../support/api.ts'
import { givenConversation } from '../../support/given.ts'
import { network } from '../../support/network.ts'
import { promptOf, says } from '../../support/questions.ts'
import { historyOf } from '../../support/turns.ts'

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
