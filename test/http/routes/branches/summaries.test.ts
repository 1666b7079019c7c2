import { expect, test } from 'vitest'

import {
  type Client,
  type Conversation,
  append,
  as,
  at,
  bodyOf,
  read,
} from '../../../support/api.ts'
import { said } from '../../../support/branches.ts'
import { givenConversation, userMessages } from '../../../support/given.ts'
import { network } from '../../../support/network.ts'
import { problemOf } from '../../../support/problems.ts'
import { promptOf } from '../../../support/questions.ts'
import { eventually } from '../../../support/record.ts'
import { answered, proceed } from '../../../support/turns.ts'

const summarise = (client: Client, id: string) =>
  bodyOf<Conversation>(client.post(`${at(id)}/summarize`))

const script = (key: string, text: string) =>
  network.script(`${key}.summary`, [{ text }, { finish: 'stop' }])

/** Two branches after m2, each with a summary of its own: m3 to m5, and x3. */
async function givenSummaries(key: string) {
  const ann = await as.user()
  const id = await givenConversation(ann, { language: 'en', title: 'T', topic: 'T' })
  await append(ann, id, [...userMessages(4), said('m5', `Long #${key}`)])
  await script(key, 'About the first')
  await summarise(ann, id)
  await append(ann, id, [said('x3', `Other #${key}-x`)], { parent_id: 'm2' })
  return { ann, id }
}

test('a summary of another branch does not count on this one, and is there again on its own', async () => {
  const { ann, id } = await givenSummaries('sum-switch')
  expect(await read(ann, id)).toMatchObject({ summary: null, summary_seq: 0 })
  await script('sum-switch-x', 'About the other')
  expect(await summarise(ann, id)).toMatchObject({ summary: 'About the other', summary_seq: 6 })
  const back = await bodyOf<Conversation>(ann.patch(at(id), { head_id: 'm5' }))
  expect(back).toMatchObject({ summary: 'About the first', summary_seq: 5 })
  const there = await bodyOf<Conversation>(ann.patch(at(id), { head_id: 'x3' }))
  expect(there).toMatchObject({ summary: 'About the other', summary_seq: 6 })
  // What is summarised for the other branch is not what was said on the first.
  const [seen] = await network.seen('sum-switch-x.summary')
  expect(JSON.stringify(seen?.body)).not.toContain('message 3')
  expect(JSON.stringify(seen?.body)).toContain('message 2')
})

test('the nearest summary above the head counts', async () => {
  const { ann, id } = await givenSummaries('sum-near')
  await append(ann, id, [said('m6')], { parent_id: 'm5' })
  expect(await read(ann, id)).toMatchObject({ summary: 'About the first', summary_seq: 5 })
  await append(ann, id, [said('y5')], { parent_id: 'm4' })
  expect(await read(ann, id)).toMatchObject({ summary: null, summary_seq: 0 })
})

test('no message of another branch reaches a model, and no summary of it', async () => {
  const { ann, id } = await givenSummaries('sum-model')
  await network.script('sum-asked', [{ text: 'Yes' }, { finish: 'stop' }])
  await answered(ann, id, { messages: [said('x4', 'And? #sum-asked')] })
  const [seen] = await network.seen('sum-asked')
  const prompt = JSON.stringify(promptOf(seen))
  expect(prompt).not.toMatch(/About the first|message 3|message 4|Long/)
  expect(prompt).toMatch(/message 1.*message 2.*Other/)
})

test('a reply that is asked for again elsewhere is told the summary of its own branch', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann, { language: 'en', title: 'T', topic: 'T' })
  await network.script('sum-again', [{ status: 400 }], [{ text: 'Yes' }, { finish: 'stop' }])
  await script('sum-long', 'About thirty')
  await append(ann, id, [...userMessages(30), said('m31', 'Last #sum-long')])
  await summarise(ann, id)
  const asked = { messages: [said('q', 'Well? #sum-again')] }
  expect((await proceed(ann, id, asked)).status).toBe(502)
  await append(ann, id, [said('z')], { parent_id: null })
  expect(await read(ann, id)).toMatchObject({ summary: null })
  await answered(ann, id, asked)
  const [, seen] = await network.seen('sum-again')
  expect(JSON.stringify(promptOf(seen))).toContain('About thirty')
})

test('what is due by itself is counted on the branch that the conversation is on', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann, { language: 'en', title: 'T', topic: 'T' })
  await append(ann, id, userMessages(8))
  // Many, but none of them on one line.
  for (let n = 0; n < 6; n += 1) await append(ann, id, [said(`b${n}`)], { parent_id: 'm1' })
  expect(await read(ann, id)).toMatchObject({ message_count: 14, summary_seq: 0 })
  await append(ann, id, userMessages(8, 20))
  await eventually(async () => (await read(ann, id)).summary_seq === 22)
})

test('a service says of its own summaries which branch they are of', async () => {
  const { ann, id } = await givenSummaries('sum-service')
  const { user_id: owner } = await read(ann, id)
  const service = as.service('backend', `user:${owner}`)
  const other = { summary: 'Mine', summary_seq: 5 }
  expect(await problemOf(service.patch(at(id), other))).toMatchObject({
    status: 422,
    errors: [{ pointer: '/summary_seq' }],
  })
  await service.patch(at(id), { summary: 'Of x', summary_seq: 6 })
  await ann.patch(at(id), { head_id: 'm5' })
  expect(await read(ann, id)).toMatchObject({ summary: 'About the first' })
  await ann.patch(at(id), { head_id: 'x3' })
  expect(await read(ann, id)).toMatchObject({ summary: 'Of x', summary_seq: 6 })
})
