import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, test, vi } from 'vitest'

import { Conversation } from '../../../../src/conversation/conversation.ts'
import { filesOf } from '../../../../src/objects.ts'
import { append, as, at, bodyOf } from '../../../support/api.ts'
import {
  DAY_MS,
  aUser,
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
import { aVisitor, link } from '../../../support/visitors.ts'

test('who has no files is asked about them in vain, and nothing is written for that', async () => {
  const { client, owner } = await aUser()
  const files = filesOf(env, owner)
  const conversation = crypto.randomUUID()
  await files.inParts('key', 'upload')
  await files.abandon('key')
  await files.lookSoon(conversation)
  await files.lookAgain(conversation)
  await files.handOver({ kind: 'user', id: 'ann' }, null)
  expect(await files.described(['file_x'])).toEqual([])
  expect(await files.letGo(conversation, Date.now())).toEqual({ isGone: true })
  expect(await files.clearUnused()).toEqual({ isGone: true })
  expect(await bodyOf(client.get('/api/files'))).toMatchObject({ data: [], has_more: false })
  const left = await runInDurableObject(files, async (_, { storage }) => ({
    tables: storage.sql.exec(`SELECT name FROM sqlite_master WHERE name = 'store'`).toArray(),
    alarm: await storage.getAlarm(),
  }))
  expect(left).toEqual({ tables: [], alarm: null })
})

test('the end of an upload may be told twice, and brings one file', async () => {
  const { client, owner } = await aUser()
  const { id, sha256, name, type, bytes } = await givenFile(client)
  const again = await filesOf(env, owner).finish(id, { sha256, name, type, bytes })
  expect(again).toMatchObject({ ok: true, file: { id }, isNew: true })
  await later(owner, 0)
  expect(await isThere(client, id)).toBe(true)
  expect(await keysOf(owner)).toHaveLength(1)
})

test.each(['fails', 'has never been'] as const)(
  'a file stays as long as a conversation that may name it %s when it is asked',
  async (how) => {
    const { client, owner } = await aUser()
    const file = await givenFile(client)
    const id = await givenConversation(client)
    await append(client, id, [showing(file.id)])
    const asked = vi.spyOn(Conversation.prototype, 'names').mockImplementation(() => {
      if (how === 'fails') throw new Error('gone')
      return { ok: false, why: 'no-such-conversation' }
    })
    await later(owner, 2 * DAY_MS)
    expect(asked).toHaveBeenCalled()
    expect(await isThere(client, file.id)).toBe(true)
    expect((await client.delete(`/api/files/${file.id}`)).status).toBe(409)
    asked.mockRestore()
    await later(owner, 2 * DAY_MS)
    expect(await isThere(client, file.id)).toBe(true)
  },
)

test('a login for some conversations leaves bytes to each of two files that had the same', async () => {
  const visitor = await aVisitor()
  const ann = await as.user()
  const bytes = picture()
  const [moving, staying] = await Promise.all(
    ['a.png', 'b.png'].map((name) =>
      bodyOf<{ id: string; url: string }>(
        upload(visitor.client, bytes, { 'hilo-file-name': name }),
      ),
    ),
  )
  const [taken, left] = [
    await givenConversation(visitor.client),
    await givenConversation(visitor.client),
  ]
  await append(visitor.client, taken, [showing(moving!.id)])
  await append(visitor.client, left, [showing(staying!.id)])
  await link(ann, { session_token: visitor.token, conversation_ids: [taken] })
  const owner = { kind: 'session', id: visitor.id } as const
  await later(owner, 2 * DAY_MS)
  expect(await isThere(ann, moving!.id)).toBe(true)
  expect(await isThere(visitor.client, staying!.id)).toBe(true)
  // What the visitor erases is not what Ann has.
  await visitor.client.post(`${at(left)}/erase`)
  expect(await isThere(ann, moving!.id)).toBe(true)
  expect(await keysOf(owner)).toEqual([])
})

test('after a login the session neither brings files nor names them, and its addresses hold', async () => {
  const visitor = await aVisitor()
  const ann = await as.user()
  const file = await givenFile(visitor.client)
  await link(ann, { session_token: visitor.token })
  const large = `data:image/png;base64,${picture('x'.repeat(20_000)).toBase64()}`
  for (const image_url of [{ file_id: file.id }, { url: large }]) {
    const messages = [{ role: 'user', parts: [{ type: 'image_url', image_url }] }]
    const answer = visitor.client.post('/api/conversations', { messages })
    expect(await problemOf(answer)).toMatchObject({ status: 401, type: '/problems/session-linked' })
  }
  expect((await fetched(file.url)).status).toBe(200)
  const known = await filesOf(env, { kind: 'session', id: visitor.id }).described([file.id])
  expect(known).toMatchObject([{ id: file.id }])
})
