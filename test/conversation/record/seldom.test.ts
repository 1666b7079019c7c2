import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'

import { append, as } from '../../support/api.ts'
import { givenConversation, userMessages } from '../../support/given.ts'
import {
  d1Error,
  eventually,
  evict,
  inRecord,
  ringWhenDue,
  rowOf,
  underFaults,
} from '../../support/record.ts'
import { listen } from '../../support/said.ts'

/** A conversation whose object has heard from the record what it has. */
async function givenConfirmed() {
  const ann = await as.user()
  const id = await givenConversation(ann, { messages: userMessages(1) })
  await append(ann, id, userMessages(1, 2))
  await inRecord(id, 2)
  return { ann, id, row: await rowOf(id) }
}

/** As if D1 had been restored to before it was handed over, put on hold and archived. */
const setBack = (id: string) =>
  env.DB.prepare(
    `UPDATE conversations SET user_id = NULL, session_id = ?2, hold = 1, is_active = 0, archived_at = 1 WHERE id = ?1`,
  )
    .bind(id, crypto.randomUUID())
    .run()

test('of what seldom changes nothing is sent while the record is known to have it', async () => {
  const { ann, id } = await givenConfirmed()
  const counts = await underFaults(id)
  await append(ann, id, userMessages(1, 3))
  await inRecord(id, 3)
  await ann.patch(`/api/conversations/${id}`, { is_active: false })
  await append(ann, id, userMessages(1, 4))
  await inRecord(id, 4)
  expect(counts.sent.map(({ length }) => length)).toEqual([2, 2, 3])
  expect(counts.single).toBe(0)
  expect(await rowOf(id)).toMatchObject({ is_active: 1, archived_at: null })
  await evict(id)
  const after = await underFaults(id)
  await append(ann, id, userMessages(1, 5))
  await inRecord(id, 5)
  expect(after.sent.map(({ length }) => length)).toEqual([3])
})

test('a record that was set back has it again with the next message', async () => {
  const { ann, id, row } = await givenConfirmed()
  await setBack(id)
  await append(ann, id, userMessages(1, 3))
  const { user_id, session_id, hold, is_active, archived_at } = row ?? {}
  await inRecord(id, 3)
  expect(await rowOf(id)).toMatchObject({ user_id, session_id, hold, is_active, archived_at })
})

test.each([false, true])(
  'also if it can not be told at once; more said since: %s',
  async (more) => {
    const { ann, id, row } = await givenConfirmed()
    listen()
    await setBack(id)
    const counts = await underFaults(id, {
      beforeQuery: (_, sql) => {
        if (sql.startsWith('UPDATE conversations')) throw d1Error('Network connection lost.')
      },
    })
    await append(ann, id, userMessages(1, 3))
    await eventually(() => counts.single === 1)
    expect(await rowOf(id)).toMatchObject({ last_seq: 3, user_id: null })
    if (more) await append(ann, id, userMessages(1, 4))
    await ringWhenDue(id)
    await inRecord(id, more ? 4 : 3)
    const { user_id, session_id, hold, is_active, archived_at } = row ?? {}
    const same = { user_id, session_id, hold, is_active, archived_at }
    expect(await rowOf(id)).toMatchObject(same)
  },
)
