import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, test } from 'vitest'

import { type Client, append, as, at, bodyOf, sendWith } from '../../support/api.ts'
import { givenConversation } from '../../support/given.ts'
import { problemOf } from '../../support/problems.ts'
import {
  d1Error,
  evict,
  inStorage,
  ringWhenDue,
  storedIn,
  underFaults,
  underSettings,
  wipeWhenDue,
} from '../../support/record.ts'
import { listen } from '../../support/said.ts'
import {
  conversationsWith,
  givenFound,
  indexOf,
  indexesDown as down,
  message,
  searchFor,
  soon,
  told,
  underIndex,
  wordsIn,
} from '../../support/searching.ts'
import { aVisitor, logIn } from '../../support/visitors.ts'

const erased = async (ann: Client, id: string) =>
  bodyOf<{ is_complete: boolean }>(ann.post(`${at(id)}/erase`))

/** What the storage of an index holds of words, found or not. */
const blocksOf = (name: string): Promise<string> =>
  runInDurableObject(indexOf(name), (_, { storage }) =>
    storage.sql
      .exec<{ block: ArrayBuffer }>('SELECT block FROM words_data')
      .toArray()
      .map(({ block }) => new TextDecoder().decode(block))
      .join(' '),
  )

describe('what is erased', () => {
  test('is not found from the receipt on, and the index has let go by then', async () => {
    const { ann, id, name } = await givenFound()
    await givenConversation(ann, { messages: [message('stays', 'm')] })
    await searchFor(ann, 'stays')
    expect(await wordsIn(name)).toBe(3)
    expect(await erased(ann, id)).toMatchObject({ is_complete: true })
    expect(await wordsIn(name)).toBe(1)
    expect((await searchFor(ann, 'kakapo')).data).toEqual([])
  })

  test('leaves nothing of an index that had nothing else', async () => {
    const { ann, id, name } = await givenFound()
    await erased(ann, id)
    expect(await wordsIn(name)).toBeNull()
    expect(await searchFor(ann, 'kakapo')).toMatchObject({ indexed: { conversations: 0, of: 0 } })
    expect(await wordsIn(name)).toBeNull()
  })

  test('leaves no word in the storage of the index, once it has tidied up', async () => {
    const { ann, id, name } = await givenFound('a kakapo called Sirocco')
    await givenConversation(ann, { messages: [message('stays', 'm')] })
    await searchFor(ann, 'stays')
    await erased(ann, id)
    expect(await runDurableObjectAlarm(indexOf(name))).toBe(true)
    expect(await blocksOf(name)).toContain('stays')
    expect(await blocksOf(name)).not.toContain('sirocco')
  })

  test('leaves no word there either if it could not tidy up at first: it tries again later', async () => {
    const said = listen()
    const { ann, id, name } = await givenFound('a kakapo called Sirocco')
    await givenConversation(ann, { messages: [message('stays', 'm')] })
    await searchFor(ann, 'stays')
    await erased(ann, id)
    await runInDurableObject(indexOf(name), (_, { storage }) => {
      Object.assign(storage, {
        transactionSync: () => {
          throw new Error('disk I/O error: SQLITE_IOERR')
        },
      })
    })
    const start = Date.now()
    expect(await runDurableObjectAlarm(indexOf(name))).toBe(true)
    expect(said.all('index-failed')).toHaveLength(1)
    const alarm = await runInDurableObject(indexOf(name), async (_, { storage }) => {
      Reflect.deleteProperty(storage, 'transactionSync')
      return storage.getAlarm()
    })
    expect(alarm).toBeGreaterThan(start + 30_000)
    expect(await blocksOf(name)).toContain('sirocco')
    expect(await runDurableObjectAlarm(indexOf(name))).toBe(true)
    expect(await blocksOf(name)).not.toContain('sirocco')
  })

  test('leaves no word of a title either, if there was nothing else', async () => {
    const { ann, name } = await givenFound()
    const id = await givenConversation(ann, { title: 'Takahe' })
    await soon(ann, 'takahe')
    await erased(ann, id)
    expect(await runDurableObjectAlarm(indexOf(name))).toBe(true)
    expect(await blocksOf(name)).toContain('kakapo')
    expect(await blocksOf(name)).not.toContain('takahe')
  })

  test('has no receipt until the index has let go; it goes on by itself, and the receipt is there then', async () => {
    const { ann, id, name } = await givenFound()
    await underSettings(id, down)
    const problem = await problemOf(ann.post(`${at(id)}/erase`))
    expect(problem).toMatchObject({ status: 503, type: '/problems/try-again', retry_after: 5 })
    expect((await ann.get(at(id))).status).toBe(404)
    expect(await wordsIn(name)).toBe(2)
    await evict(id)
    await ringWhenDue(id)
    expect(await wordsIn(name)).toBeNull()
    expect(await erased(ann, id)).toMatchObject({ messages: 1, is_complete: true })
    await wipeWhenDue(id)
    expect(await storedIn(id)).toEqual({ tables: [], alarm: null })
  })

  test('is let go of if all is erased: the index is not asked one by one', async () => {
    const { ann, id, name } = await givenFound()
    await underSettings(id, down)
    expect((await ann.post(`${at(id)}/erase`)).status).toBe(503)
    expect(await wordsIn(name)).toBe(2)
    const init = {
      method: 'POST',
      body: '{}',
      headers: { ...ann.headers, 'content-type': 'application/json' },
    }
    const problem = await problemOf(sendWith(down, '/api/erase', init))
    expect(problem).toMatchObject({ status: 503, type: '/problems/try-again' })
    expect((await ann.post('/api/erase', {})).status).toBe(200)
    expect(await wordsIn(name)).toBeNull()
  })

  test('has its receipt if D1 alone is not rid of it yet', async () => {
    const { ann, id, name } = await givenFound()
    await underFaults(id, {
      beforeQuery: () => {
        throw d1Error('Network connection lost.')
      },
    })
    expect(await erased(ann, id)).toMatchObject({ is_complete: false })
    expect(await wordsIn(name)).toBeNull()
    expect((await searchFor(ann, 'kakapo')).data).toEqual([])
  })

  test('because its time is over is not found any more, though D1 is down', async () => {
    const { id, name } = await givenFound()
    await inStorage(id, 'UPDATE conversation SET is_active = 0, archived_at = 1, quiet_since = 1')
    await evict(id)
    await underSettings(id, { ERASE_AFTER_DAYS: '30' })
    await underFaults(id, {
      beforeQuery: () => {
        throw d1Error('Network connection lost.')
      },
    })
    const object = env.CONVERSATION.getByName(id)
    expect(await object.eraseExpired('test', Date.now())).toEqual({ isErased: true })
    expect(await wordsIn(name)).toBeNull()
  })

  test('does not come back by an answer that was on its way, nor by a notice that is late', async () => {
    const { ann, id, name } = await givenFound()
    await givenConversation(ann, { messages: [message('stays', 'm')] })
    await searchFor(ann, 'stays')
    const arrived = Promise.withResolvers<void>()
    const going = Promise.withResolvers<void>()
    await underIndex(
      name,
      conversationsWith(async () => {
        arrived.resolve()
        await going.promise
      }),
    )
    await append(ann, id, [message('a kakapo more', 'late')])
    await told(id)
    const searching = searchFor(ann, 'kakapo')
    await arrived.promise
    expect(await erased(ann, id)).toMatchObject({ is_complete: true })
    going.resolve()
    expect((await searching).data).toEqual([])
    await indexOf(name).notice(id)
    expect((await searchFor(ann, 'kakapo')).data).toEqual([])
    expect(await wordsIn(name)).toBe(1)
  })

  test('is let go of by the index of the session, too, if that had not yet when it was linked', async () => {
    const { id: sessionId, token, client } = await aVisitor()
    const id = await givenConversation(client, { messages: [message('a rail', 'm')] })
    expect((await searchFor(client, 'rail')).data).toHaveLength(1)
    const user = crypto.randomUUID()
    await underSettings(id, down)
    await logIn(token, user)
    await evict(id)
    expect(await erased(await as.user(user), id)).toMatchObject({ is_complete: true })
    expect(await wordsIn(`session:${sessionId}`)).toBeNull()
  })
})
