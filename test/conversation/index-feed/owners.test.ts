import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { describe, expect, test } from 'vitest'

import { append, as, at, bodyOf } from '../../support/api.ts'
import { givenConversation } from '../../support/given.ts'
import {
  eventually,
  evict,
  ringWhenDue,
  storedIn,
  underSettings,
  wipeWhenDue,
} from '../../support/record.ts'
import {
  conversationsWith,
  foundBy,
  indexOf,
  indexesWith,
  knownIndexes,
  searchFor,
  told,
  underIndex,
  wordsIn,
} from '../../support/searching.ts'
import { aVisitor, givenCutLink, logIn, runCron } from '../../support/visitors.ts'

const message = (content: string, id = 'm') => ({ id, role: 'user', content })
const down = indexesWith(() => {
  throw new Error('Network connection lost.')
})

/** Somebody who has said something, and has found it. */
async function given(content = 'a kakapo') {
  const owner = crypto.randomUUID()
  const ann = await as.user(owner)
  const id = await givenConversation(ann, { title: 'Kakapo', messages: [message(content)] })
  expect((await searchFor(ann, 'kakapo')).data).toHaveLength(2)
  return { ann, id, name: `user:${owner}` }
}

const erased = async (ann: Awaited<ReturnType<typeof as.user>>, id: string) =>
  bodyOf<{ is_complete: boolean }>(ann.post(`${at(id)}/erase`))

describe('at login', () => {
  test('the user finds what the session said, from the moment of linking, and the session no more', async () => {
    const { id: sessionId, token, client } = await aVisitor()
    const id = await givenConversation(client, { messages: [message('a takahe')] })
    expect(foundBy((await searchFor(client, 'takahe')).data)).toEqual(['m'])
    const userId = crypto.randomUUID()
    const user = await as.user(userId)
    // An index that stands already has to be told.
    await givenConversation(user, { messages: [message('of mine')] })
    expect((await searchFor(user, 'takahe')).data).toEqual([])
    // Handing over waits for indexes that take their time.
    await underSettings(
      id,
      indexesWith(() => scheduler.wait(300)),
    )
    expect((await logIn(token, userId)).linked).toBe(1)
    expect(foundBy((await searchFor(user, 'takahe')).data)).toEqual(['m'])
    expect((await searchFor(client, 'takahe')).data).toEqual([])
    expect(await wordsIn(`session:${sessionId}`)).toBeNull()
    expect((await knownIndexes(id)).map((one) => one['owner'])).toEqual([`user:${userId}`])
  })

  test('the session finds nothing even while its index can not let go; which it does in the end', async () => {
    const { id: sessionId, token, client } = await aVisitor()
    const id = await givenConversation(client, { messages: [message('a weka')] })
    expect((await searchFor(client, 'weka')).data).toHaveLength(1)
    const userId = crypto.randomUUID()
    await underSettings(id, down)
    await logIn(token, userId)
    expect(await wordsIn(`session:${sessionId}`)).toBe(1)
    expect((await searchFor(client, 'weka')).data).toEqual([])
    await evict(id)
    await ringWhenDue(id)
    await eventually(async () => (await wordsIn(`session:${sessionId}`)) === null)
    expect(foundBy((await searchFor(await as.user(userId), 'weka')).data)).toEqual(['m'])
  })

  test('a link that was cut hands the words over with the rest', async () => {
    const { id: sessionId, client } = await aVisitor()
    await givenConversation(client, { messages: [message('a kiwi')] })
    expect((await searchFor(client, 'kiwi')).data).toHaveLength(1)
    const userId = crypto.randomUUID()
    await givenCutLink(sessionId, userId)
    await runCron()
    expect(foundBy((await searchFor(await as.user(userId), 'kiwi')).data)).toEqual(['m'])
    expect((await searchFor(client, 'kiwi')).data).toEqual([])
  })

  test('a notice that is late brings nothing back to the session', async () => {
    const { id: sessionId, token, client } = await aVisitor()
    const id = await givenConversation(client, { messages: [message('a moa')] })
    await givenConversation(client, { messages: [message('stays')] })
    await searchFor(client, 'moa')
    const body = { session_token: token, conversation_ids: [id] }
    expect((await (await as.user()).post('/api/sessions/link', body)).status).toBe(200)
    expect(await wordsIn(`session:${sessionId}`)).toBe(1)
    await indexOf(`session:${sessionId}`).notice(id)
    expect((await searchFor(client, 'moa')).data).toEqual([])
    expect(await wordsIn(`session:${sessionId}`)).toBe(1)
  })
})

