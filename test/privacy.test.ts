import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'

import { type Client, as, sendWith } from './support/api.ts'
import { network } from './support/network.ts'
import {
  d1Error,
  dutiesOf,
  eventually,
  faultyD1,
  ringWhenDue,
  underFaults,
} from './support/record.ts'
import { listen } from './support/said.ts'

/** A word that nobody else says. */
const word = () => `w${crypto.randomUUID().replaceAll('-', '')}`

/** What a person says in every place where there is text, each place a word of its own. */
function given() {
  const said = {
    title: word(),
    topic: word(),
    key: word(),
    value: word(),
    content: word(),
    part: word(),
    url: word(),
    file: word(),
    later: word(),
  }
  const conversation = {
    title: said.title,
    topic: said.topic,
    metadata: { [said.key]: said.value },
    messages: [
      { role: 'user', content: said.content },
      {
        role: 'user',
        parts: [
          { type: 'text', text: said.part },
          { type: 'image_url', image_url: { url: `https://x.test/${said.url}` } },
          { type: 'file', file: { filename: said.file } },
        ],
      },
    ],
  }
  return { said, conversation, words: Object.values(said) }
}

const tokenOf = (client: Client) => client.headers['authorization']?.replace('Bearer ', '') ?? ''

test.for([
  ['that works', null],
  ['that fails before it commits', 'before'],
  ['whose answers are lost', 'after'],
] as const)('logs nothing that people say with a D1 %s', async ([, fault]) => {
  const ann = await as.user()
  const { said, conversation, words } = given()
  const heard = listen()
  const id = crypto.randomUUID()
  const quoting = () => {
    // SQLite and D1 may quote what was sent; so may a library on top of them.
    throw new Error(`Failed query, params: ${words.join()}`, {
      cause: d1Error(`near "${words.join(' ')}": syntax error`),
    })
  }
  await underFaults(id, fault === null ? {} : { [fault]: quoting })
  const at = `/api/conversations/${id}`
  expect((await ann.post('/api/conversations', { id, ...conversation })).status).toBe(201)
  await ann.patch(at, { title: said.later, metadata: { [said.key]: said.later } })
  await ann.post(`${at}/messages`, { messages: [{ id: 'm', role: 'user', content: said.later }] })
  expect((await ann.post(`${at}/continue`, { messages: [] })).status).toBe(200)
  await ann.get(`/api/conversations?topic=${said.topic}`)
  await ann.delete(at)
  await ringWhenDue(id)
  expect(heard.events('flush-failed', id).length > 0).toBe(fault !== null)
  expect(heard.events('created', id)).toHaveLength(1)
  for (const each of [...words, tokenOf(ann)]) expect(heard.text()).not.toContain(each)
})

test('logs nothing that people say when the model fails and quotes them', async () => {
  const ann = await as.user()
  const { conversation, words } = given()
  const heard = listen()
  const key = crypto.randomUUID()
  await network.script(key, [
    { status: 400, body: JSON.stringify({ error: { message: `You said ${words.join()}` } }) },
  ])
  const created = await ann.post('/api/conversations', conversation)
  const { id } = await created.json<{ id: string }>()
  const answer = await ann.post(`/api/conversations/${id}/continue`, {
    messages: [{ role: 'user', content: `And? #${key}` }],
  })
  expect(answer.status).toBe(502)
  const problem = await answer.text()
  expect(heard.events('reply-finished', id)).toMatchObject([{ outcome: 'failed' }])
  for (const each of [...words, 'test-key']) expect(problem + heard.text()).not.toContain(each)
})

test('says nothing that people said in an error of its own', async () => {
  const ann = await as.user()
  const { said, conversation, words } = given()
  const heard = listen()
  const { db } = faultyD1(env.DB, {})
  const down = new Proxy(db, {
    get() {
      throw d1Error(`near "${words.join(' ')}": syntax error`)
    },
  })
  const list = await sendWith({ DB: down }, `/api/conversations?topic=${said.topic}`, {
    headers: ann.headers,
  })
  expect(list.status).toBe(503)
  const id = crypto.randomUUID()
  await ann.post('/api/conversations', { id, ...conversation })
  const at = `/api/conversations/${id}`
  const answers = [
    list,
    // One that is taken, one that is too long, one of a wrong kind, one that is no JSON.
    await (await as.user()).post('/api/conversations', { id, ...conversation }),
    await ann.post('/api/conversations', { ...conversation, topic: said.topic.repeat(9) }),
    await ann.post(`${at}/messages`, { messages: [{ role: said.later, content: said.content }] }),
    await ann.get(`/api/conversations?cursor=${said.later}`),
    await ann.request('POST', `${at}/messages`, undefined, {
      authorization: `Bearer ${said.later}`,
    }),
  ]
  expect(answers.map(({ status }) => status)).toEqual([503, 409, 422, 422, 422, 401])
  const text = (await Promise.all(answers.map((response) => response.text()))).join()
  for (const each of [...words, tokenOf(ann)]) expect(text + heard.text()).not.toContain(each)
})

test('says how much it owes when a flush fails, and for how long, in numbers', async () => {
  const ann = await as.user()
  const heard = listen()
  const id = crypto.randomUUID()
  await underFaults(id, {
    before: () => {
      throw d1Error('Network connection lost.')
    },
  })
  await ann.post('/api/conversations', { id, ...given().conversation })
  await eventually(async () => (await dutiesOf(id)).due.length === 1)
  const [event] = heard.events('flush-failed', id)
  expect(event).toEqual({
    event: 'flush-failed',
    conversation_id: id,
    attempts: 1,
    backlog_messages: 2,
    backlog_ms: expect.any(Number),
    error: 'connection-lost: Error',
    version: expect.any(String),
  })
})
