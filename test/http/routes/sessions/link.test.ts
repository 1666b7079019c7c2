import { describe, expect, test } from 'vitest'

import { Client, type Conversation, type Listed, as, bodyOf } from '../../../support/api.ts'
import { givenConversation, userMessages } from '../../../support/given.ts'
import { rowOf } from '../../../support/record.ts'
import { type Linked, aVisitor, link, logIn } from '../../../support/visitors.ts'

const typeOf = async (response: Response | Promise<Response>) =>
  (await bodyOf<{ type: string }>(response)).type

describe('logging in', () => {
  test('hands the session’s conversations to the user, in the log and in the record', async () => {
    const { id: sessionId, token, client: visitor } = await aVisitor()
    const ann = await as.user()
    const ids = [
      await givenConversation(visitor, { messages: userMessages(2) }),
      await givenConversation(visitor),
    ]
    const answer = await link(ann, { session_token: token })
    expect(answer.status).toBe(200)
    const { linked, session } = await answer.json<Linked>()
    expect(linked).toBe(2)
    expect(session.session_id).not.toBe(sessionId)
    for (const id of ids) {
      const conversation = await bodyOf<Conversation>(ann.get(`/api/conversations/${id}`))
      expect(conversation).toMatchObject({ id, session_id: sessionId })
      expect((await rowOf(id))?.['user_id']).toBe(conversation.user_id)
      expect((await visitor.get(`/api/conversations/${id}`)).status).toBe(404)
    }
    const { data } = await bodyOf<Listed<Conversation>>(ann.get('/api/conversations'))
    expect(data.map(({ id }) => id).toSorted((a, b) => (a < b ? -1 : 1))).toEqual(
      ids.toSorted((a, b) => (a < b ? -1 : 1)),
    )
    const theirs = await bodyOf<Listed<Conversation>>(visitor.get('/api/conversations'))
    expect(theirs.data).toEqual([])
  })

  test('takes no session from a cookie that a page elsewhere sends along', async () => {
    const { token, client: visitor } = await aVisitor()
    const id = await givenConversation(visitor)
    const headers = { cookie: `__Host-hilo_session=${token}`, origin: 'https://evil.test' }
    const answer = await link(await as.user(), {}, headers)
    expect(answer.status).toBe(403)
    expect((await visitor.get(`/api/conversations/${id}`)).status).toBe(200)
  })

  test('takes a session by its token or by its id, and not by both', async () => {
    const { id, token } = await aVisitor()
    const body = { session_token: token, session_id: id, user_id: 'ann' }
    const answer = await link(as.service('migration'), body)
    expect(await answer.json()).toMatchObject({ errors: [{ pointer: '/session_id' }] })
  })

  test('takes the user whom a service acts for, and no other beside', async () => {
    const { token } = await aVisitor()
    const service = as.service('login-for', 'user:ann')
    const other = await link(service, { session_token: token, user_id: 'bob' })
    expect(other.status).toBe(403)
    expect((await link(service, { session_token: token })).status).toBe(200)
    const bob = await as.user('bob')
    expect((await link(bob, { session_token: token })).status).toBe(409)
  })

  test('takes the session from its cookie, and gives a fresh one', async () => {
    const { token, client: visitor } = await aVisitor()
    const id = await givenConversation(visitor)
    const ann = await as.user()
    const answer = await link(ann, {}, { cookie: `__Host-hilo_session=${token}` })
    const { linked, session } = await answer.json<Linked>()
    expect(linked).toBe(1)
    expect(answer.headers.get('set-cookie')).toContain(`__Host-hilo_session=${session.token}`)
    const next = new Client({ authorization: `Bearer ${session.token}` })
    expect((await next.get(`/api/conversations/${id}`)).status).toBe(404)
    expect((await next.post('/api/conversations', {})).status).toBe(201)
  })

  test('counts only what it changes', async () => {
    const { token, client: visitor } = await aVisitor()
    await givenConversation(visitor)
    const user = crypto.randomUUID()
    expect(await logIn(token, user)).toMatchObject({ linked: 1 })
    expect(await logIn(token, user)).toMatchObject({ linked: 0 })
  })

  test('is for the first user, for good', async () => {
    const { token, client: visitor } = await aVisitor()
    const id = await givenConversation(visitor)
    const ann = await as.user()
    await link(ann, { session_token: token })
    const bob = await as.user()
    const answer = await link(bob, { session_token: token })
    expect(answer.status).toBe(409)
    expect(await typeOf(answer)).toBe('/problems/session-linked')
    expect((await bob.get(`/api/conversations/${id}`)).status).toBe(404)
    expect((await ann.get(`/api/conversations/${id}`)).status).toBe(200)
  })

  test('may be for some of them; those of the others that come later are added', async () => {
    const { token, client: visitor } = await aVisitor()
    const [one, two] = [await givenConversation(visitor), await givenConversation(visitor)]
    const ann = await as.user()
    const body = { session_token: token, conversation_ids: [one] }
    expect(await bodyOf<Linked>(link(ann, body))).toMatchObject({ linked: 1 })
    expect((await visitor.get(`/api/conversations/${two}`)).status).toBe(200)
    const more = { session_token: token, conversation_ids: [one, two] }
    expect(await bodyOf<Linked>(link(ann, more))).toMatchObject({ linked: 1 })
    expect((await visitor.get(`/api/conversations/${two}`)).status).toBe(404)
  })

  test('leaves other sessions alone, though they are named', async () => {
    const { token } = await aVisitor()
    const { client: other } = await aVisitor()
    const id = await givenConversation(other)
    const ann = await as.user()
    const body = { session_token: token, conversation_ids: [id] }
    expect(await bodyOf<Linked>(link(ann, body))).toMatchObject({ linked: 0 })
    expect((await other.get(`/api/conversations/${id}`)).status).toBe(200)
  })
})

