import { expect, test } from 'vitest'

import { type ContinueAnswer, as, bodyOf } from '../support/api.ts'
import { allEvents, textOf } from '../support/events.ts'
import { givenConversation } from '../support/given.ts'
import { network } from '../support/network.ts'

test('streams the reply as it comes and keeps it', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  await network.script('slow', [
    { text: 'One' },
    { wait: 30 },
    { text: ' two' },
    { finish: 'stop', tokens: 9 },
  ])
  const response = await ann.stream(id, {
    messages: [{ id: 'q', role: 'user', content: 'Count #slow' }],
  })
  expect(response.status).toBe(200)
  const events = await allEvents(response)
  expect(events.map(({ event }) => event)).toEqual(['accepted', 'delta', 'delta', 'completed'])
  expect(textOf(events)).toBe('One two')
  expect(events.at(-1)?.data).toMatchObject({
    message: {
      seq: 2,
      content: 'One two',
      status: 'complete',
      finish_reason: 'stop',
      tokens_used: 9,
    },
  })
})

test('answers a retry with the reply that it missed', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const turn = { messages: [{ id: 'q', role: 'user', content: 'Hello #retry' }] }
  const first = await bodyOf<ContinueAnswer>(ann.post(`/api/conversations/${id}/continue`, turn))
  const second = await bodyOf<ContinueAnswer>(ann.post(`/api/conversations/${id}/continue`, turn))
  expect(second).toEqual(first)
  expect(await network.seen('retry')).toHaveLength(1)
})
