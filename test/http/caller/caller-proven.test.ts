import { afterEach, expect, test, vi } from 'vitest'

import type { Caller } from '../../../src/contract/caller.ts'
import { provenOnce } from '../../../src/http/caller/proven.ts'
import { send, sendWith } from '../../support/api.ts'
import { bindings } from '../../support/settings.ts'
import { inSeconds, signed } from '../../support/tokens.ts'

const ann: Caller = {
  owner: { kind: 'user', id: 'ann' },
  service: null,
  expiresAt: Date.now() + 3_600_000,
}
const list = '/api/conversations'
const tokenOf = (claims: object = {}) =>
  signed(bindings.AUTH_JWT_SECRET, { sub: crypto.randomUUID(), exp: inSeconds(3_600), ...claims })
const headersOf = (token: string) => ({ headers: { authorization: `Bearer ${token}` } })
const later = (ms: number) => vi.useFakeTimers({ toFake: ['Date'] }).setSystemTime(Date.now() + ms)

afterEach(() => {
  vi.useRealTimers()
})

/** What verifying is asked for, and says of whoever asks. */
const verifying = () => vi.fn<() => Promise<Caller>>(async () => ann)
const refusing = () =>
  vi.fn<() => Promise<Caller>>(async () => {
    throw new Error('It proves nobody')
  })

test('verifies a token once, and again after a minute', async () => {
  const token = await tokenOf()
  const verify = verifying()
  for (let time = 0; time < 3; time += 1) {
    expect(await provenOnce(bindings, token, verify)).toEqual(ann)
  }
  expect(verify).toHaveBeenCalledTimes(1)
  later(60_001)
  await provenOnce(bindings, token, verify)
  expect(verify).toHaveBeenCalledTimes(2)
})

test('verifies one that proves nobody every time', async () => {
  const token = await tokenOf()
  const verify = refusing()
  for (let time = 0; time < 2; time += 1)
    await expect(provenOnce(bindings, token, verify)).rejects.toThrow('It proves nobody')
  expect(verify).toHaveBeenCalledTimes(2)
})

test('keeps a thousand, and the oldest of them goes first', async () => {
  const first = await tokenOf()
  const second = await tokenOf()
  const verify = verifying()
  const others = await Promise.all(Array.from({ length: 999 }, () => tokenOf()))
  const settings = { ...bindings, AUTH_ISSUER: 'of this test alone' }
  for (const token of [first, second, ...others]) await provenOnce(settings, token, verify)
  expect(verify).toHaveBeenCalledTimes(1_001)
  await provenOnce(settings, second, verify)
  expect(verify).toHaveBeenCalledTimes(1_001)
  await provenOnce(settings, first, verify)
  expect(verify).toHaveBeenCalledTimes(1_002)
})

test('takes a token no longer than until it expires, though it was just verified', async () => {
  const token = await tokenOf({ exp: inSeconds(30) })
  expect((await send(list, headersOf(token))).status).toBe(200)
  later(45_000)
  expect((await send(list, headersOf(token))).status).toBe(401)
})

test('takes a token under no other settings than it was verified under', async () => {
  const token = await tokenOf()
  expect((await send(list, headersOf(token))).status).toBe(200)
  const secret = { AUTH_JWT_SECRET: 'another user secret that is long enough to be taken' }
  expect((await sendWith(secret, list, headersOf(token))).status).toBe(401)
  const issuer = { AUTH_ISSUER: 'https://somebody.else' }
  expect((await sendWith(issuer, list, headersOf(token))).status).toBe(401)
  expect((await send(list, headersOf(token))).status).toBe(200)
})

test('forgets what was verified when the settings changed meanwhile', async () => {
  const token = await tokenOf()
  const rotated = { ...bindings, AUTH_JWT_SECRET: 'rotated while it was being verified, no less' }
  await provenOnce(bindings, token, async () => {
    await provenOnce(rotated, await tokenOf(), verifying())
    return ann
  })
  await expect(provenOnce(rotated, token, refusing())).rejects.toThrow('It proves nobody')
})
