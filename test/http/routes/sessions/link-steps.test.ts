import { abortAllDurableObjects } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, test } from 'vitest'

import { type Client, type Conversation, as, bodyOf, sendWith } from '../../../support/api.ts'
import { givenConversation, userMessages } from '../../../support/given.ts'
import { type FaultyD1, d1Error, eventually, faultyD1, rowOf } from '../../../support/record.ts'
import { historyOf, proceed, turnOf } from '../../../support/turns.ts'
import { aVisitor, runCron } from '../../../support/visitors.ts'

/** The conversation as whoever may open it finds it: how many messages it has, null if it is gone. */
const countFor = async (client: Client, id: string): Promise<number | null> => {
  const answer = await client.get(`/api/conversations/${id}`)
  return answer.status === 404 ? null : (await bodyOf<Conversation>(answer)).message_count
}

/** What the visitor does in the middle of the link, and how many messages there are then. */
const doings: [
  what: string,
  act: (visitor: Client, id: string) => Promise<Response>,
  n: number | null,
][] = [
  [
    'append',
    (visitor, id) =>
      visitor.post(`/api/conversations/${id}/messages`, { messages: userMessages(1, 2) }),
    2,
  ],
  ['continue', (visitor, id) => proceed(visitor, id, turnOf('linked-meanwhile')), 3],
  ['archive', (visitor, id) => visitor.delete(`/api/conversations/${id}`), 1],
  ['rename', (visitor, id) => visitor.patch(`/api/conversations/${id}`, { title: 'Mine' }), 1],
  ['erase', (visitor, id) => visitor.post(`/api/conversations/${id}/erase`), null],
]

/** The steps of a link on the Worker's side: the link is written, what is to be claimed is read. */
const steps: [where: string, hook: 'beforeQuery' | 'afterQuery', query: number][] = [
  ['before the link is written', 'beforeQuery', 1],
  ['once the link is written', 'afterQuery', 1],
  ['once it is known what to claim', 'afterQuery', 2],
]

async function linkWith(faults: FaultyD1, token: string, user: Client): Promise<Response> {
  const { db } = faultyD1(env.DB, faults)
  return sendWith({ DB: db }, '/api/sessions/link', {
    method: 'POST',
    headers: { ...user.headers, 'content-type': 'application/json' },
    body: JSON.stringify({ session_token: token }),
  })
}

async function given() {
  const visitor = await aVisitor()
  const userId = crypto.randomUUID()
  const user = await as.user(userId)
  const id = await givenConversation(visitor.client, { messages: userMessages(1) })
  return { visitor, user, userId, id }
}

describe.each(steps)('%s', (_, hook, at) => {
  test.each(doings)('a visitor may still %s, and nothing is lost', async (what, act, count) => {
    for (const isLost of [false, true]) {
      const { visitor, user, userId, id } = await given()
      let status = 0
      const linked = await linkWith(
        {
          [hook]: async (query: number) => {
            if (query !== at) return
            status = (await act(visitor.client, id)).status
            if (isLost) await abortAllDurableObjects()
          },
        },
        visitor.token,
        user,
      )
      expect({ what, isLost, linked: linked.status, did: status < 300 }).toEqual({
        what,
        isLost,
        linked: 200,
        did: true,
      })
      expect(await countFor(visitor.client, id)).toBeNull()
      expect(await countFor(user, id)).toBe(count)
      const row = await rowOf(id)
      expect(row && [row['user_id'], row['last_seq']]).toEqual(count && [userId, count])
    }
  })

  test('a D1 that fails there leaves nothing that another call does not finish', async () => {
    const { visitor, user, userId, id } = await given()
    const cut = await linkWith(
      {
        [hook]: (query: number) => {
          if (query === at) throw d1Error('Network connection lost.')
        },
      },
      visitor.token,
      user,
    )
    expect(cut.status).toBe(503)
    await visitor.client.post(`/api/conversations/${id}/messages`, {
      messages: userMessages(1, 2),
    })
    await abortAllDurableObjects()
    const again = await linkWith({}, visitor.token, user)
    expect(again.status).toBe(200)
    expect((await historyOf(user, id)).map((message) => message.id)).toEqual(['m1', 'm2'])
    expect(await countFor(visitor.client, id)).toBeNull()
    await eventually(async () => (await rowOf(id))?.['user_id'] === userId)
  })
})

test('what is linked, archived and erased in one go ends erased', async () => {
  const { visitor, user, id } = await given()
  const answers = await Promise.all([
    linkWith({}, visitor.token, user),
    visitor.client.delete(`/api/conversations/${id}`),
    visitor.client.post(`/api/conversations/${id}/erase`),
    user.post(`/api/conversations/${id}/erase`),
    runCron(),
  ])
  expect(answers[0]?.status).toBe(200)
  if ((await countFor(user, id)) !== null) await user.post(`/api/conversations/${id}/erase`)
  expect([await countFor(user, id), await countFor(visitor.client, id)]).toEqual([null, null])
  expect(await rowOf(id)).toBeNull()
})
