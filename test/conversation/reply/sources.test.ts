import { expect, test } from 'vitest'

import { chatOf, messagesOf, storedIn, versions } from '../../support/ai-sdk.ts'
import { as, at } from '../../support/api.ts'
import { eventsOf } from '../../support/events.ts'
import { givenConversation } from '../../support/given.ts'
import { openaiFor } from '../../support/openai.ts'
import { question, says, scripted } from '../../support/questions.ts'
import { historyOf, proceed, wholeHistoryOf } from '../../support/turns.ts'

const citations = ['https://a.test/1', 'https://b.test/2']
const piece = (content: string, more: object = {}) => ({
  chunk: { choices: [{ index: 0, delta: { content } }], ...more },
})
const found = { search_results: [{ url: citations[0], title: 'One' }] }
const answer = [piece('So[1]', { citations }), piece(' it is[2]'), { finish: 'stop', tokens: 4 }]
const sources = [
  { type: 'source', url: citations[0], title: 'One' },
  { type: 'source', url: citations[1] },
]

test('the pages that a reply comes from are kept with it, and in exports', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const last = { chunk: { choices: [{ delta: {}, finish_reason: 'stop' }], ...found } }
  const key = await scripted([...answer.slice(0, 2), last, { finish: 'stop' }])
  const asked = await proceed(ann, id, { messages: [question(key)] })
  expect(asked.status).toBe(200)
  const [, reply] = await historyOf(ann, id)
  expect(reply).toMatchObject({ content: 'So[1] it is[2]', status: 'complete' })
  expect(reply?.parts).toEqual([{ type: 'text', text: 'So[1] it is[2]' }, ...sources])
  const markdown = await (await ann.get(`${at(id)}/export?format=markdown`)).text()
  expect(markdown).toContain('[One](<https://a.test/1>)')
})

test('so are those of a reply that was stopped, as far as they were told', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const gate = crypto.randomUUID()
  const key = await scripted([answer[0]!, { gate }, ...answer.slice(1)])
  const events = eventsOf(await ann.stream(id, { messages: [question(key)] }))
  for await (const { event } of events) if (event === 'delta') break
  await ann.post(`${at(id)}/stop`, {})
  const [, reply] = await historyOf(ann, id)
  expect(reply).toMatchObject({ content: 'So[1]', status: 'interrupted' })
  expect(reply?.parts?.slice(1)).toEqual(citations.map((url) => ({ type: 'source', url })))
})

test.each(versions)(
  'ai %i shows them as they come, and the same when it is read again',
  async (version) => {
    const client = await as.session()
    const chat = chatOf(version, client)
    await chat.sendMessage({ text: `Hello #${await scripted(answer)}` })
    const shown = messagesOf(chat)
      .at(-1)
      ?.parts.filter(({ type }) => type === 'source-url')
    expect(shown).toMatchObject(citations.map((url) => ({ url })))
    expect(await storedIn(client, chat.id)).toEqual(messagesOf(chat))
    await chat.sendMessage({ text: `More #${await scripted(says('Done'))}` })
    expect(await wholeHistoryOf(client)).toHaveLength(4)
  },
)

test('a response has them as annotations, streamed or not', async () => {
  const openai = openaiFor(await as.user())
  const input = async () => `Hello #${await scripted(answer)}`
  const cited = citations.map((url) => ({ type: 'url_citation', url }))
  const whole = await openai.responses.create({ model: 'test-model', input: await input() })
  expect(whole.output).toMatchObject([{ content: [{ annotations: cited }] }])
  const stream = openai.responses.stream({ model: 'test-model', input: await input() })
  const done: unknown[] = []
  stream.on('response.content_part.done', ({ part }) => done.push(part))
  const { output } = await stream.finalResponse()
  expect(output).toMatchObject([{ content: [{ annotations: cited }] }])
  expect(done).toMatchObject([{ annotations: cited }])
})
