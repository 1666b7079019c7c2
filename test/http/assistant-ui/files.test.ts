import { env } from 'cloudflare:workers'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'

import { type Listed, type Message, as, at, bodyOf } from '../../support/api.ts'
import {
  attachment,
  cloudOf,
  givenThread,
  openFrontDoor,
  putAt,
  refused,
  said,
  uploaded,
} from '../../support/assistant-cloud.ts'
import { DAY_MS, fetched, isThere, keysOf, later, picture, statusAt } from '../../support/files.ts'
import { sessionToken } from '../../support/tokens.ts'

beforeAll(() => openFrontDoor())
afterAll(() => vi.unstubAllGlobals())

test('what a client puts is named by the message that has its address, and read at a new one by all protocols', async () => {
  const user = crypto.randomUUID()
  const { cloud, messages, id, ann } = await givenThread(user)
  const bytes = picture()
  const photo = await uploaded(cloud, 'photo.png', bytes)
  const paper = await uploaded(cloud, 'paper.pdf', 'Not even a PDF')
  // As it stands in a message that is sent an hour later.
  const late = photo.publicUrl.replace(/expires=\d+/, 'expires=1700000000')
  expect(await statusAt(late)).toBe(401)
  const content = said('user', 'Look', {
    attachments: [
      attachment({ type: 'image', image: late, filename: 'photo.png' }),
      attachment({ type: 'file', data: paper.publicUrl, mimeType: 'application/pdf' }),
    ],
  })
  const { message_id: message } = await messages.create(id, {
    parent_id: null,
    format: 'aui/v0',
    content: content as never,
  })
  const { data } = await bodyOf<Listed<Message>>(ann.get(`${at(id)}/messages`))
  expect(data[0]?.parts).toMatchObject([
    { type: 'text', text: 'Look' },
    { type: 'image_url', image_url: { file_id: photo.key } },
    { type: 'file', file: { file_id: paper.key } },
  ])
  expect(JSON.stringify(data[0]?.extra)).not.toContain('signature')
  const [shown] = (await messages.list(id, { format: 'aui/v0' })).messages
  const [one, two] = (shown!.content as unknown as typeof content & Attached).attachments
  expect(shown?.content).toEqual({
    ...content,
    attachments: [
      attachment({ type: 'image', image: one!.content[0]!.image, filename: 'photo.png' }),
      attachment({ type: 'file', data: two!.content[0]!.data, mimeType: 'application/pdf' }),
    ],
  })
  const answer = await fetched(one!.content[0]!.image!)
  expect(new Uint8Array(await answer.arrayBuffer())).toEqual(bytes)
  expect(await statusAt(two!.content[0]!.data!)).toBe(200)
  const [other] = (await messages.list(id, { format: 'ai-sdk/v6' })).messages
  const urls = (other!.content['parts'] as { url?: string }[]).flatMap(({ url }) => url ?? [])
  expect(await Promise.all(urls.map((url) => statusAt(url)))).toEqual([200, 200])
  const chat = await bodyOf<{ parts: { url?: string }[] }[]>(ann.get(`/api/chat/${id}/messages`))
  expect(chat[0]?.parts.map(({ url }) => url?.includes(photo.key))).toContain(true)
  const items = await (await ann.get(`/v1/conversations/${id}/items`)).text()
  expect(items).toContain(photo.key)
  // The message keeps them, and takes them with it.
  await later({ kind: 'user', id: user }, 2 * DAY_MS)
  expect(await isThere(ann, photo.key)).toBe(true)
  expect((await ann.delete(`/api/files/${photo.key}`)).status).toBe(409)
  expect((await ann.delete(`${at(id)}/messages/${message}`)).status).toBe(200)
  for (const { key } of [photo, paper]) expect(await isThere(ann, key)).toBe(false)
  expect(await keysOf({ kind: 'user', id: user })).toEqual([])
})

interface Attached {
  attachments: { content: { image?: string; data?: string }[] }[]
}

