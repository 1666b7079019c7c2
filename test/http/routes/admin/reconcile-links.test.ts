import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'

import { as, at } from '../../../support/api.ts'
import { givenConversation, userMessages } from '../../../support/given.ts'
import { look } from '../../../support/reconciling.ts'
import { inRecord, rowOf, underFaults } from '../../../support/record.ts'
import { aVisitor, link, logIn } from '../../../support/visitors.ts'

/** A visitor's conversation that is a user's now, and D1 as it was before the login. */
async function givenForgottenLink() {
  const visitor = await aVisitor()
  const id = await givenConversation(visitor.client, { messages: userMessages(1) })
  await inRecord(id, 1)
  const user = crypto.randomUUID()
  await logIn(visitor.token, user)
  await inRecord(id, 1)
  await env.DB.prepare('DELETE FROM session_links WHERE session_id = ?').bind(visitor.id).run()
  await env.DB.prepare(
    'UPDATE conversations SET user_id = NULL, version = version - 1 WHERE id = ?',
  )
    .bind(id)
    .run()
  return { visitor, id, user }
}

test('a link that a restore of D1 forgot is written anew: the first user keeps the session', async () => {
  const { visitor, id, user } = await givenForgottenLink()
  expect((await visitor.client.get(at(id))).status).toBe(404)
  expect(await look([id])).toMatchObject({ unlinked: [id] })
  expect(await look([id], false)).toMatchObject({ unlinked: [id], link_different: [] })
  expect((await rowOf(id))?.['user_id']).toBe(user)
  const begun = await visitor.client.post('/api/conversations', { title: 'by the old token' })
  expect(begun.status).toBe(401)
  const other = await link(await as.user(), { session_token: visitor.token })
  expect(other.status).toBe(409)
  expect(await look([id])).toMatchObject({ unlinked: [], equal: 1 })
})

test('a link that names all of its conversations is left as it is', async () => {
  const visitor = await aVisitor()
  const ids = [await givenConversation(visitor.client), await givenConversation(visitor.client)]
  await logIn(visitor.token, 'u-all')
  const row = () =>
    env.DB.prepare('SELECT * FROM session_links WHERE session_id = ?').bind(visitor.id).first()
  const before = await row()
  expect(await look(ids, false)).toMatchObject({ unlinked: [] })
  expect(await row()).toEqual(before)
})

test('what was linked to somebody else meanwhile is told, and nothing changes hands', async () => {
  const { visitor, id, user } = await givenForgottenLink()
  const bob = crypto.randomUUID()
  await logIn(visitor.token, bob)
  expect(await look([id], false)).toMatchObject({ unlinked: [], link_different: [id] })
  expect((await (await as.user(user)).get(at(id))).status).toBe(200)
  expect((await (await as.user(bob)).get(at(id))).status).toBe(404)
})

test('a user who links the session while it is looked at is told of as another', async () => {
  const { visitor, id } = await givenForgottenLink()
  const bob = crypto.randomUUID()
  await underFaults(id, {
    afterQuery: async (_, sql) => {
      if (sql.startsWith('select') && sql.includes('session_links')) await logIn(visitor.token, bob)
    },
  })
  expect(await look([id], false)).toMatchObject({ unlinked: [], link_different: [id] })
  expect((await (await as.user(bob)).get(at(id))).status).toBe(404)
})
