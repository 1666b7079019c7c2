import { abortAllDurableObjects } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'

import { append, as, bodyOf } from '../../support/api.ts'
import { givenConversation, objectOf, userMessages } from '../../support/given.ts'
import { problemOf } from '../../support/problems.ts'
import {
  d1Error,
  dutiesOf,
  eventually,
  inRecord,
  recordOf,
  ringWhenDue,
  rowOf,
  storedIn,
  underFaults,
  wipeWhenDue,
  withRealD1,
} from '../../support/record.ts'
import { listen } from '../../support/said.ts'

/** What an erasure asks of D1: the note that it is under way, the messages' chunk, the row. */
const QUERIES = [1, 2, 3]

async function given(count = 2) {
  const ann = await as.user()
  const id = await givenConversation(ann, { messages: userMessages(count) })
  await inRecord(id, count)
  const erase = () => ann.post(`/api/conversations/${id}/erase`)
  return { ann, id, erase }
}

async function gone(id: string): Promise<void> {
  expect(await rowOf(id)).toBeNull()
  expect(await recordOf(id)).toEqual([])
  await wipeWhenDue(id)
  expect(await storedIn(id)).toEqual({ tables: [], alarm: null })
}

const fails = (at: number) => (query: number) => {
  if (query === at) throw d1Error('Network connection lost.')
}

test.each(QUERIES)('goes on by its alarm when D1 fails before its query %i', async (at) => {
  const { ann, id, erase } = await given()
  await underFaults(id, { beforeQuery: fails(at) })
  expect(await bodyOf<object>(erase())).toMatchObject({ messages: 2, is_complete: false })
  expect(await problemOf(ann.get(`/api/conversations/${id}`))).toMatchObject({ status: 404 })
  expect(await dutiesOf(id)).toMatchObject({
    due: [{ kind: 'erase', attempts: 1 }],
    alarm: expect.any(Number),
  })
  await ringWhenDue(id)
  await gone(id)
})

test.each(QUERIES)('goes on by its alarm when the answer to its query %i is lost', async (at) => {
  const { id, erase } = await given()
  await underFaults(id, { afterQuery: fails(at) })
  expect(await bodyOf<object>(erase())).toMatchObject({ is_complete: false })
  await ringWhenDue(id)
  await gone(id)
})

test.each(QUERIES)('goes on when the object is lost at its query %i', async (at) => {
  const { ann, id, erase } = await given()
  let isThere = false
  await underFaults(id, {
    beforeQuery: async (query) => {
      if (query < at) return
      isThere = true
      await new Promise(() => {})
    },
  })
  const erasing = erase()
  await eventually(() => isThere)
  await abortAllDurableObjects()
  await erasing
  // Asked again, an object that starts from its storage, behind its fence.
  expect(await bodyOf<object>(erase())).toMatchObject({ messages: 2, is_complete: true })
  expect(await problemOf(ann.get(`/api/conversations/${id}`))).toMatchObject({ status: 404 })
  await gone(id)
})

test('goes on by the alarm alone when the object is lost and nobody calls again', async () => {
  const { id } = await given()
  let isThere = false
  await underFaults(id, {
    beforeQuery: async () => {
      isThere = true
      await new Promise(() => {})
    },
  })
  const call = {
    caller: {
      owner: null,
      service: { name: 'eraser', scopes: ['erase' as const] },
      expiresAt: null,
    },
    requestId: 'r',
  }
  const erasing = objectOf(id)
    .erase(call)
    .then(
      () => 'answered',
      () => 'lost',
    )
  await eventually(() => isThere)
  await abortAllDurableObjects()
  expect(await erasing).toBe('lost')
  expect(await rowOf(id)).not.toBeNull()
  await ringWhenDue(id)
  await gone(id)
})

test('keeps its fence when the last look at the record fails', async () => {
  const log = listen()
  const { id, erase } = await given()
  expect(await bodyOf<object>(erase())).toMatchObject({ is_complete: true })
  await underFaults(id, { beforeQuery: fails(1) })
  await wipeWhenDue(id)
  expect((await storedIn(id)).tables).toContain('erasure')
  expect(log.events('erase-failed', id)).toMatchObject([
    { attempts: 1, error: expect.stringMatching(/^connection-lost: /) },
  ])
  await withRealD1(id)
  await ringWhenDue(id)
  expect(await storedIn(id)).toEqual({ tables: [], alarm: null })
})

test('comes back late to a D1 that is overloaded', async () => {
  const { id, erase } = await given()
  await underFaults(id, {
    beforeQuery: () => {
      throw d1Error('D1 DB is overloaded. Requests queued for too long.')
    },
  })
  await erase()
  expect((await dutiesOf(id)).due[0]?.at).toBeGreaterThan(Date.now() + 3 * 60_000)
})

/** Erases while a flush is on its way, `meanwhile` something happens, and D1 `ends` it. Returns what is owed then. */
async function owedOnceErased(
  meanwhile: (id: string) => unknown,
  ends: () => void,
): Promise<string[]> {
  const { ann, id, erase } = await given()
  const gate = Promise.withResolvers<void>()
  let isSent = false
  await underFaults(id, {
    before: async () => {
      isSent = true
      await gate.promise
      ends()
    },
  })
  await append(ann, id, userMessages(1, 3))
  await eventually(() => isSent)
  await meanwhile(id)
  const erasing = erase()
  await eventually(async () => (await dutiesOf(id)).due.some(({ kind }) => kind === 'erase'))
  gate.resolve()
  expect(await bodyOf<object>(erasing)).toMatchObject({ messages: 3, is_complete: true })
  const { due } = await dutiesOf(id)
  await gone(id)
  return due.map(({ kind }) => kind)
}

test('a flush that fails while it is being erased owes nothing afterwards', async () => {
  const fail = () => {
    throw d1Error('Network connection lost.')
  }
  expect(await owedOnceErased(() => {}, fail)).toEqual(['erase'])
})

test('a flush that finds another story while it is being erased owes nothing afterwards', async () => {
  const tell = (id: string) =>
    env.DB.prepare('UPDATE conversations SET version = 99 WHERE id = ?').bind(id).run()
  expect(await owedOnceErased(tell, () => {})).toEqual(['erase'])
})

test('a creation that waits for its flush learns that it is gone', async () => {
  const ann = await as.user()
  const id = crypto.randomUUID()
  const gate = Promise.withResolvers<void>()
  await objectOf(id).reconcile(true)
  await underFaults(id, { before: () => gate.promise })
  const creating = ann.post('/api/conversations', { id })
  await eventually(async () => (await ann.get(`/api/conversations/${id}`)).status === 200)
  const erasing = ann.post(`/api/conversations/${id}/erase`)
  await eventually(async () => (await ann.get(`/api/conversations/${id}`)).status === 404)
  gate.resolve()
  expect((await erasing).status).toBe(200)
  expect((await creating).status).toBe(404)
  await gone(id)
})
