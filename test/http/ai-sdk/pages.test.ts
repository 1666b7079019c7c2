import { expect, test } from 'vitest'

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
import { callsTo, says } from '../../support/questions.ts'
import { proceed } from '../../support/turns.ts'

const stored = (client: Client, id: string) => storedIn(client, id)

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

test('whatever others write where this protocol keeps its own, the chat can be read', async () => {
  const backend = as.service('backend', `user:${crypto.randomUUID()}`)
  const call = { id: 'c', type: 'function', function: { name: 'look', arguments: '{}' } }
  const hostile = [
    { parts: 'none' },
    { parts: [{ only: 7 }, 3, { same: true }, { plus: null }] },
    { id: 7, metadata: null },
    { isJson: true, state: 'output-odd', approval: 1 },
    'a text',
    [null],
  ]
  for (const extra of hostile) {
    const fields = { extra: { 'ai-sdk': extra } }
    const id = await givenConversation(backend)
    const written = await append(backend, id, [
      { role: 'user', content: 'Hello', ...fields },
      { role: 'assistant', content: 'Hi', tool_calls: [call], ...fields },
      { role: 'tool', tool_call_id: 'c', content: 'no json', ...fields },
    ])
    expect(written.status).toBe(201)
    const messages = await storedIn(backend, id)
    expect(messages.map(textOf)).toEqual(['Hello', 'Hi'])
    for (const version of versions) expect(await validated(version, messages)).toEqual(messages)
  }
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
    if (path === undefined) continue
    const another = await givenConversation(backend, {
      messages: [{ role: 'user', content: 'Hi' }],
    })
    expect((await backend.get(path.replace(id, another))).status).toBe(422)
  }
  expect(pages).toHaveLength(2)
  const texts = pages.flat().map(textOf)
  expect(texts).toEqual(
    Array.from({ length: 60 }, (_, n) => [`Question ${n}`, `Answer ${n}`]).flat(),
  )
})
