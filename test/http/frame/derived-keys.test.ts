import { afterEach, expect, test, vi } from 'vitest'

import { addressOf } from '../../../src/files/address.ts'
import { issueTicket } from '../../../src/http/caller/ticket.ts'
import { secretKeys } from '../../../src/secret-keys.ts'

afterEach(() => void vi.restoreAllMocks())

const fresh = () => ({ SESSION_SECRET: `${crypto.randomUUID()}${crypto.randomUUID()}` })
const caller = { kind: 'user', id: 'ann' } as never
const about = { use: 'live', conversationId: crypto.randomUUID() } as const

type Use = (env: ReturnType<typeof fresh>) => Promise<unknown>

/** By what a key is made, and how often that is called once there is a key. */
test.each<[string, 'sign' | 'deriveKey', number, Use]>([
  ['an address of a file', 'deriveKey', 0, (env) => addressOf(env, '', { id: 'f', store: 's' }, 0)],
  ['ids that nobody works out', 'deriveKey', 0, (env) => secretKeys(env, 'test')],
  ['a ticket', 'sign', 0, (env) => issueTicket(env, about, caller, Date.now())],
])(
  'a key for %s that could not be made is made for the next request, and kept',
  async (_, method, again, use) => {
    const env = fresh()
    const making = vi.spyOn(crypto.subtle, method).mockRejectedValueOnce(new Error('no key'))
    await expect(use(env)).rejects.toThrow('no key')
    await use(env)
    const { length } = making.mock.calls
    await use(env)
    expect(making.mock.calls.length - length).toBe(again)
  },
)
