import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'

import type { Owner } from '../../../../src/contract/caller.ts'
import { filesOf } from '../../../../src/objects.ts'
import { type Client, append, as, at, bodyOf } from '../../../support/api.ts'
import {
  DAY_MS,
  erase,
  givenFile,
  isThere,
  keysOf,
  later,
  showing,
} from '../../../support/files.ts'
import { givenConversation } from '../../../support/given.ts'
import { problemOf } from '../../../support/problems.ts'
import { inStorage } from '../../../support/record.ts'
import { aVisitor, logIn } from '../../../support/visitors.ts'

const MINUTES = 60_000

/** A conversation whose only message that named a file was deleted right after. */
async function givenDeleted(client: Client) {
  const file = await givenFile(client)
  const conversation = await givenConversation(client)
  const message = showing(file.id)
  expect((await append(client, conversation, [message])).status).toBe(201)
  expect((await client.delete(`${at(conversation)}/messages/${message.id}`)).status).toBe(200)
  return { file, conversation }
}

async function givenUser() {
  const owner: Owner = { kind: 'user', id: crypto.randomUUID() }
  return { owner, ann: await as.user(owner.id) }
}

test('a file that only a deleted message named goes with its conversation at once', async () => {
  const { owner, ann } = await givenUser()
  const { file, conversation } = await givenDeleted(ann)
  expect(await erase(ann, conversation)).toMatchObject({ is_complete: true })
  expect(await isThere(ann, file.id)).toBe(false)
  expect(await keysOf(owner)).toEqual([])
})

test('a file that only a deleted message named goes with everything of its owner', async () => {
  const { owner, ann } = await givenUser()
  const { file } = await givenDeleted(ann)
  expect(await bodyOf(ann.post('/api/erase', {}))).toMatchObject({ is_complete: true })
  expect(await isThere(ann, file.id)).toBe(false)
  expect(await keysOf(owner)).toEqual([])
})

test('a file that only a deleted message of a visitor named goes when the user that they became erases it', async () => {
  const { owner, ann } = await givenUser()
  const visitor = await aVisitor()
  const { file, conversation } = await givenDeleted(visitor.client)
  expect(await logIn(visitor.token, owner.id)).toMatchObject({ linked: 1 })
  expect(await erase(ann, conversation)).toMatchObject({ is_complete: true })
  expect(await isThere(ann, file.id)).toBe(false)
  expect(await keysOf(owner)).toEqual([])
})

test('a file that only a message in writing names goes with its conversation', async () => {
  const { owner, ann } = await givenUser()
  const file = await givenFile(ann)
  const conversation = await givenConversation(ann)
  await filesOf(env, owner).refer(conversation, [file.id])
  await inStorage(
    conversation,
    `INSERT INTO writing VALUES ('w', 0, ?1, ?2, ?2)`,
    JSON.stringify([showing(file.id)]),
    Date.now(),
  )
  expect(await erase(ann, conversation)).toMatchObject({ is_complete: true })
  expect(await isThere(ann, file.id)).toBe(false)
  expect(await keysOf(owner)).toEqual([])
})

test('a file whose message was deleted right after it was sent goes by itself in ten minutes', async () => {
  const { owner, ann } = await givenUser()
  const { file } = await givenDeleted(ann)
  expect(await problemOf(ann.delete(`/api/files/${file.id}`))).toMatchObject({
    status: 409,
    detail: expect.stringContaining('within the last ten minutes') as string,
  })
  await later(owner, 11 * MINUTES)
  expect(await isThere(ann, file.id)).toBe(false)
  expect(await keysOf(owner)).toEqual([])
})

test('a file of a message that never came stays its day, though another message is deleted', async () => {
  const { owner, ann } = await givenUser()
  const conversation = await givenConversation(ann)
  const [wanted, shown] = [await givenFile(ann), await givenFile(ann)]
  const refused = { ...showing(wanted.id), role: 'assistant' }
  expect((await append(ann, conversation, [refused])).status).toBe(403)
  const message = showing(shown.id)
  await append(ann, conversation, [message])
  await later(owner, 11 * MINUTES)
  expect((await ann.delete(`${at(conversation)}/messages/${message.id}`)).status).toBe(200)
  expect(await isThere(ann, shown.id)).toBe(false)
  expect(await isThere(ann, wanted.id)).toBe(true)
  expect((await append(ann, conversation, [showing(wanted.id)])).status).toBe(201)
  await later(owner, 2 * DAY_MS)
  expect(await isThere(ann, wanted.id)).toBe(true)
})
