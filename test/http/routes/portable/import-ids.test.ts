import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'

import { importedIdsOf } from '../../../../src/storage/conversations.ts'
import { openDatabase } from '../../../../src/storage/database.ts'
import { as, at, bodyOf, sendWith } from '../../../support/api.ts'
import { objectOf } from '../../../support/given.ts'
import { type ImportAnswer, elsewhere, importedIds, importing } from '../../../support/importing.ts'
import { problemOf } from '../../../support/problems.ts'
import { inRecord } from '../../../support/record.ts'
import { bindings } from '../../../support/settings.ts'

const older = bindings.SESSION_SECRET
const newer = 'a newer session secret for tests long enough to be taken'

type Elsewhere = Awaited<ReturnType<typeof elsewhere>>

/** Imports under other secrets; the client's token is a user's, which they do not sign. */
const importingUnder = async (secrets: string, { client, file }: Elsewhere) => {
  const headers = { ...client.headers, 'content-type': 'application/x-ndjson' }
  const init = { method: 'POST', headers, body: file }
  const answer = await bodyOf<ImportAnswer>(
    sendWith({ SESSION_SECRET: secrets }, '/api/import', init),
  )
  return { ...answer, id: answer.conversations[0]?.id }
}

test('an id can’t be worked out without the secret', async () => {
  const { client, file, user, theirs } = await elsewhere()
  const { conversations } = await importing(client, file)
  const underOther = await importedIds(user, theirs.id, newer)
  expect([underOther.now, ...underOther.before, underOther.unkeyed]).not.toContain(
    conversations[0]?.id,
  )
  expect(conversations[0]?.id).toMatch(/^.{14}8/)
})

test('nobody takes an id of an import first, or learns that it is taken', async () => {
  const { client, file, id, user, theirs } = await elsewhere()
  const { unkeyed } = await importedIds(user, theirs.id)
  const bob = await as.user()
  const ask = async (wanted: string) =>
    problemOf(bob.post('/api/conversations', { id: wanted, title: 'mine' }))
  const untaken = await ask(id)
  expect(untaken).toMatchObject({
    status: 422,
    errors: [{ pointer: '/id', detail: expect.stringContaining('version 8') as string }],
  })
  expect(await ask(unkeyed.toUpperCase())).toEqual(untaken)
  expect(await importing(client, file)).toMatchObject({ imported: 1, conversations: [{ id }] })
  expect(await ask(id)).toEqual(untaken)
  // Nor does its owner, who would make two of it.
  expect(
    (await client.post('/api/conversations', { id: id.replace(/^./, '0'), title: 'x' })).status,
  ).toBe(422)
})

test.each([
  [4, 201],
  [7, 201],
])('takes an id of version %i from a client', async (version, status) => {
  const ann = await as.user()
  const id = crypto.randomUUID().replace(/^(.{14})./, `$1${version}`)
  expect((await ann.post('/api/conversations', { id })).status).toBe(status)
})

test('finds after a rotation what was imported before it', async () => {
  const theirs = await elsewhere()
  const first = await importingUnder(older, theirs)
  expect(first).toMatchObject({ imported: 1, id: theirs.id })
  const rotated = await importingUnder(`${newer},${older}`, theirs)
  expect(rotated).toMatchObject({ unchanged: 1, id: theirs.id })
  const others = await elsewhere()
  const fresh = await importingUnder(`${newer},${older}`, others)
  expect(fresh.id).toBe((await importedIds(others.user, others.theirs.id, newer)).now)
  expect(await importingUnder(newer, others)).toMatchObject({ unchanged: 1, id: fresh.id })
})

/** As a version that had no key imported it. */
async function importedUnkeyed({ user, theirs }: Elsewhere, owner: string) {
  const { unkeyed } = await importedIds(user, theirs.id)
  const caller = { owner: { kind: 'user' as const, id: owner }, service: null, expiresAt: null }
  const beginnings = { title: 'From before', topic: null, language: 'es', metadata: {} }
  const made = await objectOf(unkeyed).create({ caller, requestId: 'x' }, beginnings, [])
  expect(made.ok).toBe(true)
  return unkeyed
}

test('finds what its owner imported when ids had no key', async () => {
  const theirs = await elsewhere()
  const id = await importedUnkeyed(theirs, theirs.user)
  const { conversations } = await importing(theirs.client, theirs.file)
  expect(conversations).toMatchObject([{ id }])
  expect((await theirs.client.get(at(theirs.id))).status).toBe(404)
})

test('goes past such an id that somebody else has taken', async () => {
  const theirs = await elsewhere()
  const id = await importedUnkeyed(theirs, 'somebody else')
  const { conversations } = await importing(theirs.client, theirs.file)
  expect(conversations).toMatchObject([{ id: theirs.id }])
  expect(id).not.toBe(theirs.id)
})

/** The objects that are asked for, with others in their place. */
const objectsAsked = async (theirs: Elsewhere, more: object = {}) => {
  const names: string[] = []
  const isOwn = async () => ({ ok: true, isOwn: false })
  const importConversation = async () => ({ ok: true, outcome: 'imported' })
  const CONVERSATION = {
    getByName: (name: string) => {
      names.push(name)
      return { isOwn, importConversation }
    },
  } as never
  const headers = { ...theirs.client.headers, 'content-type': 'application/x-ndjson' }
  const init = { method: 'POST', headers, body: theirs.file }
  await bodyOf<ImportAnswer>(sendWith({ CONVERSATION, ...more }, '/api/import', init))
  return names
}

test('no object is asked for an id that the record says was never made', async () => {
  const theirs = await elsewhere()
  expect(await objectsAsked(theirs)).toEqual([theirs.id])
})

test('while D1 is down, the object of each such id is asked', async () => {
  const theirs = await elsewhere()
  const { unkeyed } = await importedIds(theirs.user, theirs.theirs.id)
  expect(await objectsAsked(theirs, { DB: {} })).toEqual([unkeyed, theirs.id])
})

test('of an owner who has imported more than is looked up at once nothing is known', async () => {
  const { client, user, file, id } = await elsewhere()
  await importing(client, file)
  await inRecord(id, 1)
  const idsUpTo = async (limit: number) =>
    importedIdsOf(openDatabase(env.DB), { kind: 'user', id: user }, limit)
  expect(await idsUpTo(1)).toEqual(new Set([id]))
  expect(await idsUpTo(0)).toBeNull()
})
