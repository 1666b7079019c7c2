import { env } from 'cloudflare:workers'
import { describe, expect, test } from 'vitest'

import { append } from '../../support/api.ts'
import { givenConversation } from '../../support/given.ts'
import { problemOf } from '../../support/problems.ts'
import { eventually, faultyD1 } from '../../support/record.ts'
import {
  conversationsWith,
  found,
  givenFindable,
  indexOf,
  message,
  searchPath,
  soon,
  told,
  underIndex,
} from '../../support/searching.ts'
import { hurry } from '../../support/time.ts'

describe('an index', () => {
  test('asks all others though one does not answer', async () => {
    hurry(10)
    const { ann, id, name } = await givenFindable('a dotterel')
    const other = await givenConversation(ann, { messages: [message('a dotterel too', 'n')] })
    await soon(ann, 'dotterel', 2)
    const never = new Promise<void>(() => {})
    await underIndex(
      name,
      conversationsWith((one) => (one === id ? never : undefined)),
    )
    await append(ann, id, [message('a dotterel that nobody hears of', 'never')])
    await told(id)
    expect(await found(ann, 'dotterel')).toHaveLength(2)
    await append(ann, other, [message('a dotterel more', 'more')])
    await told(other)
    expect(await found(ann, 'dotterel')).toContain('more')
  })

  test('that is thrown away during a search fails none', async () => {
    const { ann, name } = await givenFindable('a merlin')
    const arrived = Promise.withResolvers<void>()
    const going = Promise.withResolvers<void>()
    await underIndex(
      name,
      conversationsWith(async () => {
        arrived.resolve()
        await going.promise
      }),
    )
    const searching = ann.get(searchPath('merlin'))
    await arrived.promise
    await indexOf(name).forget()
    going.resolve()
    expect((await searching).status).toBe(200)
    expect(await found(ann, 'merlin')).toEqual(['m'])
  })

  test('reads the list once more if D1 never answers', async () => {
    hurry(20)
    const { ann, name } = await givenFindable('a gannet')
    const { db } = faultyD1(env.DB, {
      beforeQuery: (query) => (query === 1 ? new Promise<void>(() => {}) : undefined),
    })
    await underIndex(name, { DB: db })
    expect(await problemOf(ann.get(searchPath('gannet')))).toMatchObject({ status: 503 })
    await eventually(async () => (await ann.get(searchPath('gannet'))).status === 200)
    expect(await found(ann, 'gannet')).toEqual(['m'])
  })
})
