import { expect, test } from 'vitest'

import { as, at, sendWith } from '../../../support/api.ts'
import { countedPages, exportedTo, gone, linesOf } from '../../../support/exports.ts'
import { givenConversation, userMessages } from '../../../support/given.ts'
import { givenLongHistory } from '../../../support/histories.ts'
import { eventually } from '../../../support/record.ts'
import { listen } from '../../../support/said.ts'

test('asks for a page when its reader has read the one before, and for none ahead', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  await givenLongHistory(id, 100_000, 'x'.repeat(100))
  const pages = countedPages()
  const said = listen()
  const response = await exportedTo(ann, pages, `${at(id)}/export`)
  const reader = response.body!.getReader()
  expect(pages.asked).toHaveLength(1)
  const decoder = new TextDecoder()
  let [last, messages, largest, text] = [0, 0, 0, '']
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    largest = Math.max(largest, value.byteLength)
    text += decoder.decode(value, { stream: true })
    const lines = text.split('\n')
    text = lines.pop() ?? ''
    for (const line of lines) {
      const { object, seq } = JSON.parse(line) as { object: string; seq: number }
      if (object !== 'message') continue
      expect(seq).toBe(last + 1)
      last = seq
      messages += 1
    }
    // The page that is being read, and no other.
    expect(pages.asked.length).toBeLessThanOrEqual(Math.floor(messages / 1_000) + 1)
  }
  expect(messages).toBe(100_000)
  expect(pages.asked).toHaveLength(100)
  expect(largest).toBeLessThan(100_000)
  expect(said.all('exported')).toMatchObject([
    { format: 'ndjson', conversations: 1, messages: 100_000 },
  ])
})

test('stops with its reader', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  await givenLongHistory(id, 10_000, 'x'.repeat(100))
  const pages = countedPages()
  const said = listen()
  const response = await exportedTo(ann, pages, `${at(id)}/export?format=markdown`)
  const reader = response.body!.getReader()
  while (pages.asked.length < 3) await reader.read()
  await reader.cancel()
  expect(await reader.read()).toMatchObject({ done: true })
  expect(pages.asked).toHaveLength(3)
  expect(said.all('export-left')).toMatchObject([{ format: 'markdown', conversations: 1 }])
  expect(said.all('exported')).toEqual([])
})

test('stops with its request', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  await givenLongHistory(id, 5_000, 'x'.repeat(100))
  const pages = countedPages()
  const said = listen()
  const client = new AbortController()
  const init = { headers: ann.headers, signal: client.signal }
  const response = await sendWith(pages, `${at(id)}/export`, init)
  const reader = response.body!.getReader()
  await reader.read()
  client.abort()
  await eventually(() => said.all('export-left').length === 1)
  expect(await reader.read()).toMatchObject({ done: true })
  expect(pages.asked).toHaveLength(1)
})

test('ends with the message that was the last when it began', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  await givenLongHistory(id, 2_500, 'x')
  const response = await exportedTo(ann, countedPages(), `${at(id)}/export`)
  const more = userMessages(3, 90_001)
  expect((await ann.post(`${at(id)}/messages`, { messages: more })).status).toBe(201)
  const { conversations, messages, end } = await linesOf(response)
  expect(messages.map(({ seq }) => seq)).toEqual(Array.from({ length: 2_500 }, (_, n) => n + 1))
  expect(conversations).toMatchObject([{ message_count: 2_500 }])
  expect(end.messages).toBe(2_500)
})

test('asks for as many pages as long messages take, and has them all once', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  // A page carries four megabytes of text.
  await givenLongHistory(id, 100, 'ñ'.repeat(200_000))
  const pages = countedPages()
  const { messages } = await linesOf(await exportedTo(ann, pages, `${at(id)}/export`))
  expect(messages.map(({ seq }) => seq)).toEqual(Array.from({ length: 100 }, (_, n) => n + 1))
  expect(pages.asked).toHaveLength(5)
})

const broken = () => {
  throw new Error('Said: a secret')
}
const overloaded = () => {
  throw Object.assign(new Error('too much'), { overloaded: true })
}

test.each([
  ['fails', broken, 'Error'],
  ['is overloaded', overloaded, 'try-again'],
  ['is gone', gone, 'gone'],
] as const)(
  'is cut, without a footer, when its object %s in the middle',
  async (_, what, error) => {
    const ann = await as.user()
    const id = await givenConversation(ann)
    await givenLongHistory(id, 2_500, 'x')
    const said = listen()
    const response = await exportedTo(
      ann,
      countedPages((page) => (page === 2 ? what() : undefined)),
      `${at(id)}/export`,
    )
    expect(response.status).toBe(200)
    const decoder = new TextDecoder()
    let text = ''
    const read = async () => {
      for await (const bytes of response.body!) text += decoder.decode(bytes, { stream: true })
    }
    await expect(read()).rejects.toThrow('The export was cut')
    expect([text.includes('"seq":500,'), text.includes('hilo.export.end')]).toEqual([true, false])
    expect(said.all('export-failed')).toMatchObject([{ conversations: 1, error }])
    expect(said.all('export-left')).toEqual([])
    expect(said.text()).not.toContain('secret')
  },
)

test('leaves out what was erased, or became another’s, since it began', async () => {
  const ann = await as.user()
  const ids = [await givenConversation(ann), await givenConversation(ann)].toSorted()
  const pages = countedPages((_, id) => (id === ids[0] ? gone() : undefined))
  const { conversations, end } = await linesOf(await exportedTo(ann, pages, '/api/export'))
  expect(conversations.map(({ id }) => id)).toEqual([ids[1]])
  expect(end).toMatchObject({ conversations: 1 })
  expect(pages.asked.map(({ id }) => id)).toEqual(ids)
})

test('is cut when a conversation of many can not be reached', async () => {
  const ann = await as.user()
  await givenConversation(ann)
  listen()
  const response = await exportedTo(ann, countedPages(overloaded), '/api/export')
  await expect(response.arrayBuffer()).rejects.toThrow('The export was cut')
})

test('asks for nothing when only the headers are wanted', async () => {
  const ann = await as.user()
  await givenConversation(ann)
  const pages = countedPages()
  const init = { method: 'HEAD', headers: ann.headers }
  const response = await sendWith(pages, '/api/export?format=csv', init)
  expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8')
  expect(await response.text()).toBe('')
  expect(pages.asked).toEqual([])
})
