import { env } from 'cloudflare:workers'
import { describe, expect, test } from 'vitest'

import { type Conversation, as, bodyOf, sendWith } from '../../../support/api.ts'
import { givenConversation, objectOf, userMessages } from '../../../support/given.ts'
import { eventually, faultyD1, rowOf, underFaults } from '../../../support/record.ts'
import { listen } from '../../../support/said.ts'
import { userToken } from '../../../support/tokens.ts'
import { historyOf } from '../../../support/turns.ts'
import {
  type Linked,
  aVisitor,
  givenCutLink,
  link,
  logIn,
  runCron,
} from '../../../support/visitors.ts'

describe('a link that is cut', () => {
  test('answers 503 when D1 does not take it, and nothing has changed hands', async () => {
    const { token, client: visitor } = await aVisitor()
    const id = await givenConversation(visitor)
    const broken = new Proxy(env.DB, {
      get: () => () => {
        throw new Error('D1_ERROR: Network connection lost.')
      },
    })
    const answer = await sendWith({ DB: broken }, '/api/sessions/link', {
      method: 'POST',
      body: JSON.stringify({ session_token: token }),
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${await userToken('ann')}`,
      },
    })
    expect(answer.status).toBe(503)
    expect(answer.headers.get('retry-after')).toBe('5')
    expect((await visitor.get(`/api/conversations/${id}`)).status).toBe(200)
  })

  test('is finished by calling again', async () => {
    const { id: sessionId, token, client: visitor } = await aVisitor()
    const id = await givenConversation(visitor)
    const user = crypto.randomUUID()
    await givenCutLink(sessionId, user)
    expect(await logIn(token, user)).toMatchObject({ linked: 1 })
    expect((await rowOf(id))?.['user_id']).toBe(user)
  })

  test('is finished by the next run of the cron job', async () => {
    const { id: sessionId, client: visitor } = await aVisitor()
    const id = await givenConversation(visitor, { messages: userMessages(3) })
    const user = crypto.randomUUID()
    await givenCutLink(sessionId, user)
    await runCron()
    expect((await visitor.get(`/api/conversations/${id}`)).status).toBe(404)
    expect(await historyOf(await as.user(user), id)).toHaveLength(3)
    expect(await finishedAt(sessionId)).toEqual(expect.any(Number))
  })

  test('is made no wider by somebody else, who is refused', async () => {
    const { token, client: visitor } = await aVisitor()
    const [one, two] = [await givenConversation(visitor), await givenConversation(visitor)]
    const body = { session_token: token, conversation_ids: [one] }
    expect((await link(await as.user(), body)).status).toBe(200)
    expect((await link(await as.user(), { session_token: token })).status).toBe(409)
    await runCron()
    expect((await visitor.get(`/api/conversations/${two}`)).status).toBe(200)
  })

  test.each([
    ['its files', 'link-failed'],
    ['the record', 'link-failed'],
    ['the link', 'link-failed'],
    ['its index', 'index-failed'],
  ] as const)('says why it is cut: %s', async (what, event) => {
    const said = listen()
    const { token, client: visitor } = await aVisitor()
    await givenConversation(visitor)
    const lost = () => {
      throw new TypeError('gone')
    }
    const files = { getByName: () => ({ handOver: lost }) } as unknown as Env['OWNER_FILES']
    const index = { getByName: () => ({ forget: lost }) } as unknown as Env['OWNER_INDEX']
    const cutAt = what === 'the link' ? 'insert into' : 'order by'
    const { db } = faultyD1(env.DB, {
      beforeQuery: (_, sql) => {
        if (sql.toLowerCase().includes(cutAt)) lost()
      },
    })
    const troubles = { 'its files': { OWNER_FILES: files }, 'its index': { OWNER_INDEX: index } }
    const cut = await sendWith(
      what === 'its files' || what === 'its index' ? troubles[what] : { DB: db },
      '/api/sessions/link',
      {
        method: 'POST',
        body: JSON.stringify({ session_token: token }),
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer ${await userToken(crypto.randomUUID())}`,
        },
      },
    )
    expect(cut.status).toBe(503)
    const request_id = cut.headers.get('x-request-id')
    const error: unknown = expect.stringMatching(/TypeError$/)
    expect(said.all(event)).toMatchObject([{ error, request_id }])
  })

  test('holds though the record could not be told: the alarm tells it', async () => {
    const { token, client: visitor } = await aVisitor()
    const id = await givenConversation(visitor)
    let isDown = true
    await underFaults(id, {
      before: () => {
        if (isDown) throw new Error('D1_ERROR: Network connection lost.')
      },
    })
    const user = crypto.randomUUID()
    expect(await logIn(token, user)).toMatchObject({ linked: 1 })
    expect((await visitor.get(`/api/conversations/${id}`)).status).toBe(404)
    expect((await rowOf(id))?.['user_id']).toBeNull()
    isDown = false
    expect(await logIn(token, user)).toMatchObject({ linked: 0 })
    await eventually(async () => (await rowOf(id))?.['user_id'] === user)
  })

  test('answers 503 when an object can not be told, and goes on when it can', async () => {
    const { token, client: visitor } = await aVisitor()
    const id = await givenConversation(visitor)
    const user = crypto.randomUUID()
    const said = listen()
    const unreachable = { claim: () => Promise.reject(new RangeError('gone')) }
    const objects = { getByName: () => unreachable } as unknown as Env['CONVERSATION']
    const init = {
      method: 'POST',
      body: JSON.stringify({ session_token: token }),
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${await userToken(user)}`,
      },
    }
    const { db } = faultyD1(env.DB)
    const cut = await sendWith({ CONVERSATION: objects, DB: db }, '/api/sessions/link', init)
    expect(cut.status).toBe(503)
    expect(cut.headers.get('retry-after')).toBe('5')
    const request_id = cut.headers.get('x-request-id')
    expect(said.all('link-failed')).toMatchObject([
      { attempts: 1, error: 'RangeError', request_id },
    ])
    expect(said.text()).not.toContain('gone')
    expect(await logIn(token, user)).toMatchObject({ linked: 1 } satisfies Partial<Linked>)
    const conversation = await bodyOf<Conversation>(
      (await as.user(user)).get(`/api/conversations/${id}`),
    )
    expect(conversation.user_id).toBe(user)
    expect(objectOf(id)).toBeDefined()
  })
})

const finishedAt = async (sessionId: string) =>
  (
    await env.DB.prepare('SELECT finished_at FROM session_links WHERE session_id = ?')
      .bind(sessionId)
      .first<{ finished_at: number | null }>()
  )?.finished_at
