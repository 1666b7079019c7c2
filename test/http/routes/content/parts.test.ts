import { expect, test } from 'vitest'

import { append, as, at, bodyOf } from '../../../support/api.ts'
import { givenConversation } from '../../../support/given.ts'
import { network } from '../../../support/network.ts'
import { promptOf } from '../../../support/questions.ts'
import { answered, historyOf, turnOf } from '../../../support/turns.ts'

const all = [
  { type: 'reasoning', text: 'Hm', signature: 's', encrypted: 'e' },
  { type: 'text', text: 'Lima' },
  { type: 'refusal', text: 'No' },
  { type: 'source', url: 'https://lima.test/', title: 'Lima', rank: { of: [1, null] } },
  { type: 'data', name: 'weather', data: { degrees: 21, list: [true, 'x'] } },
  { type: 'image_url', image_url: { url: 'https://pictures.test/1.png' } },
  { type: 'x-widget', state: { open: true, deep: [{ a: null }] } },
]

/** A service's messages of each role, with parts that only they may have. */
async function givenParts() {
  const owner = crypto.randomUUID()
  const ann = await as.user(owner)
  const service = as.service('backend', `user:${owner}`)
  const id = await givenConversation(ann, { language: 'en', title: 'T', topic: 'T' })
  const calls = [{ id: 'c', type: 'function', function: { name: 'look', arguments: '{}' } }]
  const rest = all.filter(({ type }) => !['reasoning', 'refusal'].includes(type))
  await append(service, id, [
    { id: 's', role: 'system', parts: rest.filter(({ type }) => type !== 'image_url') },
    { id: 'u', role: 'user', parts: rest, extra: { 'x-protocol': { id: 7, tags: ['a'] } } },
    { id: 'a', role: 'assistant', parts: all, tool_calls: calls },
    { id: 't', role: 'tool', parts: rest, tool_call_id: 'c' },
  ])
  return { ann, id, rest }
}

test('parts of every kind come back as they came, for all roles', async () => {
  const { ann, id, rest } = await givenParts()
  const [system, user, assistant, tool] = await historyOf(ann, id)
  expect(assistant?.parts).toEqual(all)
  expect(user).toMatchObject({ parts: rest, extra: { 'x-protocol': { id: 7, tags: ['a'] } } })
  expect(tool?.parts).toEqual(rest)
  expect(system?.parts).toHaveLength(rest.length - 1)
  // What people see is the text, and nothing of what was thought.
  expect(assistant?.content).toBe('Lima\nNo')
})

test('a model is sent what it can take of them', async () => {
  const { ann, id } = await givenParts()
  await network.script('parts-sent', [{ text: 'Yes' }, { finish: 'stop' }])
  await answered(ann, id, turnOf('parts-sent'))
  const [seen] = await network.seen('parts-sent')
  const kinds = promptOf(seen).flatMap(({ content }) =>
    Array.isArray(content) ? content.map(({ type }: { type: string }) => type) : ['string'],
  )
  expect(new Set(kinds)).toEqual(new Set(['string', 'text', 'image_url']))
  const prompt = JSON.stringify(promptOf(seen))
  expect(prompt).not.toMatch(/Hm|x-widget|lima\.test|degrees|x-protocol/)
  expect(prompt).toContain('[weather]')
})

test('people who read an export find them, folded where they are long', async () => {
  const { ann, id } = await givenParts()
  const markdown = await (await ann.get(`${at(id)}/export?format=markdown`)).text()
  expect(markdown).toMatch(/<summary>Reasoning<\/summary>\s+```\s+Hm/)
  expect(markdown).toContain('Source: [Lima](<https://lima.test/>)')
  expect(markdown).toMatch(/<summary>x-widget<\/summary>/)
  const html = await (await ann.get(`${at(id)}/export?format=html`)).text()
  expect(html).toContain('<details><summary>Reasoning</summary>')
  expect(html).toContain('<a href="https://lima.test/" rel="noreferrer noopener">Lima</a>')
  expect(html).toContain('degrees')
})

test('an export that nothing may follow shows no address as a link', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const parts = [{ type: 'source', url: 'javascript:alert(1)', title: '<b>x</b>' }]
  await append(ann, id, [{ role: 'user', parts }])
  const html = await (await ann.get(`${at(id)}/export?format=html`)).text()
  expect(html).not.toContain('javascript:')
  expect(html).not.toContain('<b>x')
})

test('fields in another order are the same message again', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const message = {
    id: 'm',
    role: 'user',
    parts: [{ type: 'source', url: 'https://a.test', title: 'A' }],
  }
  expect((await append(ann, id, [message])).status).toBe(201)
  const again = {
    parts: [{ title: 'A', url: 'https://a.test', type: 'source' }],
    role: 'user',
    id: 'm',
  }
  expect((await append(ann, id, [again])).status).toBe(200)
  const other = { ...message, extra: { a: 1 } }
  expect((await append(ann, id, [other])).status).toBe(409)
})

test('the reference describes parts, the known and the unknown', async () => {
  const { components } = await bodyOf<{ components: { schemas: Record<string, object> } }>(
    as.nobody.get('/openapi.json'),
  )
  expect(JSON.stringify(components.schemas['Part'])).toContain('KnownPart')
  expect(JSON.stringify(components.schemas['KnownPart'])).toMatch(/reasoning.*source.*data/)
})

test('what only a person may send a model is named if somebody else sent it', async () => {
  const owner = crypto.randomUUID()
  const ann = await as.user(owner)
  const id = await givenConversation(ann, { language: 'en', title: 'T', topic: 'T' })
  const parts = [
    { type: 'file', file: { filename: 'a.pdf', file_data: 'data:x' } },
    { type: 'file', file: {} },
    { type: 'image_url', image_url: { url: 'https://pictures.test/1.png' } },
  ]
  await append(as.service('backend', `user:${owner}`), id, [
    { role: 'assistant', parts, content: 'Here' },
  ])
  await append(ann, id, [{ role: 'user', parts: [{ type: 'x-only', a: 1 }], content: 'Seen' }])
  await network.script('parts-named', [{ text: 'Yes' }, { finish: 'stop' }])
  await answered(ann, id, turnOf('parts-named'))
  const [seen] = await network.seen('parts-named')
  expect(promptOf(seen)).toMatchObject([
    { role: 'user', content: '[The conversation begins.]' },
    { role: 'assistant', content: 'Here\n[file] a.pdf\n[file]\n[image]' },
    { role: 'user', content: expect.stringMatching(/^Seen\n\n/) },
  ])
})
