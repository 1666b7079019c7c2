import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'

import { userMessages } from '../../../support/given.ts'
import { given, look, nothing, reconcile, snapshot } from '../../../support/reconciling.ts'
import { d1Error, recordOf, rowOf, underFaults, wipeWhenDue } from '../../../support/record.ts'
import { listen } from '../../../support/said.ts'

test('after a restore of D1, the record equals the logs', async () => {
  const { ann, id: wentOn } = await given()
  const { ann: bob, id: erased } = await given(2)
  const restore = await snapshot()
  await ann.post(`/api/conversations/${wentOn}/messages`, { messages: userMessages(2, 4) })
  await ann.patch(`/api/conversations/${wentOn}`, { title: 'Later' })
  const { id: created } = await given(1)
  await bob.post(`/api/conversations/${erased}/erase`)
  await wipeWhenDue(erased)
  await restore()
  expect([await rowOf(created), (await rowOf(erased))?.['last_seq']]).toEqual([null, 2])

  const dry = await reconcile()
  expect(dry).toMatchObject({ behind: [wentOn], messages_lacking: 2, orphaned: [erased] })
  expect(await rowOf(wentOn)).toMatchObject({ last_seq: 3, title: null })
  expect(await rowOf(erased)).not.toBeNull()

  const wet = await reconcile({ dry_run: false })
  expect(wet).toMatchObject({ behind: [wentOn], messages_lacking: 2, orphaned: [erased] })
  expect(await rowOf(wentOn)).toMatchObject({ last_seq: 5, title: 'Later' })
  expect((await recordOf(wentOn)).map(({ id }) => id)).toEqual(['m1', 'm2', 'm3', 'm4', 'm5'])
  // Erased or lost: only the operator knows.
  expect(await rowOf(erased)).not.toBeNull()
  expect(await reconcile({ dry_run: false, prefer: 'log' })).toMatchObject({ orphaned: [erased] })
  expect([await rowOf(erased), await recordOf(erased)]).toEqual([null, []])

  // What was created later is in no row; the log of events names it.
  expect(await look([created], false)).toMatchObject({ behind: [created], messages_lacking: 1 })
  expect(await rowOf(created)).toMatchObject({ last_seq: 1 })
  expect(await reconcile({ dry_run: false })).toMatchObject({ ...nothing, equal: 2, checked: 2 })
})

test('fills up what is missing in the middle', async () => {
  const { id } = await given(5)
  await env.DB.prepare('DELETE FROM messages WHERE conversation_id = ? AND seq IN (2, 4)')
    .bind(id)
    .run()
  expect(await look([id])).toMatchObject({ ...nothing, behind: [id], messages_lacking: 2 })
  expect(await recordOf(id)).toHaveLength(3)
  expect(await look([id], false)).toMatchObject({ behind: [id], messages_lacking: 2 })
  expect((await recordOf(id)).map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5])
  expect(await rowOf(id)).toMatchObject({ last_seq: 5 })
  expect(await look([id])).toMatchObject({ ...nothing, equal: 1 })
})

test('brings an old row up to date, though it lacks no message', async () => {
  const { ann, id } = await given()
  const restore = await snapshot()
  await ann.patch(`/api/conversations/${id}`, { title: 'Later' })
  await restore()
  expect(await look([id], false)).toMatchObject({ behind: [id], messages_lacking: 0 })
  expect(await rowOf(id)).toMatchObject({ title: 'Later' })
})

test('overwrites nothing when the record tells another story, and names it', async () => {
  const { id } = await given()
  await env.DB.prepare(`UPDATE messages SET id = 'x' WHERE conversation_id = ? AND seq = 2`)
    .bind(id)
    .run()
  const { id: ahead } = await given()
  await env.DB.prepare('UPDATE conversations SET last_seq = 9 WHERE id = ?').bind(ahead).run()
  const { id: newer } = await given()
  await env.DB.prepare('UPDATE conversations SET version = 99 WHERE id = ?').bind(newer).run()
  const found = await look([id, ahead, newer], false)
  expect(found).toMatchObject({ different: [id, ahead, newer], equal: 0, ahead: [] })
  expect(found.differences).toEqual([{ conversation_id: id, seq: 2, log_id: 'm2', record_id: 'x' }])
  expect((await recordOf(id)).map((row) => row.id)).toEqual(['m1', 'x', 'm3'])
  expect(await rowOf(ahead)).toMatchObject({ last_seq: 9 })
})

test('what is on its way to the record is no difference', async () => {
  const { ann, id } = await given(1)
  await ann.post(`/api/conversations/${id}/messages`, { messages: userMessages(1, 2) })
  expect(await look([id])).toMatchObject({ ...nothing, equal: 1 })
})

test('says what is being erased, and what it could not compare', async () => {
  const { ann, id: erasing } = await given()
  await ann.post(`/api/conversations/${erasing}/erase`)
  const { id: failing } = await given()
  await underFaults(failing, {
    beforeQuery: () => {
      throw d1Error('Network connection lost.')
    },
  })
  const log = listen()
  expect(await look([erasing, failing], false)).toMatchObject({
    ...nothing,
    checked: 2,
    erasing: [erasing],
    failed: [failing],
  })
  expect(log.events('reconcile-failed', failing)).toHaveLength(1)
})

test('a row that a restore brought back while its object still erases is removed with it', async () => {
  const { ann, id } = await given()
  const restore = await snapshot()
  await ann.post(`/api/conversations/${id}/erase`)
  await restore()
  expect(await look([id])).toMatchObject({ erasing: [id] })
  expect(await rowOf(id)).not.toBeNull()
  expect(await look([id], false)).toMatchObject({ erasing: [id] })
  expect(await rowOf(id)).toBeNull()
})
