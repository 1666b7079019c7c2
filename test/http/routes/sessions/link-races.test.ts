import { env } from 'cloudflare:workers'
import { describe, expect, test } from 'vitest'

import { as, sendWith } from '../../../support/api.ts'
import { allEvents, eventsOf } from '../../../support/events.ts'
import { givenConversation, userMessages } from '../../../support/given.ts'
import { network } from '../../../support/network.ts'
import { historyOf } from '../../../support/turns.ts'
import { aVisitor, givenCutLink, link, logIn, runCron } from '../../../support/visitors.ts'

describe('linking', () => {
  test('ten times at once changes everything once', async () => {
    const { token, client: visitor } = await aVisitor()
    for (let count = 0; count < 5; count += 1) await givenConversation(visitor)
    const user = crypto.randomUUID()
    const answers = await Promise.all(Array.from({ length: 10 }, () => logIn(token, user)))
    expect(answers.reduce((sum, { linked }) => sum + linked, 0)).toBe(5)
  })

  test('to two users at once is for one of them alone', async () => {
    const { token, client: visitor } = await aVisitor()
    const id = await givenConversation(visitor)
    const users = [await as.user(), await as.user()]
    const answers = await Promise.all(users.map((user) => link(user, { session_token: token })))
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409])
    const seen = await Promise.all(users.map((user) => user.get(`/api/conversations/${id}`)))
    expect(seen.map(({ status }) => status)).toEqual(
      answers.map(({ status }) => (status === 200 ? 200 : 404)),
    )
  })

  test('against appends: what was acknowledged is there, for the user', async () => {
    const { token, client: visitor } = await aVisitor()
    const id = await givenConversation(visitor)
    const user = crypto.randomUUID()
    const append = (message: object) =>
      visitor.post(`/api/conversations/${id}/messages`, { messages: [message] })
    const [answers] = await Promise.all([
      Promise.all(userMessages(20).map(append)),
      logIn(token, user),
    ])
    const acknowledged = userMessages(20).filter((_, index) => answers[index]?.status === 201)
    const kept = await historyOf(await as.user(user), id)
    expect(new Set(kept.map((message) => message.id))).toEqual(
      new Set(acknowledged.map((message) => message.id)),
    )
    expect(answers.every(({ status }) => status === 201 || status === 404)).toBe(true)
    expect((await append({ role: 'user', content: 'late' })).status).toBe(404)
  })

  test('against creating: nothing is left with the session', async () => {
    const { id: sessionId, token, client: visitor } = await aVisitor()
    const user = crypto.randomUUID()
    const [answers] = await Promise.all([
      Promise.all(Array.from({ length: 10 }, () => visitor.post('/api/conversations', {}))),
      logIn(token, user),
    ])
    expect(answers.every(({ status }) => status === 201 || status === 401)).toBe(true)
    await runCron()
    const { results } = await env.DB.prepare(
      'SELECT id FROM conversations WHERE session_id = ? AND user_id IS NULL',
    )
      .bind(sessionId)
      .all()
    expect(results).toEqual([])
  })

  test('that comes while a conversation is being created takes it along', async () => {
    const { id: sessionId, client: visitor } = await aVisitor()
    const user = crypto.randomUUID()
    await givenCutLink(sessionId, user)
    // The link is not there yet when the session is looked at, and is when its conversation stands.
    let looks = 0
    const late = new Proxy(env.DB, {
      get(target, key) {
        const value: unknown = Reflect.get(target, key)
        if (key !== 'prepare') return typeof value === 'function' ? value.bind(target) : value
        return (sql: string) => {
          const look = /from "?session_links"?/i
          if (look.test(sql)) looks += 1
          const nothing = 'FROM (SELECT * FROM session_links WHERE 0) AS session_links'
          return target.prepare(looks === 1 ? sql.replace(look, nothing) : sql)
        }
      },
    })
    const id = crypto.randomUUID()
    const answer = await sendWith({ DB: late }, '/api/conversations', {
      method: 'POST',
      body: JSON.stringify({ id, messages: userMessages(1) }),
      headers: { ...visitor.headers, 'content-type': 'application/json' },
    })
    expect(answer.status).toBe(401)
    expect(await answer.json()).toMatchObject({ type: '/problems/session-linked' })
    expect((await visitor.get(`/api/conversations/${id}`)).status).toBe(404)
    expect(await historyOf(await as.user(user), id)).toHaveLength(1)
  })

  test('ends a running stream of the session; the reply goes on for the user', async () => {
    await network.script('handed', [
      { text: 'One' },
      { gate: 'handed' },
      { text: ' two' },
      { finish: 'stop' },
    ])
    const { token, client: visitor } = await aVisitor()
    const id = await givenConversation(visitor)
    const turn = { messages: [{ id: 'q', role: 'user', content: 'Go on #handed' }] }
    const events = eventsOf(await visitor.stream(id, turn))
    await events.next()
    await events.next()
    const waiting = visitor.post(`/api/conversations/${id}/continue`, turn)
    const user = crypto.randomUUID()
    await logIn(token, user)
    expect((await events.next()).value).toMatchObject({
      event: 'closed',
      data: { reason: 'not-yours' },
    })
    expect((await events.next()).done).toBe(true)
    const ann = await as.user(user)
    const joined = ann.stream(id, turn)
    await network.open('handed')
    expect((await allEvents(await joined)).at(-1)?.data).toMatchObject({
      message: { content: 'One two', status: 'complete' },
    })
    expect((await waiting).status).toBe(404)
    expect(await historyOf(ann, id)).toHaveLength(2)
  })
})
