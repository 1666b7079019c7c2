import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, test } from 'vitest'

import { type Client, append, as, bodyOf } from '../../support/api.ts'
import { givenConversation } from '../../support/given.ts'
import { problemOf } from '../../support/problems.ts'
import { d1Error, eventually, faultyD1, inStorage } from '../../support/record.ts'
import {
  found,
  givenFindable,
  message,
  soon,
  conversationsWith,
  indexOf,
  knownIndexes,
  searchFor,
  searchPath,
  told,
  underIndex,
  wordsIn,
} from '../../support/searching.ts'
import { hurry } from '../../support/time.ts'

/** The index as after its storage was lost. */
async function lose(name: string): Promise<void> {
  await runInDurableObject(indexOf(name), (_, { storage }) => storage.deleteAll())
}

describe('an index', () => {
  test('that is lost is made anew by the next search, of all that it had heard and not asked for, too', async () => {
    const { ann, id, name } = await givenFindable('a penguin')
    await givenConversation(ann, { title: 'Penguins' })
    await soon(ann, 'penguin*', 2)
    await append(ann, id, [message('a penguin too', 'n')])
    await told(id)
    await lose(name)
    await evictDurableObject(indexOf(name))
    expect(await searchFor(ann, 'penguin*')).toMatchObject({ indexed: { conversations: 2, of: 2 } })
    expect(await found(ann, 'penguin*')).toHaveLength(3)
  })

  test('asks again for an answer that it lost', async () => {
    const { ann, id, name } = await givenFindable('a puffin')
    await underIndex(
      name,
      conversationsWith(() => {
        throw new Error('Network connection lost.')
      }),
    )
    expect(await searchFor(ann, 'puffin')).toMatchObject({ indexed: { conversations: 0, of: 1 } })
    // The conversation takes it for told.
    expect(await knownIndexes(id)).toMatchObject([{ is_told: 0, seen_version: 2 }])
    await evictDurableObject(indexOf(name))
    expect(await found(ann, 'puffin')).toEqual(['m'])
  })

  test('has what there was before it: the record lists it, whoever never heard of search', async () => {
    const owner = crypto.randomUUID()
    const ann = await as.user(owner)
    const ids = await Promise.all(
      [1, 2, 3].map((n) => givenConversation(ann, { title: `Gull ${n}` })),
    )
    await Promise.all(ids.map(told))
    for (const id of ids) await inStorage(id, 'DELETE FROM indexes')
    expect(await searchFor(ann, 'gull')).toMatchObject({ indexed: { conversations: 3, of: 3 } })
    expect((await found(ann, 'gull')).toSorted()).toEqual(ids.toSorted())
    for (const id of ids) expect(await knownIndexes(id)).toMatchObject([{ is_told: 0 }])
  })

  test('of another version is made anew', async () => {
    const { ann, name } = await givenFindable('a grebe')
    expect(await found(ann, 'grebe')).toEqual(['m'])
    await runInDurableObject(indexOf(name), (_, { storage }) => {
      storage.sql.exec('DELETE FROM words WHERE rowid > 0')
    })
    await evictDurableObject(indexOf(name))
    expect(await found(ann, 'grebe')).toEqual([])
    await runInDurableObject(indexOf(name), (_, { storage }) => {
      storage.sql.exec('UPDATE state SET version = 0')
    })
    await evictDurableObject(indexOf(name))
    expect(await found(ann, 'grebe')).toEqual(['m'])
  })

  test('says how far it is while conversations can not be asked, and goes on by itself', async () => {
    hurry(20)
    const { ann, id, name } = await givenFindable('a heron')
    await givenConversation(ann, { messages: [message('a heron too', 'n')] })
    const going = Promise.withResolvers<void>()
    await underIndex(
      name,
      conversationsWith((one) => (one === id ? going.promise : undefined)),
    )
    expect(await searchFor(ann, 'heron')).toMatchObject({ indexed: { conversations: 1, of: 2 } })
    going.resolve()
    await eventually(async () => (await wordsIn(name)) === 2)
    expect(await searchFor(ann, 'heron')).toMatchObject({ indexed: { conversations: 2, of: 2 } })
  })

  test('asks again by its alarm, for as long as that brings it further', async () => {
    const { ann, id, name } = await givenFindable('an avocet')
    await givenConversation(ann, { messages: [message('an avocet too', 'n')] })
    await underIndex(
      name,
      conversationsWith((one) => {
        if (one === id) throw new Error('Network connection lost.')
      }),
    )
    expect(await found(ann, 'avocet')).toEqual(['n'])
    expect(await runDurableObjectAlarm(indexOf(name))).toBe(true)
    expect(await runDurableObjectAlarm(indexOf(name))).toBe(false)
    expect(await found(ann, 'avocet')).toEqual(['n'])
    await evictDurableObject(indexOf(name))
    expect(await runDurableObjectAlarm(indexOf(name))).toBe(true)
    expect(await wordsIn(name)).toBe(2)
  })

  test('waits for none that never answers', async () => {
    hurry(20)
    const { ann, id, name } = await givenFindable('an egret')
    await givenConversation(ann, { messages: [message('an egret too', 'n')] })
    const never = new Promise<void>(() => {})
    await underIndex(
      name,
      conversationsWith((one) => (one === id ? never : undefined)),
    )
    expect(await found(ann, 'egret')).toEqual(['n'])
  })

  test('can not be made while D1 is down, and says so; one that stands asks D1 nothing', async () => {
    const { ann, name } = await givenFindable('a stork')
    const { db } = faultyD1(env.DB, {
      beforeQuery: () => {
        throw d1Error('Network connection lost.')
      },
    })
    await underIndex(name, { DB: db })
    expect(await problemOf(ann.get(searchPath('stork')))).toMatchObject({ status: 503 })
    await underIndex(name, { DB: env.DB })
    expect(await found(ann, 'stork')).toEqual(['m'])
    await underIndex(name, { DB: db })
    await givenConversation(ann, { messages: [message('a stork too', 'n')] })
    await soon(ann, 'stork', 2)
  })
})

