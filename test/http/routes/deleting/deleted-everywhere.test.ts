import { expect, test } from 'vitest'

import { type Client, append, as, at, bodyOf, read } from '../../../support/api.ts'
import { idsOf, linesOf } from '../../../support/branches.ts'
import { givenConversation, userMessages } from '../../../support/given.ts'
import { elsewhere, upload } from '../../../support/importing.ts'
import { about, summarize } from '../../../support/memory.ts'
import { network } from '../../../support/network.ts'
import { eventually } from '../../../support/record.ts'

const ann = await as.user()
const deleted = (client: Client, id: string, message: string) =>
  client.delete(`${at(id)}/messages/${message}`)

test('summaries that may tell of it go, on every branch, and are made anew without it', async () => {
  const key = crypto.randomUUID()
  const said = about(key, 3)
  const id = await givenConversation(ann, { messages: said })
  await network.script(
    `${key}.summary`,
    [{ text: 'Tells of the secret' }, { finish: 'stop' }],
    [{ text: 'Tells of less' }, { finish: 'stop' }],
  )
  await summarize(ann, id)
  expect(await read(ann, id)).toMatchObject({ summary: 'Tells of the secret', summary_seq: 3 })
  const [, second] = said as { id?: string }[]
  const ids = idsOf(await linesOf(ann, id, 'head'))
  expect(second).toBeDefined()
  await append(ann, id, [{ id: 'b', role: 'user', content: `Beside #${key}` }], {
    parent_id: ids[0],
  })
  await deleted(ann, id, ids[1]!)
  await ann.patch(at(id), { head_id: ids[2] })
  expect(await read(ann, id)).toMatchObject({ summary: null, summary_seq: 0 })
  await summarize(ann, id)
  expect(await read(ann, id)).toMatchObject({ summary: 'Tells of less', summary_seq: 3 })
  const [, again] = await network.seen(`${key}.summary`)
  expect(JSON.stringify(again!.body)).toContain((said[0] as { content: string }).content)
  expect(JSON.stringify(again!.body)).not.toContain((said[1] as { content: string }).content)
})

test('a summary that was being made when its words were deleted is not kept', async () => {
  const [key, gate] = [crypto.randomUUID(), crypto.randomUUID()]
  const id = await givenConversation(ann, { messages: about(key, 3) })
  await network.script(
    `${key}.summary`,
    [{ gate }, { text: 'Tells of the secret' }, { finish: 'stop' }],
    [{ text: 'Tells of less' }, { finish: 'stop' }],
  )
  const ids = idsOf(await linesOf(ann, id, 'head'))
  const summarized = summarize(ann, id)
  await expect.poll(async () => (await network.seen(`${key}.summary`)).length).toBe(1)
  await deleted(ann, id, ids[1]!)
  await network.open(gate)
  await summarized
  expect(await read(ann, id)).toMatchObject({ summary: 'Tells of less' })
})

test('a file leaves out what was deleted; Hilo’s own shows its place, and brings the rest back where it stood', async () => {
  const id = await givenConversation(ann, { title: 'T', messages: userMessages(4) })
  await append(ann, id, [{ id: 'b', role: 'user', content: 'beside' }], { parent_id: 'm2' })
  await deleted(ann, id, 'm1')
  await deleted(ann, id, 'm3')
  const file = await (await ann.get(`${at(id)}/export`)).text()
  expect(file.match(/"status":"deleted"/g)).toHaveLength(2)
  expect(
    (await (await ann.get(`${at(id)}/export?format=csv`)).text()).trim().split('\n'),
  ).toHaveLength(4)
  const bob = await as.user()
  await upload(bob, file)
  const list = async () =>
    (await bodyOf<{ data: { id: string }[] }>(bob.get('/api/conversations'))).data
  await eventually(async () => (await list()).length === 1)
  const theirs = (await list())[0]!.id
  expect(idsOf(await linesOf(bob, theirs, 'head'))).toEqual(['m2', 'b'])
  expect(idsOf(await linesOf(bob, theirs, 'm4'))).toEqual(['m2', 'm4'])
})

test('what a file brought and was deleted stays deleted, though the file comes again', async () => {
  const { client, id, file } = await elsewhere({ messages: [{}, {}] })
  await upload(client, file)
  const [first] = idsOf(await linesOf(client, id, 'head'))
  await deleted(client, id, first!)
  await upload(client, file)
  expect(await linesOf(client, id, 'all')).toMatchObject([
    { id: first, status: 'deleted' },
    { seq: 2 },
  ])
})
