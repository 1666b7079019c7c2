import { abortAllDurableObjects } from 'cloudflare:test'
import { expect, test } from 'vitest'

import { CONTENT_BYTES } from '../../../../src/contract/limits.ts'
import { as } from '../../../support/api.ts'
import { type ServerEvent, allEvents, eventsOf, textOf } from '../../../support/events.ts'
import type { Step } from '../../../support/fake-network.ts'
import { givenConversation } from '../../../support/given.ts'
import { network } from '../../../support/network.ts'
import { eventually, inStorage } from '../../../support/record.ts'
import { connected } from '../../../support/sockets.ts'
import { gist, joinReply } from '../../../support/streams.ts'
import { hurry } from '../../../support/time.ts'
import { historyOf, turnOf } from '../../../support/turns.ts'

const piece = 'x'.repeat(32 * 1024)

test.each<[what: string, rest: Step[], text: string, end: object]>([
  [
    'speaks slowly',
    [{ wait: 60 }, { text: ' two' }, { wait: 60 }, { text: ' three' }, { finish: 'stop' }],
    'One two three',
    { event: 'completed' },
  ],
  [
    'stalls',
    [{ text: ' two' }, { hang: true }],
    'One two',
    { event: 'interrupted', data: { reason: 'upstream-timeout' } },
  ],
  [
    'is cut off',
    [{ text: ' two' }, { cut: true }],
    'One two',
    { event: 'interrupted', data: { reason: 'upstream-cut' } },
  ],
  [
    'breaks',
    [{ wait: 30 }, { text: ' two' }, { wait: 30 }, { break: true }],
    'One two',
    { event: 'interrupted', data: { reason: 'upstream-error' } },
  ],
  [
    'never ends',
    Array.from({ length: 9 }, () => ({ text: piece })),
    `One${piece.repeat(8).slice(3)}`,
    { event: 'interrupted', data: { reason: 'too-long' } },
  ],
])('a model that %s ends the same for all who follow', async (what, rest, text, end) => {
  // The patience with the endpoint, 30 s, is 0.3 s.
  hurry(100)
  const key = `upstream-${what.replaceAll(' ', '-')}`
  await network.script(key, [{ text: 'One' }, { gate: key }, ...rest])
  const ann = await as.user()
  const id = await givenConversation(ann)
  const tab = await connected(ann, id)
  const events = eventsOf(await ann.stream(id, turnOf(key)))
  const seen = [(await events.next()).value, (await events.next()).value] as ServerEvent[]
  const [fromStart, goesOn] = [joinReply(ann, id), joinReply(ann, id, seen[1]?.id)]
  const told = [allEvents(await fromStart), allEvents(await goesOn)] as const
  await network.open(key)
  for await (const event of events) seen.push(event)
  expect(seen.at(-1)).toMatchObject(end)
  expect(textOf(seen)).toBe(text)
  expect(gist(await told[0])).toEqual(gist(seen))
  expect(gist([...seen.slice(0, 2), ...(await told[1])])).toEqual(gist(seen))
  const replyId = String(seen[0]?.data['reply_id'])
  await tab.until((self) => self.of('reply-ended').length === 1)
  expect(tab.textOf(replyId)).toBe(text)
  const [, kept] = await historyOf(ann, id)
  expect(kept).toMatchObject({ id: replyId, content: text })
  expect(text.length).toBeLessThanOrEqual(CONTENT_BYTES)
  expect(tab.of('message').at(-1)?.message).toEqual(kept)
})

test('an object that is lost at any of its checkpoints keeps what that has, for all who come back', async () => {
  // A checkpoint each 50 ms.
  hurry(20)
  const pieces = ['Uno', ' dos', ' tres', ' cuatro']
  const ann = await as.user()
  for (let count = 1; count <= pieces.length; count += 1) {
    const key = `checkpoint-${count}`
    const said = pieces.slice(0, count)
    const kept = said.join('')
    await network.script(key, [...said.flatMap((text) => [{ text }, { wait: 20 }]), { hang: true }])
    const id = await givenConversation(ann)
    const seen: ServerEvent[] = []
    const events = eventsOf(await ann.stream(id, turnOf(key)))
    while (textOf(seen) !== kept) seen.push((await events.next()).value as ServerEvent)
    await eventually(
      async () => (await inStorage(id, 'SELECT text FROM reply'))[0]?.['text'] === kept,
    )
    await abortAllDurableObjects()
    for (const [index, { id: place }] of seen.entries()) {
      const rest = await allEvents(await joinReply(ann, id, place))
      expect(textOf([...seen.slice(0, index + 1), ...rest])).toBe(kept)
      expect(rest.at(-1)).toMatchObject({
        event: 'interrupted',
        data: { message: { id: seen[0]?.data['reply_id'], content: kept, status: 'interrupted' } },
      })
    }
    const tab = await connected(ann, id, '?after=1')
    expect(tab.of('message')[0]?.message).toMatchObject({ seq: 2, content: kept })
    expect(tab.of('reply-started')).toEqual([])
  }
})
