import { expect, test } from 'vitest'

import type { StoredFile } from '../../../../src/contract/file.ts'
import { type Client, append, as, at, bodyOf } from '../../../support/api.ts'
import { picture, upload } from '../../../support/files.ts'
import { givenConversation } from '../../../support/given.ts'
import { eventually } from '../../../support/record.ts'
import { foundBy, marked, searchFor } from '../../../support/searching.ts'
import { aVisitor, logIn } from '../../../support/visitors.ts'

async function named(client: Client, name: string): Promise<string> {
  const response = await upload(client, picture(), { 'hilo-file-name': encodeURIComponent(name) })
  return (await bodyOf<StoredFile>(response)).id
}

const shown = (id: string, file_id: string) => ({
  id,
  role: 'user',
  parts: [{ type: 'image_url', image_url: { file_id } }],
})

test('a file is found by its name: the one of its message, or else the one that it was uploaded with', async () => {
  const ann = await as.user()
  const file_id = await named(ann, 'capybara_at_the_river.png')
  const id = await givenConversation(ann)
  const file = { file_id, filename: 'Étude.pdf' }
  await append(ann, id, [
    shown('picture', file_id),
    { id: 'renamed', role: 'user', parts: [{ type: 'file', file }] },
    { id: 'plain', role: 'user', parts: [{ type: 'file', file: { file_id } }] },
  ])
  await eventually(async () => (await searchFor(ann, 'capybara')).data.length === 2)
  const { data } = await searchFor(ann, 'capybara')
  expect(foundBy(data).toSorted()).toEqual(['picture', 'plain'])
  for (const hit of data) {
    expect(hit.excerpt.text).toBe('capybara_at_the_river.png')
    expect(marked(hit)).toEqual(['capybara'])
  }
  expect(foundBy((await searchFor(ann, 'etude')).data)).toEqual(['renamed'])
  expect((await searchFor(await as.user(), 'capybara')).data).toEqual([])
})

test('a file whose message is deleted is found no more', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  await append(ann, id, [shown('gone', await named(ann, 'capybara.png'))])
  await eventually(async () => (await searchFor(ann, 'capybara')).data.length === 1)
  expect((await ann.delete(`${at(id)}/messages/gone`)).status).toBe(200)
  await eventually(async () => (await searchFor(ann, 'capybara')).data.length === 0)
})

test('after a login a file is found by its name as before', async () => {
  const visitor = await aVisitor()
  const id = await givenConversation(visitor.client)
  await append(visitor.client, id, [shown('mine', await named(visitor.client, 'capybara.png'))])
  const user = crypto.randomUUID()
  expect((await logIn(visitor.token, user)).linked).toBe(1)
  const ann = await as.user(user)
  await eventually(async () => (await searchFor(ann, 'capybara')).data.length === 1)
})