test('an index that begins anew while it reads a long list reads it from the beginning', async () => {
  const owner = crypto.randomUUID()
  const name = `user:${owner}`
  const ann = await as.user(owner)
  await givenConversation(ann, { messages: [message('a stork', 'm')] })
  const last = { id: 'ffffffff-ffff-4fff-8fff-ffffffffffff', messages: [message('a heron', 'n')] }
  await givenConversation(ann, last)
  // It ends the first page of the list, and the heron is the second. None of the others is there any more.
  await env.DB.prepare(
    `WITH RECURSIVE more (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM more WHERE n < 999)
     INSERT INTO conversations (id, user_id, language, is_active, is_resolved, hold, created_at, updated_at,
       quiet_since, last_seq, summary_seq, tokens_used, metadata, version)
     SELECT format('00000000-ffff-7fff-8fff-%012d', n), ?, 'en', 1, 0, 0, 1, 1, 1, 0, 0, 0, '{}', 1 FROM more`,
  )
    .bind(owner)
    .run()
  const arrived = Promise.withResolvers<void>()
  const going = Promise.withResolvers<void>()
  const { db } = faultyD1(env.DB, {
    beforeQuery: async (query) => {
      if (query !== 2) return
      arrived.resolve()
      await going.promise
    },
  })
  await underIndex(name, { DB: db })
  const searching = searchFor(ann, 'stork')
  await arrived.promise
  await indexOf(name).forget()
  const again = searchFor(ann, 'stork')
  // It waits for nobody, or for the first one's list.
  await Promise.race([again, scheduler.wait(500)])
  going.resolve()
  await Promise.all([searching, again])
  expect(await found(ann, 'stork')).toEqual(['m'])
})

describe('POST /api/admin/reindex', () => {
  test('makes an index anew, of a session too, for operators only', async () => {
    const { ann, id, name } = await givenFindable('a swift')
    expect(await found(ann, 'swift')).toEqual(['m'])
    await runInDurableObject(indexOf(name), (_, { storage }) => {
      storage.sql.exec('DELETE FROM words WHERE rowid > 0')
    })
    expect(await found(ann, 'swift')).toEqual([])
    const operator = as.service('operator')
    const reindex = (body: object, client: Client = operator) =>
      client.post('/api/admin/reindex', body)
    expect(await bodyOf(reindex({ user_id: name.slice('user:'.length) }))).toEqual({
      object: 'reindexing',
      indexed: { conversations: 1, of: 1 },
    })
    expect(await found(ann, 'swift')).toEqual(['m'])
    const session = crypto.randomUUID()
    const visitor = await as.session(session)
    await givenConversation(visitor, { title: 'Swallow' })
    expect(await bodyOf(reindex({ session_id: session }))).toMatchObject({
      indexed: { conversations: 1, of: 1 },
    })
    expect((await reindex({ user_id: 'x' }, ann)).status).toBe(403)
    expect((await reindex({ user_id: 'x' }, as.service('staff'))).status).toBe(403)
    for (const body of [{}, { user_id: 'x', session_id: 'y' }, { user_id: '' }]) {
      expect((await reindex(body)).status).toBe(422)
    }
    expect(await knownIndexes(id)).toHaveLength(1)
  })
})
