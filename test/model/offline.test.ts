import { expect, test } from 'vitest'

import { type Client, as } from '../support/api.ts'
import { allEvents, textOf } from '../support/events.ts'
import { givenConversation } from '../support/given.ts'
import { network } from '../support/network.ts'
import { question } from '../support/questions.ts'
import { underSettings } from '../support/record.ts'
import { answered, turnOf } from '../support/turns.ts'

/** A conversation that the embedded model answers, with nothing else configured. */
async function givenOffline(client: Client, body: object = {}): Promise<string> {
  const id = await givenConversation(client, body)
  await underSettings(id, {
    MODEL_PROVIDER: 'offline',
    MODEL_API_KEY: undefined as never,
    MODEL_BASE_URL: '',
    MODEL_NAME: '',
  })
  return id
}

const says = async (client: Client, id: string, messages: object[], more: object = {}) =>
  (await answered(client, id, { messages, ...more })).message

test.concurrent.each([
  ['es', '[Modelo sin conexión] He recibido 4 palabras: «¿Qué es esto, Hilo?».'],
  ['es-MX', '[Modelo sin conexión] He recibido 4 palabras: «¿Qué es esto, Hilo?».'],
  ['en', '[Offline model] I received 4 words: “¿Qué es esto, Hilo?”.'],
  // There are no words of its own in these: English, and not what begins with the same letters.
  ['de', '[Offline model] I received 4 words: “¿Qué es esto, Hilo?”.'],
  ['esu', '[Offline model] I received 4 words: “¿Qué es esto, Hilo?”.'],
])('answers in the language of the conversation: %s', async (language, beginning) => {
  const ann = await as.user()
  const id = await givenOffline(ann, { language })
  const message = await says(ann, id, [{ role: 'user', content: '¿Qué es esto, Hilo?' }])
  expect(message.content.slice(0, beginning.length)).toBe(beginning)
  expect(message).toMatchObject({
    role: 'assistant',
    origin: 'model',
    model: 'offline',
    status: 'complete',
    finish_reason: 'stop',
    tokens_used: null,
  })
})

test.concurrent.each([
  ['es', 'He recibido 1 palabra: «Hola».'],
  ['en', 'I received 1 word: “Hola”.'],
])('counts one word as one: %s', async (language, heard) => {
  const ann = await as.user()
  const id = await givenOffline(ann, { language })
  const message = await says(ann, id, [{ role: 'user', content: 'Hola' }])
  expect(message.content).toContain(heard)
})

test.concurrent('speaks Spanish when nothing is said of the language', async () => {
  const ann = await as.user()
  const message = await says(ann, await givenOffline(ann), [question('spoken')])
  expect(message.content).toMatch(/^\[Modelo sin conexión\].*sin ningún modelo de lenguaje/)
})

test.concurrent('streams its answer in pieces, without asking anybody', async () => {
  const ann = await as.user()
  const id = await givenOffline(ann, { language: 'en' })
  const events = await allEvents(await ann.stream(id, turnOf('offline')))
  const deltas = events.filter(({ event }) => event === 'delta')
  expect(deltas.length).toBeGreaterThan(5)
  expect(events.at(-1)).toMatchObject({
    event: 'completed',
    data: { message: { content: textOf(events) } },
  })
  expect(await network.seen('offline')).toEqual([])
})

test.concurrent('names the tools that it sees, and calls none', async () => {
  const ann = await as.user()
  const id = await givenOffline(ann, { language: 'en' })
  const tools = ['look', 'book'].map((name) => ({ type: 'function', function: { name } }))
  const message = await says(ann, id, [question('tooled')], { tools })
  expect(message.content).toContain('I see the tools look, book, but call none.')
  expect(message.tool_calls).toBeNull()
})

test.concurrent('quotes the beginning of a long question, and of what was asked last', async () => {
  const ann = await as.user()
  const id = await givenOffline(ann, { language: 'en' })
  await says(ann, id, [{ role: 'user', content: 'first' }])
  const words = Array.from({ length: 30 }, (_, index) => `w${index + 1}`)
  const message = await says(ann, id, [{ role: 'user', content: words.join('\n ') }])
  expect(message.content).toContain(
    'I received 30 words: “w1 w2 w3 w4 w5 w6 w7 w8 w9 w10 w11 w12…”.',
  )
})

test.concurrent('reads the text of parts, and says which part has none', async () => {
  const ann = await as.user()
  const image = { type: 'image_url', image_url: { url: 'https://app.test/cat.png' } }
  const id = await givenOffline(ann, { language: 'en' })
  const parts = [{ type: 'text', text: 'Which cat?' }, image, { type: 'text', text: 'That one' }]
  const asked = await says(ann, id, [{ role: 'user', parts }])
  expect(asked.content).toContain('4 words: “Which cat? That one”')
  const shown = await says(ann, id, [{ role: 'user', parts: [image] }])
  expect(shown.content).toContain('I received no text.')
  const inSpanish = await givenOffline(ann, { language: 'es' })
  const mostrado = await says(ann, inSpanish, [{ role: 'user', parts: [image] }])
  expect(mostrado.content).toContain('No he recibido texto.')
})

test.concurrent('answers what a service asks where no user has said anything', async () => {
  const service = as.service('backend', `user:${crypto.randomUUID()}`)
  const id = await givenOffline(service, { language: 'en' })
  const message = await says(service, id, [{ role: 'system', content: 'Greet them.' }])
  expect(message.content).toContain('I received no text.')
})
