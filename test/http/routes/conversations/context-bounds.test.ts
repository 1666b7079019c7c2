import { describe, expect, test } from 'vitest'

import { type Client, append, as, at, bodyOf } from '../../../support/api.ts'
import { givenConversation } from '../../../support/given.ts'
import { importing } from '../../../support/importing.ts'
import { network } from '../../../support/network.ts'
import { problemOf } from '../../../support/problems.ts'
import { inStorage, underSettings } from '../../../support/record.ts'

const ask = (client: Client, id: string, key: string, more: object = {}, message: object = {}) =>
  client.post(`${at(id)}/continue`, {
    messages: [{ id: 'q', role: 'user', content: `What now? #${key}`, ...message }],
    ...more,
  })

/** What the provider was sent, as text. */
const sentFor = async (key: string) => JSON.stringify((await network.seen(key))[0]?.body ?? null)

const toolOf = (description: string, name = 'look') => ({
  type: 'function',
  function: { name, description, parameters: { type: 'object' } },
})

/** Far less than this is sent if CONTEXT_TOKENS is 8,000. */
const ENOUGH_CHARS = 60_000

describe('what goes to a model beside messages', () => {
  test('is refused if it leaves too little for what was said, and nothing is stored', async () => {
    const ann = await as.user()
    const id = await givenConversation(ann)
    for (const tools of [
      [toolOf('x y '.repeat(200_000))],
      Array.from({ length: 100 }, (_, n) => toolOf('one two three '.repeat(40), `look${n}`)),
    ]) {
      expect(await problemOf(ask(ann, id, 'tools', { tools }))).toMatchObject({
        type: '/problems/invalid-request',
        status: 422,
        detail: 'Nothing of this request was stored. Send fewer or shorter tools.',
        errors: [{ pointer: '/tools', detail: expect.stringContaining('6000 tokens') as string }],
      })
    }
    expect(await network.seen('tools')).toEqual([])
    expect(await bodyOf(ann.get(`${at(id)}/messages`))).toMatchObject({ data: [] })
  })

  test('takes its share of the context from older messages, never from the question', async () => {
    const ann = await as.user()
    const words = 'one two three four five '.repeat(100)
    const messages = Array.from({ length: 12 }, () => ({ role: 'user', content: words }))
    const id = await givenConversation(ann, { messages })
    expect((await ask(ann, id, 'without')).status).toBe(200)
    const other = await givenConversation(ann, { messages })
    const tools = [toolOf('six seven eight nine ten '.repeat(900))]
    expect((await ask(ann, other, 'with', { tools })).status).toBe(200)
    const [without, having] = [await sentFor('without'), await sentFor('with')]
    const count = (sent: string) => sent.split(words).length - 1
    expect(count(without)).toBe(12)
    expect(count(having)).toBeGreaterThan(0)
    expect(count(having)).toBeLessThan(12)
    expect(having).toContain('What now?')
  })
})

