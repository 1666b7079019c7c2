import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'

import { filesOf } from '../../../../src/objects.ts'
import { append, as, bodyOf } from '../../../support/api.ts'
import {
  DAY_MS,
  erase,
  givenFile,
  isThere,
  keysOf,
  later,
  showing,
  upload,
} from '../../../support/files.ts'
import { givenConversation } from '../../../support/given.ts'
import { problemOf } from '../../../support/problems.ts'

test('a file that a message names stays, and goes with the conversation at once', async () => {
  const id = crypto.randomUUID()
  const owner = { kind: 'user', id } as const
  const ann = await as.user(id)
  const file = await givenFile(ann)
  const [one, two] = [await givenConversation(ann), await givenConversation(ann)]
  await append(ann, one, [showing(file.id)])
  await append(ann, two, [showing(file.id)])
  await later(owner, 3 * DAY_MS)
  expect(await isThere(ann, file.id)).toBe(true)
  expect(await problemOf(ann.delete(`/api/files/${file.id}`))).toMatchObject({ status: 409 })
  expect(await erase(ann, one)).toMatchObject({ files: 1, is_complete: true })
  expect(await isThere(ann, file.id)).toBe(true)
  await later(owner, 3 * DAY_MS)
  expect(await isThere(ann, file.id)).toBe(true)
  expect(await erase(ann, two)).toMatchObject({ files: 1, is_complete: true })
  expect(await isThere(ann, file.id)).toBe(false)
  expect(await keysOf(owner)).toEqual([])
})

test('a file that no message names goes after a day, also if one was about to', async () => {
  const id = crypto.randomUUID()
  const owner = { kind: 'user', id } as const
  const ann = await as.user(id)
  const [unused, refused, used] = [await givenFile(ann), await givenFile(ann), await givenFile(ann)]
  // Named in a message that was refused: the conversation is not there.
  expect((await append(ann, crypto.randomUUID(), [showing(refused.id)])).status).toBe(404)
  await append(ann, await givenConversation(ann), [showing(used.id)])
  await later(owner, DAY_MS / 2)
  for (const file of [unused, refused, used]) expect(await isThere(ann, file.id)).toBe(true)
  await later(owner, DAY_MS)
  expect(await isThere(ann, unused.id)).toBe(false)
  expect(await isThere(ann, refused.id)).toBe(false)
  expect(await isThere(ann, used.id)).toBe(true)
  expect(await keysOf(owner)).toHaveLength(1)
})

test('a message that is named while the conversation is looked at keeps its file', async () => {
  const id = crypto.randomUUID()
  const owner = { kind: 'user', id } as const
  const ann = await as.user(id)
  const file = await givenFile(ann)
  const conversation = await givenConversation(ann)
  expect((await append(ann, crypto.randomUUID(), [showing(file.id)])).status).toBe(404)
  await later(owner, DAY_MS - 60_000)
  // Said again a moment before the day is over.
  await append(ann, conversation, [showing(file.id)])
  await later(owner, 120_000)
  expect(await isThere(ann, file.id)).toBe(true)
})

test('an owner has no more than is allowed, and is told how much that is', async () => {
  const id = crypto.randomUUID()
  const ann = await as.user(id)
  await runInDurableObject(filesOf(env, { kind: 'user', id }), (object) => {
    const owner = object as unknown as { env: Env }
    owner.env = { ...owner.env, MAX_FILES_MB_PER_OWNER: '1' }
  })
  const first = await givenFile(ann, new Uint8Array(900_000))
  for (const chunked of [false, true]) {
    const bytes = new Uint8Array(200_000).fill(1)
    const stream = new ReadableStream({
      start: (controller) => {
        controller.enqueue(bytes)
        controller.close()
      },
    })
    const problem = await problemOf(upload(ann, chunked ? (stream as never) : bytes))
    expect(problem).toMatchObject({ status: 413, type: '/problems/over-quota' })
    expect(problem.detail).toContain('0.9 MB of 1 MB')
  }
  expect(await keysOf({ kind: 'user', id })).toHaveLength(1)
  expect((await ann.delete(`/api/files/${first.id}`)).status).toBe(200)
  expect((await upload(ann, new Uint8Array(200_000).fill(1))).status).toBe(201)
})

test('erasing everything takes files along that no message names', async () => {
  const id = crypto.randomUUID()
  const ann = await as.user(id)
  await givenFile(ann)
  await append(ann, await givenConversation(ann), [showing((await givenFile(ann)).id)])
  expect(await bodyOf(ann.post('/api/erase', {}))).toMatchObject({ is_complete: true })
  expect(await keysOf({ kind: 'user', id })).toEqual([])
})

test('a file stays while a message that names it is on its way, whoever looks meanwhile', async () => {
  const id = crypto.randomUUID()
  const owner = { kind: 'user', id } as const
  const ann = await as.user(id)
  const file = await givenFile(ann)
  const conversation = await givenConversation(ann)
  const files = filesOf(env, owner)
  // As the Worker says it, before the message is kept.
  await files.refer(conversation, [file.id])
  await files.lookAgain(conversation, [file.id])
  expect(await isThere(ann, file.id)).toBe(true)
  await runInDurableObject(files, (_, { storage }) => {
    storage.sql.exec('UPDATE refs SET since = since - ?', 20 * 60_000)
  })
  // Once more: what it said before is long past.
  await files.refer(conversation, [file.id])
  await files.lookAgain(conversation, [file.id])
  expect(await isThere(ann, file.id)).toBe(true)
  // It never came, and the one that was looked for was deleted.
  await later(owner, 20 * 60_000)
  expect(await isThere(ann, file.id)).toBe(false)
})