test('the same message again is the same, whichever address it has by then', async () => {
  const { cloud, messages, id } = await givenThread()
  const { publicUrl, key } = await uploaded(cloud, 'photo.png', picture())
  const parts = (url: string) => [{ type: 'file', mediaType: 'image/png', url }]
  const create = (url: string) =>
    messages.create(id, {
      parent_id: null,
      format: 'ai-sdk/v6',
      external_id: 'm1',
      content: { role: 'user', parts: parts(url) } as never,
    })
  await create(publicUrl)
  const { signedUrl } = await cloud.files.generatePresignedDownloadUrl({ key })
  await create(signedUrl)
  const { messages: listed } = await messages.list(id, { format: 'ai-sdk/v6' })
  expect(listed).toHaveLength(1)
  const content = { role: 'user', parts: parts(`${publicUrl.split('?')[0]}x`) }
  const another = messages.create(id, {
    parent_id: null,
    format: 'ai-sdk/v6',
    external_id: 'm1',
    content: content as never,
  })
  expect(await refused(another)).toMatchObject({ status: 409 })
})

test('a login takes the file along, and strangers get nothing of it', async () => {
  const session = crypto.randomUUID()
  const visitor = await as.session(session)
  const token = await sessionToken(session)
  const { publicUrl, signedUrl, key } = await bodyOf<Record<string, string>>(
    visitor.post('/assistant-ui/v1/files/attachments/generate-presigned-upload-url', {
      filename: 'a.png',
    }),
  )
  expect((await putAt(signedUrl!)).status).toBe(204)
  const stranger = cloudOf()
  const { thread_id: theirs } = await stranger.threads.create({ last_message_at: new Date() })
  const content = said('user', '', { content: [{ type: 'image', image: publicUrl }] })
  const message = { parent_id: null, format: 'aui/v0', content: content as never }
  const refusal = await refused(stranger.threads.messages.create(theirs, message))
  expect(refusal).toMatchObject({
    status: 422,
    message: expect.stringContaining('/content: No file of yours'),
  })
  for (const asked of [
    { key: key! },
    { url: publicUrl! },
    { key: 'nothing' },
    { url: 'nothing' },
  ]) {
    const download = stranger.files.generatePresignedDownloadUrl(asked)
    expect(await refused(download)).toMatchObject({ status: 404 })
  }
  const { cloud, id, messages } = await givenThread()
  await cloud.threads.claim({ refresh_token: token })
  await messages.create(id, message)
  const [shown] = (await messages.list(id)).messages
  expect(await statusAt((shown!.content['content'] as { image: string }[])[0]!.image)).toBe(200)
  expect((await putAt(signedUrl!)).status).toBe(401)
})

test('a file of a message that is in writing is not unused', async () => {
  const user = crypto.randomUUID()
  const { cloud, id, messages, ann } = await givenThread(user)
  const { publicUrl, key } = await uploaded(cloud, 'a.png', picture())
  const content = said('assistant', '', { content: [{ type: 'image', image: publicUrl }] })
  const { message_id: message, run } = await messages.create(id, {
    parent_id: null,
    format: 'aui/v0',
    content: content as never,
    open_run: true,
  })
  await later({ kind: 'user', id: user }, 2 * DAY_MS)
  expect((await ann.delete(`/api/files/${key}`)).status).toBe(409)
  const lease = run?.lease_id ?? ''
  await messages.update(id, message, { content: content as never, lease_id: lease })
  await cloud.threads.runs.end(id, lease, { reason: 'done' })
  const { data } = await bodyOf<Listed<Message>>(ann.get(`${at(id)}/messages`))
  expect(data[0]?.parts).toMatchObject([{ type: 'image_url', image_url: { file_id: key } }])
})

test('without a bucket an upload is a clear refusal', async () => {
  openFrontDoor({ ...(env as Env), FILES: undefined } as never)
  const { cloud } = await givenThread()
  expect(
    await refused(cloud.files.generatePresignedUploadUrl({ filename: 'a.png' })),
  ).toMatchObject({ status: 501, code: 'no_files' })
  const download = cloud.files.generatePresignedDownloadUrl({ key: 'a' })
  expect(await refused(download)).toMatchObject({ status: 501, code: 'no_files' })
  openFrontDoor()
})