describe('a file', () => {
  const parts = (...files: object[]) => ({
    content: '',
    parts: [...files.map((file) => ({ type: 'file', file })), { type: 'text', text: '#filed' }],
  })

  test('counts by its length, so that one that is too long is not sent', async () => {
    const ann = await as.user()
    const id = await givenConversation(ann)
    const data = `data:application/pdf;base64,${'QUJD'.repeat(200_000)}`
    const file = { filename: 'a.pdf', file_data: data }
    expect((await ask(ann, id, 'filed', {}, parts(file))).status).toBe(200)
    const sent = await sentFor('filed')
    expect(sent.length).toBeLessThan(ENOUGH_CHARS)
    expect(sent).toContain('#filed')
  })

  test('of the provider’s account is a service’s to name, and nobody else’s', async () => {
    const [ann, visitor] = [await as.user(), await as.session()]
    const named = { role: 'user', ...parts({ file_id: 'file-of-another' }) }
    for (const client of [ann, visitor]) {
      const id = await givenConversation(client)
      for (const answer of [
        ask(client, id, 'filed', {}, named),
        append(client, id, [named]),
        client.post('/api/conversations', { messages: [named] }),
      ]) {
        expect(await problemOf(answer)).toMatchObject({
          status: 422,
          detail: 'Nothing of this request was stored.',
          errors: [{ pointer: '/messages/0/parts/0/file/file_id' }],
        })
      }
      expect(await bodyOf(client.get(`${at(id)}/messages`))).toMatchObject({ data: [] })
    }
    const backend = as.service('backend', `user:${crypto.randomUUID()}`)
    const id = await givenConversation(backend)
    const its = {
      content: '',
      parts: [...parts({ file_id: 'file-1' }).parts.slice(0, 1), text('#its')],
    }
    expect((await ask(backend, id, 'its', {}, its)).status).toBe(200)
    expect(await sentFor('its')).toContain('file-1')
  })

  const text = (content: string) => ({ type: 'text', text: content })

  test('that was stored or imported with such an id is shown, and sent by a name', async () => {
    const ann = await as.user()
    const stored = await givenConversation(ann, {
      language: 'en',
      messages: [{ role: 'user', parts: [{ type: 'file', file: { filename: 'b.pdf' } }] }],
    })
    const old = JSON.stringify([
      { type: 'file', file: { file_id: 'file-old', filename: 'b.pdf' } },
      { type: 'file', file: { file_id: 'file-old', file_data: 'data:text/plain;base64,SGk=' } },
    ])
    await inStorage(stored, 'UPDATE messages SET parts = ? WHERE seq = 1', old)
    expect(JSON.stringify(await bodyOf(ann.get(at(stored))))).toContain('file-old')
    expect((await ask(ann, stored, 'old')).status).toBe(200)
    const sent = await sentFor('old')
    expect(sent).not.toContain('file-old')
    expect(sent).toContain('[file] b.pdf')
    expect(sent).toContain('data:text/plain;base64,SGk=')

    const service = as.service('backend', `user:${crypto.randomUUID()}`)
    const from = await givenConversation(service, {
      messages: [{ role: 'user', parts: [{ type: 'file', file: { file_id: 'file-gone' } }] }],
    })
    const file = await (await service.get(`${at(from)}/export?format=ndjson`)).text()
    const answer = await importing(ann, file)
    const id = answer.conversations[0]?.id ?? ''
    expect(JSON.stringify(await bodyOf(ann.get(at(id))))).toContain('file-gone')
    expect((await ask(ann, id, 'gone')).status).toBe(200)
    expect(await sentFor('gone')).not.toContain('file-gone')
  })
})

test('a conversation’s own system messages leave room for what was said', async () => {
  const service = as.service('backend', `user:${crypto.randomUUID()}`)
  const rule = (text: string) => ({ role: 'system', content: text })
  const id = await givenConversation(service, {
    messages: [rule('the first rule '.repeat(9_000)), rule('Be brief.')],
  })
  expect((await ask(service, id, 'ruled')).status).toBe(200)
  const sent = await sentFor('ruled')
  expect(sent.length).toBeLessThan(ENOUGH_CHARS)
  expect(sent).toContain('Be brief.')
  expect(sent).toContain('What now?')
  const context = await bodyOf<{ token_estimate: number }>(service.get(`${at(id)}/context`))
  expect(context.token_estimate).toBeLessThanOrEqual(8_000)
})

test('calls with endless arguments keep within the context', async () => {
  const service = as.service('backend', `user:${crypto.randomUUID()}`)
  const call = (n: number) => ({
    id: `c${n}`,
    type: 'function',
    function: { name: 'look', arguments: JSON.stringify({ at: 'a word in time '.repeat(4_000) }) },
  })
  const id = await givenConversation(service, {
    messages: [
      { role: 'assistant', tool_calls: [call(1), call(2)] },
      { role: 'tool', tool_call_id: 'c1', content: 'one' },
      { role: 'tool', tool_call_id: 'c2', content: 'two #called' },
    ],
  })
  await underSettings(id, { CONTEXT_TOKENS: '1000' })
  expect((await service.post(`${at(id)}/continue`, { messages: [] })).status).toBe(200)
  const sent = await sentFor('called')
  expect(sent.length).toBeLessThan(8_000)
  const context = await bodyOf<{ token_estimate: number; messages: { tool_calls?: object[] }[] }>(
    service.get(`${at(id)}/context?max_messages=3`),
  )
  expect(context.token_estimate).toBeLessThanOrEqual(1_000)
  for (const one of JSON.parse(sent).messages[1].tool_calls) JSON.parse(one.function.arguments)
})
