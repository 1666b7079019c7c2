import { expect, test } from 'vitest'

import type { StoredFile } from '../../../../src/contract/file.ts'
import { type Client, append, as } from '../../../support/api.ts'
import {
  DAY_MS,
  addressIn,
  erase,
  fetched,
  givenFile,
  isThere,
  keysOf,
  later,
  picture,
  showing,
  upload,
} from '../../../support/files.ts'
import { givenConversation } from '../../../support/given.ts'
import { problemOf } from '../../../support/problems.ts'
import { sessionToken } from '../../../support/tokens.ts'
import { historyOf } from '../../../support/turns.ts'

test('a login takes files along, those that were uploaded and not yet sent too', async () => {
  const [session, user] = [crypto.randomUUID(), crypto.randomUUID()]
  const [visitor, ann] = [await as.session(session), await as.user(user)]
  const same = picture()
  const [named, unsent, both] = [
    await givenFile(visitor),
    await givenFile(visitor),
    await givenFile(visitor, same),
  ]
  await givenFile(ann, same)
  const conversation = await givenConversation(visitor)
  await append(visitor, conversation, [showing(named.id, both.id)])
  const [before] = await historyOf(visitor, conversation)
  const link = { session_token: await sessionToken(session) }
  expect((await ann.post('/api/sessions/link', link)).status).toBe(200)
  for (const file of [named, unsent, both]) expect(await isThere(ann, file.id)).toBe(true)
  const [after] = await historyOf(ann, conversation)
  for (const message of [before!, after!])
    expect((await fetched(addressIn(message))).status).toBe(200)
  // Their keys: none was copied, and what both had is there once.
  const all = [
    ...(await keysOf({ kind: 'session', id: session })),
    ...(await keysOf({ kind: 'user', id: user })),
  ]
  expect(all).toHaveLength(3)
  const own = await givenFile(ann)
  for (const { id } of [named, unsent, own]) {
    for (const path of [
      `/api/files/${id}`,
      `/api/files/${id}/content`,
      `/v1/files/${id}/content`,
    ]) {
      expect((await visitor.get(path)).status).toBe(404)
    }
    const asked = visitor.post(
      '/assistant-ui/v1/files/attachments/generate-presigned-download-url',
      { key: id },
    )
    expect((await asked).status).toBe(404)
  }
  expect(await problemOf(upload(visitor, picture()))).toMatchObject({ status: 401 })
  await later({ kind: 'user', id: user }, 2 * DAY_MS)
  expect(await isThere(ann, named.id)).toBe(true)
  expect(await isThere(ann, unsent.id)).toBe(false)
  expect(await erase(ann, conversation)).toMatchObject({ files: 2, is_complete: true })
  expect(await keysOf({ kind: 'session', id: session })).toEqual([])
})

test('a login for some conversations takes their files along, and leaves the others theirs', async () => {
  const [session, user] = [crypto.randomUUID(), crypto.randomUUID()]
  const [visitor, ann] = [await as.session(session), await as.user(user)]
  const [moving, staying, shared] = [
    await givenFile(visitor),
    await givenFile(visitor),
    await givenFile(visitor),
  ]
  const [taken, left] = [await givenConversation(visitor), await givenConversation(visitor)]
  await append(visitor, taken, [showing(moving.id, shared.id)])
  await append(visitor, left, [showing(staying.id, shared.id)])
  const link = { session_token: await sessionToken(session), conversation_ids: [taken] }
  expect((await ann.post('/api/sessions/link', link)).status).toBe(200)
  const there = (client: Client) =>
    Promise.all([moving, staying, shared].map((file: StoredFile) => isThere(client, file.id)))
  expect(await there(ann)).toEqual([true, false, true])
  expect(await there(visitor)).toEqual([false, true, true])
  expect(await erase(ann, taken)).toMatchObject({ is_complete: true })
  expect(await there(visitor)).toEqual([false, true, true])
  await later({ kind: 'session', id: session }, 2 * DAY_MS)
  expect(await there(visitor)).toEqual([false, true, true])
})
