import { toFile } from 'openai'
import { expect, test } from 'vitest'

import { as } from '../../support/api.ts'
import { isThere, keysOf, picture } from '../../support/files.ts'
import { openaiFor } from '../../support/openai.ts'

test('the stock client keeps, reads, lists and deletes files, and names one in an item', async () => {
  const owner = crypto.randomUUID()
  const ann = await as.user(owner)
  const client = openaiFor(ann)
  const bytes = picture()
  const made = await client.files.create({
    file: await toFile(bytes, 'cañón.png'),
    purpose: 'user_data',
  })
  expect(made).toMatchObject({ object: 'file', bytes: bytes.byteLength, filename: 'cañón.png' })
  expect(await client.files.retrieve(made.id)).toEqual(made)
  const content = await client.files.content(made.id)
  expect(new Uint8Array(await content.arrayBuffer())).toEqual(bytes)
  const other = await client.files.create({ file: await toFile(picture(), 'b'), purpose: 'vision' })
  const listed: string[] = []
  for await (const { id } of client.files.list({ limit: 1 })) listed.push(id)
  expect(listed).toEqual([other.id, made.id])
  const items = [
    {
      type: 'message' as const,
      role: 'user' as const,
      content: [{ type: 'input_image' as const, file_id: made.id, detail: 'auto' as const }],
    },
  ]
  await client.conversations.create({ items })
  expect(await client.files.delete(other.id)).toEqual({
    id: other.id,
    object: 'file',
    deleted: true,
  })
  await expect(client.files.delete(made.id)).rejects.toMatchObject({
    status: 409,
    message: expect.stringMatching(
      /^409 A message names this file\. Erase the conversation, or delete the message\./,
    ) as string,
  })
  await expect(client.files.retrieve(other.id)).rejects.toMatchObject({ status: 404 })
  expect(await isThere(ann, made.id)).toBe(true)
  expect(await keysOf({ kind: 'user', id: owner })).toHaveLength(1)
  const stranger = openaiFor(await as.user())
  for (const id of [made.id, 'file-abc']) {
    await expect(stranger.files.retrieve(id)).rejects.toMatchObject({ status: 404 })
    await expect(stranger.files.content(id)).rejects.toMatchObject({ status: 404 })
    await expect(stranger.files.delete(id)).rejects.toMatchObject({ status: 404 })
  }
})