describe('a session that was handed over', () => {
  test('starts nothing new', async () => {
    const { token, client: visitor } = await aVisitor()
    await logIn(token, crypto.randomUUID())
    const answer = await visitor.post('/api/conversations', {})
    expect(answer.status).toBe(401)
    expect(await typeOf(answer)).toBe('/problems/session-linked')
  })

  test('is not renewed: the next visitor gets another', async () => {
    const { id, token, client: visitor } = await aVisitor()
    await logIn(token, crypto.randomUUID())
    const answer = await visitor.post('/api/sessions')
    expect(answer.status).toBe(201)
    expect((await answer.json<{ session_id: string }>()).session_id).not.toBe(id)
  })
})

describe('which callers can link', () => {
  test.each([
    ['a service with the scope link', 'login', 200],
    ['a service without it', 'backend', 403],
  ] as const)('%s, with the session’s token', async (_, service, status) => {
    const { token, client: visitor } = await aVisitor()
    const id = await givenConversation(visitor)
    const user = crypto.randomUUID()
    const answer = await link(as.service(service), { session_token: token, user_id: user })
    expect(answer.status).toBe(status)
    expect((await rowOf(id))?.['user_id']).toBe(status === 200 ? user : null)
  })

  test.each([
    ['migration', 200],
    ['login', 403],
  ] as const)('with a bare session id, %s: %i', async (service, status) => {
    const { id: sessionId, client: visitor } = await aVisitor()
    const id = await givenConversation(visitor)
    const user = crypto.randomUUID()
    const answer = await link(as.service(service), { session_id: sessionId, user_id: user })
    expect(answer.status).toBe(status)
    expect((await rowOf(id))?.['user_id']).toBe(status === 200 ? user : null)
  })

  test('nobody without a proof of the session, or of themselves', async () => {
    const { id: sessionId, token, client: visitor } = await aVisitor()
    const ann = await as.user()
    expect((await link(as.nobody, { session_token: token })).status).toBe(401)
    expect((await link(visitor, { session_token: token })).status).toBe(403)
    expect((await link(ann, { session_id: sessionId })).status).toBe(403)
    expect((await link(ann, { session_token: token, user_id: 'bob' })).status).toBe(403)
    expect((await link(ann, { session_token: 'x.y.z' })).status).toBe(422)
    expect((await link(ann)).status).toBe(422)
    expect((await link(as.service('login'), { session_token: token })).status).toBe(422)
  })
})
