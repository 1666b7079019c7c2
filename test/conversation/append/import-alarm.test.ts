import { expect, test } from 'vitest'

import { append } from '../../support/api.ts'
import { many } from '../../support/given-exports.ts'
import { elsewhere, importing } from '../../support/importing.ts'
import {
  d1Error,
  dutiesOf,
  eventually,
  inRecord,
  ringWhenDue,
  underFaults,
  underSettings,
} from '../../support/record.ts'
import { listen } from '../../support/said.ts'
import { indexesWith, message, told } from '../../support/searching.ts'

const noAlarm = (id: string) => eventually(async () => (await dutiesOf(id)).alarm === null)

test('what is imported wakes its object no more once record and index have heard of it', async () => {
  const { client, id, file } = await elsewhere({ messages: many(2) })
  let isHeld = true
  await underSettings(
    id,
    indexesWith(() => eventually(() => !isHeld)),
  )
  await importing(client, file)
  expect((await dutiesOf(id)).alarm).not.toBeNull()
  await inRecord(id, 2)
  // The index is still to hear of it.
  expect((await dutiesOf(id)).alarm).not.toBeNull()
  isHeld = false
  await noAlarm(id)
  expect((await dutiesOf(id)).due).toEqual([])
})

test('what comes after it has its alarm, which does for more', async () => {
  const { client, id, file } = await elsewhere({ messages: many(2) })
  await importing(client, file)
  await told(id)
  await noAlarm(id)
  expect((await append(client, id, [message('more')])).status).toBe(201)
  expect((await dutiesOf(id)).alarm).toBeGreaterThan(Date.now())
  await inRecord(id, 3)
  expect((await dutiesOf(id)).alarm).not.toBeNull()
})

test('the same file with nothing new sets none', async () => {
  const { client, id, file } = await elsewhere({ messages: many(2) })
  await importing(client, file)
  await noAlarm(id)
  expect(await importing(client, file)).toMatchObject({ unchanged: 1 })
  expect(await dutiesOf(id)).toEqual({ due: [], alarm: null })
})

test('the alarm stays while D1 is down, and one that rang is not waited for again', async () => {
  listen()
  const { client, id, file } = await elsewhere({ messages: many(2) })
  await underFaults(id, {
    before: (batch) => {
      if (batch === 1) throw d1Error('Network connection lost.')
    },
  })
  await importing(client, file)
  await eventually(async () => (await dutiesOf(id)).due.some(({ attempts }) => attempts === 1))
  expect((await dutiesOf(id)).alarm).not.toBeNull()
  await ringWhenDue(id)
  await inRecord(id, 2)
  await told(id)
})
