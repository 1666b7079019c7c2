import { env } from 'cloudflare:workers'
import { beforeAll, expect, test } from 'vitest'

import { append, as, at, bodyOf } from '../support/api.ts'
import { givenConversation } from '../support/given.ts'
import { importing } from '../support/importing.ts'
import { MOOD } from '../support/message-with-mood.ts'
import { inRecord } from '../support/record.ts'

type WithMood = { id: string; mood: string | null }

beforeAll(async () => {
  await env.DB.exec('ALTER TABLE messages ADD COLUMN mood TEXT')
})

const moods = (messages: WithMood[]) => messages.map(({ id, mood }) => [id, mood])

test('a field that is added goes through wire, log, record, export and import', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const messages = [
    { id: 'm1', role: 'user', content: 'One', mood: MOOD },
    { id: 'm2', role: 'user', content: 'Two' },
  ]
  const wanted = [
    ['m1', MOOD],
    ['m2', null],
  ]
  const answer = await bodyOf<{ messages: WithMood[] }>(append(ann, id, messages))
  expect(moods(answer.messages)).toEqual(wanted)

  // A retry is compared with it.
  expect((await append(ann, id, messages)).status).toBe(200)
  const other = [{ ...messages[0], mood: 'other' }]
  expect((await append(ann, id, other)).status).toBe(409)

  const { data } = await bodyOf<{ data: WithMood[] }>(ann.get(`${at(id)}/messages`))
  expect(moods(data)).toEqual(wanted)

  await inRecord(id, 2)
  const record = await env.DB.prepare(
    'SELECT id, mood FROM messages WHERE conversation_id = ? ORDER BY seq',
  )
    .bind(id)
    .all<WithMood>()
  expect(moods(record.results)).toEqual(wanted)

  const csv = await (await ann.get(`${at(id)}/export?format=csv`)).text()
  const [header = '', row = ''] = csv.split('\r\n')
  expect(row.split(',')[header.split(',').indexOf('mood')]).toBe(`"${MOOD}"`)

  const file = await (await ann.get(`${at(id)}/export`)).text()
  const bob = await as.user()
  const { conversations } = await importing(bob, file)
  const copy = await bodyOf<{ messages: WithMood[] }>(bob.get(at(conversations[0]?.id ?? '')))
  expect(moods(copy.messages)).toEqual(wanted)
})

test('a value that the field does not take is refused', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const answer = await append(ann, id, [{ role: 'user', content: 'One', mood: 7 }])
  expect(answer.status).toBe(422)
})
