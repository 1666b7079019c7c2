import { abortAllDurableObjects } from 'cloudflare:test'
import { expect, test } from 'vitest'

import { as } from '../../../support/api.ts'
import { eventsOf } from '../../../support/events.ts'
import { givenConversation } from '../../../support/given.ts'
import { network } from '../../../support/network.ts'
import { delta, done } from '../../../support/reasoning.ts'
import { eventually, inStorage } from '../../../support/record.ts'
import { connected } from '../../../support/sockets.ts'
import { historyOf, proceed, turnOf } from '../../../support/turns.ts'

test('who listens hears the reasoning, from its beginning', async () => {
  await network.script('thinks-live', [
    delta({ reasoning_content: 'Hm ' }),
    { gate: 'thinks-live' },
    delta({ reasoning_content: 'yes' }),
    { text: 'Sure' },
    done,
  ])
  const ann = await as.user()
  const id = await givenConversation(ann)
  const tab = await connected(ann, id)
  const reply = proceed(ann, id, turnOf('thinks-live'))
  await tab.until(() => tab.of('reasoning').length > 0)
  const late = await connected(ann, id)
  await network.open('thinks-live')
  await reply
  await tab.until(() => tab.of('reply-ended').length > 0)
  await late.until(() => late.of('reply-ended').length > 0)
  const said = (one: typeof tab) =>
    one.of('reasoning').map(({ offset, content }) => [offset, content])
  expect(said(tab)).toEqual([
    [0, 'Hm '],
    [3, 'yes'],
  ])
  expect(said(late)).toEqual(said(tab))
})

test('what was thought before the object was lost is kept with what was said', async () => {
  await network.script('thinks-lost', [
    delta({ reasoning_content: 'Long thoughts' }),
    { text: 'Half' },
    { hang: true },
  ])
  const ann = await as.user()
  const id = await givenConversation(ann)
  const events = eventsOf(await ann.stream(id, turnOf('thinks-lost')))
  for (let n = 0; n < 3; n += 1) await events.next()
  await eventually(async () => {
    const [row] = await inStorage(id, 'SELECT text, reasoning FROM reply')
    return row?.['text'] === 'Half'
  })
  await abortAllDurableObjects()
  await eventually(async () => (await historyOf(ann, id)).length === 2)
  const [, reply] = await historyOf(ann, id)
  expect(reply).toMatchObject({
    status: 'interrupted',
    content: 'Half',
    parts: [
      { type: 'reasoning', text: 'Long thoughts' },
      { type: 'text', text: 'Half' },
    ],
  })
})
