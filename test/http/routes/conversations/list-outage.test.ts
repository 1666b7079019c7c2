import { env } from 'cloudflare:workers'
import { expect, test, vi } from 'vitest'

import { as, sendWith } from '../../../support/api.ts'
import { givenConversation } from '../../../support/given.ts'
import { problemOf } from '../../../support/problems.ts'

const down = new Proxy(env.DB, {
  get: () => () => {
    throw new Error('D1_ERROR: D1 DB is overloaded.')
  },
})

test.each(['', '?status=all'])(
  'a list%s says when to try again while D1 is down',
  async (query) => {
    const ann = await as.user()
    const id = await givenConversation(ann)
    const said = vi.spyOn(console, 'error').mockImplementation(() => {})
    const init = { headers: ann.headers }
    const response = await sendWith({ DB: down }, `/api/conversations${query}`, init)
    expect(said.mock.calls.flat()).toContainEqual(
      expect.objectContaining({ event: 'list-failed', error: 'overloaded' }),
    )
    said.mockRestore()
    expect(response.headers.get('retry-after')).toBe('5')
    expect(await problemOf(response)).toMatchObject({ type: '/problems/try-again', status: 503 })
    const one = await sendWith({ DB: down }, `/api/conversations/${id}`, init)
    expect(one.status).toBe(200)
  },
)
