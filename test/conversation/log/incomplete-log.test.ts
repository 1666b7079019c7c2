import { expect, test } from 'vitest'

import { as } from '../../support/api.ts'
import { givenConversation, userMessages } from '../../support/given.ts'
import {
  d1Error,
  dutiesOf,
  eventually,
  inRecord,
  inStorage,
  recordOf,
  ringWhenDue,
  rowOf,
  underFaults,
} from '../../support/record.ts'
import { listen } from '../../support/said.ts'

test.for<[what: string, lost: number[], carried: number]>([
  ['the next message', [3], 2],
  ['every message that the record lacks', [3, 4, 5], 2],
  ['the last message', [5], 4],
])('a flush gives up and raises an alert when the log has lost %s', async ([, lost, carried]) => {
  const ann = await as.user()
  const id = await givenConversation(ann, { messages: userMessages(2) })
  await inRecord(id, 2)
  const said = listen()
  let isDown = true
  const counts = await underFaults(id, {
    before: () => {
      if (isDown) throw d1Error('Network connection lost.')
    },
  })
  await ann.post(`/api/conversations/${id}/messages`, { messages: userMessages(3, 3) })
  await eventually(async () => (await dutiesOf(id)).due[0]?.attempts === 1)
  await inStorage(id, `DELETE FROM messages WHERE seq IN (${lost.join()})`)
  isDown = false
  await ringWhenDue(id)
  await eventually(() => said.events('alert', id).length > 0)
  expect(said.events('alert', id)).toMatchObject([{ alert: 'log-incomplete' }])
  expect(said.events('flush-failed', id).at(-1)?.error).toBe('unknown: IncompleteLog')
  const { due } = await dutiesOf(id)
  expect(due).toMatchObject([{ kind: 'flush', attempts: 2 }])
  expect(due[0]!.at - Date.now()).toBeGreaterThan(200_000)
  expect(counts.batches).toBeLessThanOrEqual(2)
  expect(await rowOf(id)).toMatchObject({ last_seq: carried })
  expect((await recordOf(id)).map(({ seq }) => seq)).toEqual(
    Array.from({ length: carried }, (_, index) => index + 1),
  )
})
