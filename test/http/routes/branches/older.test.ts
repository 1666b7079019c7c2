import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'

import {
  type Conversation,
  type Listed,
  append,
  as,
  at,
  bodyOf,
  read,
} from '../../../support/api.ts'
import { idsOf, linesOf, said } from '../../../support/branches.ts'
import { givenConversation, userMessages } from '../../../support/given.ts'
import { asBefore } from '../../../support/older.ts'
import { evict, inRecord, inStorage } from '../../../support/record.ts'
import { historyOf } from '../../../support/turns.ts'

test('an object of before there were branches opens, reads as it did, and branches from then on', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann, { title: 'T', messages: userMessages(4) })
  await inRecord(id, 4)
  await inStorage(id, `UPDATE conversation SET summary = 'Old', summary_seq = 3`)
  const before = [await read(ann, id), await historyOf(ann, id)]
  await asBefore(id, 'content')
  await evict(id)
  expect([await read(ann, id), await historyOf(ann, id)]).toEqual(before)
  await append(ann, id, [said('m2b')], { parent_id: 'm1' })
  expect(await read(ann, id)).toMatchObject({ head_id: 'm2b', summary: null })
  expect(idsOf(await linesOf(ann, id, 'm4'))).toEqual(['m1', 'm2', 'm3', 'm4'])
  // The summary that it had is one of its branch.
  const back = await bodyOf<Conversation>(ann.patch(at(id), { head_id: 'm2' }))
  expect(back).toMatchObject({ head_id: 'm4', summary: 'Old', summary_seq: 3 })
})

test('a list shows where a conversation is whose row is from before there were branches', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann, { title: 'T', messages: userMessages(2) })
  await inRecord(id, 2)
  await env.DB.prepare('UPDATE conversations SET head_id = NULL WHERE id = ?').bind(id).run()
  const { data } = await bodyOf<Listed<Conversation>>(ann.get('/api/conversations'))
  expect(data).toMatchObject([{ id, head_id: 'm2' }])
})
