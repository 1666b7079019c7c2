import { afterAll, beforeAll, expect, test, vi } from 'vitest'

import { type Listed, type Message, append, at, bodyOf } from '../../support/api.ts'
import { givenThread, openFrontDoor, refused, said } from '../../support/assistant-cloud.ts'
import { call } from '../../support/thread-contents.ts'

beforeAll(() => openFrontDoor())
afterAll(() => vi.unstubAllGlobals())

test('branches are a tree, and what follows a message follows the results of its tools', async () => {
  const { messages, id, ann } = await givenThread()
  const create = async (parent_id: string | null, content: object) =>
    (await messages.create(id, { parent_id, format: 'aui/v0', content: content as never }))
      .message_id
  const u1 = await create(null, said('user', 'One'))
  const a1 = await create(u1, {
    ...said('assistant', 'Look.'),
    content: [call, { type: 'text', text: 'Look.' }],
  })
  const u2 = await create(a1, said('user', 'Two'))
  const a1b = await create(u1, said('assistant', 'Another'))
  const u1b = await create(null, said('user', 'Edited'))
  const listed = (await messages.list(id)).messages
  expect(listed.map((one) => [one.id, one.parent_id])).toEqual([
    [u1b, null],
    [a1b, u1],
    [u2, a1],
    [a1, u1],
    [u1, null],
  ])
  for (const one of listed) {
    const parent = listed.find(({ id: other }) => other === one.parent_id)
    expect(one.height).toBeGreaterThan(parent?.height ?? -1)
  }
  const { data } = await bodyOf<Listed<Message>>(ann.get(`${at(id)}/messages?branch=${u2}`))
  expect(data.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool', 'user'])
})

test('the same external id again is the same message; other words under it are refused', async () => {
  const { messages, id } = await givenThread()
  for (const external_id of ['m-1', 'ü with spaces', 'x'.repeat(255), 'head']) {
    const body = { parent_id: null, format: 'aui/v0', content: said('user', 'Once'), external_id }
    const first = await messages.create(id, body)
    expect(await messages.create(id, body)).toEqual(first)
    const other = { ...body, content: said('user', 'Once more') }
    expect(await refused(messages.create(id, other))).toMatchObject({
      status: 409,
      code: 'message_id_taken',
    })
    const child = { ...body, external_id: `${external_id.slice(0, 200)}.2` }
    const { message_id } = await messages.create(id, { ...child, parent_id: external_id })
    const listed = (await messages.list(id)).messages
    expect(listed.find((one) => one.id === message_id)).toMatchObject({
      parent_id: first.message_id,
      external_id: child.external_id,
    })
  }
})

test('a parent that is not there is refused, and nothing is stored', async () => {
  const { messages, id } = await givenThread()
  const body = { parent_id: 'nobody', format: 'aui/v0', content: said('user', 'Hello') }
  expect(await refused(messages.create(id, body))).toMatchObject({ status: 422 })
  expect((await messages.list(id)).messages).toEqual([])
})

test('a history of any length and size is read to its end, page by page', async () => {
  const { messages, id, ann } = await givenThread()
  const big = 'x'.repeat(200_000)
  for (let n = 0; n < 30; n += 1)
    await append(ann, id, [{ id: `m${n}`, role: 'user', content: `${n}${big}` }])
  const read: string[] = []
  for (let after: string | undefined; ;) {
    const page = (await messages.list(id, { format: 'aui/v0', limit: 26, ...(after && { after }) }))
      .messages
    read.push(...page.map((one) => one.id))
    if (page.length < 26) break
    after = page.at(-1)?.id
  }
  expect(read).toEqual(Array.from({ length: 30 }, (_, n) => `m${29 - n}`))
})

test('assistant messages of clients need the setting, and the refusal names it', async () => {
  openFrontDoor({})
  const { messages, id } = await givenThread()
  const body = { parent_id: null, format: 'aui/v0', content: said('assistant', 'I say') }
  const refusal = await refused(messages.create(id, body))
  expect(refusal).toMatchObject({ status: 403, code: 'not_permitted' })
  expect(refusal?.message).toContain('ALLOW_CLIENT_ASSISTANT')
  openFrontDoor()
  const system = { ...body, content: said('system' as 'user', 'Obey') }
  expect((await refused(messages.create(id, system)))?.message).toContain('ALLOW_CLIENT_SYSTEM')
  await messages.create(id, body)
})

test('what is kept is not taken back: other words are refused, and so is deleting', async () => {
  const { messages, id } = await givenThread()
  const content = said('assistant', 'The first words')
  const { message_id } = await messages.create(id, { parent_id: null, format: 'aui/v0', content })
  for (const other of [
    said('assistant', 'Other words'),
    said('user', 'The first words too'),
    said('assistant', 'The first'),
  ]) {
    expect(await refused(messages.update(id, message_id, { content: other }))).toMatchObject({
      status: 409,
      code: 'message_kept',
    })
  }
  await messages.update(id, message_id, { content })
  expect(await refused(messages.delete(id, [message_id]))).toMatchObject({ status: 501 })
  expect(await refused(messages.update(id, 'nobody', { content }))).toMatchObject({ status: 404 })
  expect((await messages.list(id)).messages).toEqual([expect.objectContaining({ content })])
})

test('a message that its client goes on with says more, in its place', async () => {
  const { messages, id, ann } = await givenThread()
  const waiting = {
    ...said('assistant', 'Let me see.'),
    content: [
      { type: 'text', text: 'Let me see.' },
      { ...call, result: undefined },
    ],
    status: { type: 'requires-action', reason: 'tool-calls' },
  }
  const content = JSON.parse(JSON.stringify(waiting)) as never
  const { message_id } = await messages.create(id, {
    parent_id: null,
    format: 'aui/v0',
    content,
    external_id: 'a1',
  })
  await messages.feedback(id, message_id, { type: 'positive' })
  const answered = {
    ...said('assistant', ''),
    content: [{ type: 'text', text: 'Let me see.' }, call, { type: 'text', text: 'It is clear.' }],
    status: { type: 'complete', reason: 'stop' },
  }
  await messages.update(id, message_id, { content: answered })
  await messages.update(id, message_id, { content: answered })
  expect((await messages.list(id)).messages).toEqual([
    expect.objectContaining({ id: message_id, content: answered, external_id: 'a1' }),
  ])
  const { data } = await bodyOf<Listed<Message>>(ann.get(`${at(id)}/messages`))
  expect(data.map(({ role, content: text }) => [role, text])).toEqual([
    ['assistant', 'Let me see.\nIt is clear.'],
    ['tool', '{"degrees":21,"sky":["clear",null]}'],
  ])
  expect(data[0]?.extra).toMatchObject({ 'assistant-ui': { feedback: { type: 'positive' } } })
})
