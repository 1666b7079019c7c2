import { expect, test } from 'vitest'

import { bodyOf, send } from '../../support/api.ts'
import { cookieOf, withCookie } from '../../support/cookies.ts'
import { problemOf } from '../../support/problems.ts'
import { sessionToken, userToken } from '../../support/tokens.ts'

const token = await sessionToken(crypto.randomUUID())

const create = (headers: Record<string, string>) =>
  send('/api/conversations', { method: 'POST', headers })

const known: Record<string, string>[] = [
  {},
  { origin: 'https://api.test' },
  { origin: 'https://app.test' },
  { origin: 'http://localhost:5173' },
  { origin: 'https://app.test', 'sec-fetch-site': 'cross-site' },
  { 'sec-fetch-site': 'same-origin' },
  { 'sec-fetch-site': 'none' },
]

const foreign: Record<string, string>[] = [
  { origin: 'https://evil.test' },
  { origin: 'null' },
  { origin: 'http://api.test' },
  { origin: 'https://api.test.evil.test' },
  { origin: 'https://evil.test', 'sec-fetch-site': 'same-origin' },
  { 'sec-fetch-site': 'cross-site' },
  { 'sec-fetch-site': 'same-site' },
]

test.each(known)('lets the cookie change things for a page that is known: %j', async (headers) => {
  expect((await create(withCookie(token, headers))).status).toBe(201)
})

test.each(foreign)('lets the cookie change nothing for another page: %j', async (headers) => {
  const problem = await problemOf(create(withCookie(token, headers)))
  expect(problem).toMatchObject({ type: '/problems/cross-origin', status: 403 })
  expect(problem.detail).toContain('ALLOWED_ORIGINS')
})

test.each(['PATCH', 'DELETE'])('guards %s too', async (method) => {
  const { id } = await bodyOf<{ id: string }>(create(withCookie(token)))
  const path = `/api/conversations/${id}`
  const headers = withCookie(token, { origin: 'https://evil.test' })
  expect(await problemOf(send(path, { method, headers }))).toMatchObject({ status: 403 })
  expect(await bodyOf(send(path, { headers: withCookie(token) }))).toMatchObject({
    is_active: true,
  })
})

test.each(foreign)('asks no bearer token when it comes from: %j', async (headers) => {
  for (const bearer of [token, await userToken('ann')]) {
    const authorization = `Bearer ${bearer}`
    const response = await create({ ...withCookie(token, headers), authorization })
    expect(response.status).toBe(201)
  }
})

test.each(foreign)('lets the cookie read, which no other page can see: %j', async (headers) => {
  const response = await send('/api/conversations', { headers: withCookie(token, headers) })
  expect(response.status).toBe(200)
  expect(response.headers.get('access-control-allow-origin')).toBeNull()
})

test.each(foreign)('gives no session and takes none for another page: %j', async (headers) => {
  for (const init of [
    { method: 'POST', headers: withCookie(token, headers) },
    // A cookie is not sent along from another site, but an answer could put another in its place.
    { method: 'POST', headers },
    { method: 'DELETE', headers: withCookie(token, headers) },
  ]) {
    const response = await send('/api/sessions', init)
    expect(cookieOf(response)).toBeNull()
    expect(await problemOf(response)).toMatchObject({ type: '/problems/cross-origin', status: 403 })
  }
})

test.each(known)('gives and ends sessions for a page that is known: %j', async (headers) => {
  expect((await send('/api/sessions', { method: 'POST', headers })).status).toBe(201)
  const renewed = await send('/api/sessions', {
    method: 'POST',
    headers: withCookie(token, headers),
  })
  expect(renewed.status).toBe(200)
  expect((await send('/api/sessions', { method: 'DELETE', headers })).status).toBe(204)
})