describe('what is erased', () => {
  test('is not found from the receipt on, and the index has let go by then', async () => {
    const { ann, id, name } = await given()
    await givenConversation(ann, { messages: [message('stays')] })
    await searchFor(ann, 'stays')
    expect(await wordsIn(name)).toBe(3)
    expect(await erased(ann, id)).toMatchObject({ is_complete: true })
    expect(await wordsIn(name)).toBe(1)
    expect((await searchFor(ann, 'kakapo')).data).toEqual([])
  })

  test('leaves nothing of an index that had nothing else', async () => {
    const { ann, id, name } = await given()
    await erased(ann, id)
    expect(await wordsIn(name)).toBeNull()
    expect(await searchFor(ann, 'kakapo')).toMatchObject({ indexed: { conversations: 0, of: 0 } })
    expect(await wordsIn(name)).toBeNull()
  })

  test('leaves no word in the storage of the index, once it has tidied up', async () => {
    const { ann, id, name } = await given('a kakapo called Sirocco')
    await givenConversation(ann, { messages: [message('stays')] })
    await searchFor(ann, 'stays')
    await erased(ann, id)
    expect(await runDurableObjectAlarm(indexOf(name))).toBe(true)
    const blocks = await runInDurableObject(indexOf(name), (_, { storage }) =>
      storage.sql
        .exec<{ block: ArrayBuffer }>('SELECT block FROM words_data')
        .toArray()
        .map(({ block }) => new TextDecoder().decode(block)),
    )
    expect(blocks.some((block) => block.includes('stays'))).toBe(true)
    expect(blocks.some((block) => block.includes('sirocco'))).toBe(false)
  })

  test('is done only when the index has let go; nobody finds it while that takes', async () => {
    const { ann, id, name } = await given()
    await underSettings(id, down)
    expect(await erased(ann, id)).toMatchObject({ is_complete: false })
    expect(await wordsIn(name)).toBe(2)
    expect((await searchFor(ann, 'kakapo')).data).toEqual([])
    await evict(id)
    await ringWhenDue(id)
    expect(await wordsIn(name)).toBeNull()
    await wipeWhenDue(id)
    expect(await storedIn(id)).toEqual({ tables: [], alarm: null })
  })

  test('does not come back by an answer that was on its way, nor by a notice that is late', async () => {
    const { ann, id, name } = await given()
    await givenConversation(ann, { messages: [message('stays')] })
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
    const id = await givenConversation(client, { messages: [message('a rail')] })
    expect((await searchFor(client, 'rail')).data).toHaveLength(1)
    const user = crypto.randomUUID()
    await underSettings(id, down)
    await logIn(token, user)
    await evict(id)
    expect(await erased(await as.user(user), id)).toMatchObject({ is_complete: true })
    expect(await wordsIn(`session:${sessionId}`)).toBeNull()
  })
})

test('an index that has what is not its owner’s shows nothing of it, and lets go', async () => {
  const { id } = await given()
  const owner = crypto.randomUUID()
  const bob = await as.user(owner)
  await givenConversation(bob, { messages: [message('bob has a kakapo', 'mine')] })
  expect(foundBy((await searchFor(bob, 'kakapo')).data)).toEqual(['mine'])
  await runInDurableObject(indexOf(`user:${owner}`), (_, { storage }) => {
    storage.sql.exec('INSERT INTO conversations (n, id, notices) VALUES (7, ?, 0)', id)
    const rowid = 7 * 2 ** 24 + 1
    storage.sql.exec(`INSERT INTO words (rowid, user, at) VALUES (?, 'a kakapo', 1)`, rowid)
  })
  expect(foundBy((await searchFor(bob, 'kakapo')).data)).toEqual(['mine'])
  await eventually(async () => {
    expect(foundBy((await searchFor(bob, 'kakapo')).data)).toEqual(['mine'])
    return (await wordsIn(`user:${owner}`)) === 1
  })
})
