import { expect, test } from 'vitest'

import { type Listed, type Message, append, as, at, bodyOf, send } from '../../../support/api.ts'
import {
  erase,
  givenFile,
  isThere,
  keysOf,
  later,
  picture,
  showing,
} from '../../../support/files.ts'
import { givenConversation } from '../../../support/given.ts'

const inline = (bytes: Uint8Array) => `data:image/png;base64,${bytes.toBase64()}`
const large = () => picture(`${crypto.randomUUID()}${'x'.repeat(20_000)}`)

test('pictures in an imported file become files, and the same import again adds none', async () => {
  const id = crypto.randomUUID()
  const ann = await as.user(id)
  const bytes = large()
  const messages = [
    {
      object: 'message',
      id: 'm1',
      role: 'user',
      content: 'Look',
      parts: [
        { type: 'text', text: 'Look' },
        { type: 'image_url', image_url: { url: inline(bytes) } },
        // Of another Hilo, or another owner.
        { type: 'file', file: { file_id: `file_${'0'.repeat(32)}`, filename: 'a.pdf' } },
      ],
    },
  ]
  const conversation = { object: 'conversation', id: crypto.randomUUID(), messages }
  const file = { object: 'hilo.export', version: 1, conversations: [conversation] }
  const imports = async () => {
    const answer = await bodyOf<{ conversations: { id: string; outcome: string }[] }>(
      ann.post('/api/import', file),
    )
    return answer.conversations[0]!
  }
  const first = await imports()
  expect(await imports()).toMatchObject({ id: first.id, outcome: 'unchanged' })
  const { data } = await bodyOf<Listed<Message>>(ann.get(`${at(first.id)}/messages`))
  expect(data[0]!.parts).toMatchObject([
    { type: 'text' },
    { type: 'image_url', image_url: { file_id: expect.stringMatching(/^file_/) } },
    { type: 'file', file: { filename: 'a.pdf' } },
  ])
  expect(data[0]!.parts![2]).toEqual({ type: 'file', file: { filename: 'a.pdf' } })
  expect(await keysOf({ kind: 'user', id })).toHaveLength(1)
  expect(await erase(ann, first.id)).toMatchObject({ files: 1, is_complete: true })
  expect(await keysOf({ kind: 'user', id })).toEqual([])
})

test('a message that is deleted lets go of its files, if no other names them', async () => {
  const id = crypto.randomUUID()
  const owner = { kind: 'user', id } as const
  const ann = await as.user(id)
  const [alone, shared] = [await givenFile(ann), await givenFile(ann)]
  const conversation = await givenConversation(ann)
  const [one, two] = [showing(alone.id, shared.id), showing(shared.id)]
  await append(ann, conversation, [one, two])
  await later(owner, 20 * 60_000)
  expect((await ann.delete(`${at(conversation)}/messages/${one.id}`)).status).toBe(200)
  expect(await isThere(ann, alone.id)).toBe(false)
  expect(await isThere(ann, shared.id)).toBe(true)
  // Just after it was said, the file stays a moment longer.
  expect((await ann.delete(`${at(conversation)}/messages/${two.id}`)).status).toBe(200)
  await later(owner, 20 * 60_000)
  expect(await isThere(ann, shared.id)).toBe(false)
  expect(await keysOf(owner)).toEqual([])
})

test('/v1 takes a file by its id, and keeps bytes as one', async () => {
  const id = crypto.randomUUID()
  const ann = await as.user(id)
  const file = await givenFile(ann)
  const bytes = large()
  const items = [
    {
      type: 'message',
      role: 'user',
      content: [
        { type: 'input_text', text: 'Look' },
        { type: 'input_image', file_id: file.id, detail: 'low' },
        { type: 'input_image', image_url: inline(bytes), detail: 'auto' },
        { type: 'input_file', file_id: file.id, filename: 'a.png' },
      ],
    },
  ]
  const post = (path: string, body: object) =>
    send(path, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { ...ann.headers, 'content-type': 'application/json' },
    })
  const made = await bodyOf<{ id: string }>(post('/v1/conversations', { items }))
  const listed = await bodyOf<{ data: { content: object[] }[] }>(
    ann.get(`/v1/conversations/${made.id}/items`),
  )
  expect(listed.data[0]!.content).toEqual([
    { type: 'input_text', text: 'Look' },
    { type: 'input_image', file_id: file.id, detail: 'low' },
    { type: 'input_image', file_id: expect.stringMatching(/^file_/), detail: 'auto' },
    { type: 'input_file', file_id: file.id, filename: 'a.png' },
  ])
  expect(await keysOf({ kind: 'user', id })).toHaveLength(2)
  const another = await as.user()
  const refused = await send('/v1/conversations', {
    method: 'POST',
    body: JSON.stringify({ items }),
    headers: { ...another.headers, 'content-type': 'application/json' },
  })
  expect(refused.status).toBe(400)
})
