import { env } from 'cloudflare:workers'
import { expect, test, vi } from 'vitest'

import { as, sendWith } from '../../support/api.ts'
import { givenConversation } from '../../support/given.ts'
import { problemOf } from '../../support/problems.ts'

const troubles = vi.spyOn(console, 'error').mockImplementation(() => {})
const ann = await as.user()
const id = await givenConversation(ann)

/** What the platform throws if it lost a call; its text may be anything. */
const lost = (marks: object) => Object.assign(new Error('secret words'), marks)

/** Objects behind a platform that loses the first calls, one error each; counts the stubs it gives out. */
function objectsThat(...errors: unknown[]) {
  const stubs: string[] = []
  const failing = errors.values()
  const getByName = (name: string) => {
    stubs.push(name)
    const failure = failing.next()
    if (failure.done) return env.CONVERSATION.getByName(name)
    return { read: () => Promise.reject(failure.value) }
  }
  return { stubs, changed: { CONVERSATION: { getByName } } as unknown as Partial<Env> }
}

const reading = (changed: Partial<Env>) =>
  sendWith(changed, `/api/conversations/${id}`, { headers: ann.headers })

test('asks a new stub again when the platform lost the call', async () => {
  const { stubs, changed } = objectsThat(lost({ retryable: true }), lost({ retryable: true }))
  expect((await reading(changed)).status).toBe(200)
  expect(stubs).toEqual([id, id, id])
})

test('asks no more than three times, then says to try again', async () => {
  const { stubs, changed } = objectsThat(...[1, 2, 3, 4].map(() => lost({ retryable: true })))
  const response = await reading(changed)
  expect(response.headers.get('retry-after')).toBe('5')
  expect(await problemOf(response)).toMatchObject({ type: '/problems/try-again', status: 503 })
  expect(stubs).toHaveLength(3)
})

test('does not ask again who has too much to do', async () => {
  const { stubs, changed } = objectsThat(lost({ retryable: true, overloaded: true }))
  expect(await problemOf(reading(changed))).toMatchObject({ type: '/problems/try-again' })
  expect(stubs).toHaveLength(1)
})

test('says to try again when the object is of an older version that lacks the call', async () => {
  // The runtime's own words; `test/versions` has it throw them.
  const lacking = new TypeError('The RPC receiver does not implement the method "read".')
  const { stubs, changed } = objectsThat(lacking)
  const response = await reading(changed)
  expect(stubs).toEqual([id])
  expect(response.headers.get('retry-after')).toBe('10')
  expect(await problemOf(response)).toMatchObject({ type: '/problems/try-again', status: 503 })
})

test('tells nobody what an error says, neither the caller nor the log', async () => {
  const cause = new RangeError('more secret words')
  const { stubs, changed } = objectsThat(new TypeError('secret words', { cause }))
  const response = await reading(changed)
  const requestId = response.headers.get('x-request-id')
  const text = JSON.stringify(await problemOf(response))
  expect(response.status).toBe(500)
  expect(text).not.toContain('secret')
  expect(stubs).toHaveLength(1)
  expect(troubles.mock.calls).toEqual([
    [
      {
        event: 'request-failed',
        method: 'GET',
        route: '/api/conversations/:id',
        error: 'TypeError < RangeError',
        request_id: requestId,
        version: expect.any(String),
      },
    ],
  ])
})

test('looks for its objects in the jurisdiction that is set', async () => {
  const { stubs, changed } = objectsThat()
  const jurisdiction = vi.fn<(name: string) => unknown>(() => changed.CONVERSATION)
  const elsewhere = {
    CONVERSATION: { jurisdiction },
    JURISDICTION: 'eu',
  } as unknown as Partial<Env>
  expect((await reading(elsewhere)).status).toBe(200)
  expect(jurisdiction).toHaveBeenCalledWith('eu')
  expect(stubs).toEqual([id])
})
