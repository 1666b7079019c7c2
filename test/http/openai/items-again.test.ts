import { expect, test } from 'vitest'

import { as, sendWith } from '../../support/api.ts'
import { all, openaiFor } from '../../support/openai.ts'

const call = (id: string) => ({
  type: 'function_call' as const,
  call_id: id,
  name: 'look',
  arguments: '{}',
})
const output = (id: string) => ({
  type: 'function_call_output' as const,
  call_id: id,
  output: 'seen',
})

test('a user writes a turn with calls that were made at once, in one request or in several', async () => {
  const openai = openaiFor(await as.user(), {
    fetch: async (url, init) => {
      const { pathname, search } = new URL(url as string)
      return sendWith({ ALLOW_CLIENT_ASSISTANT: 'on' }, pathname + search, init as RequestInit)
    },
  })
  const { id } = await openai.conversations.create()
  const asks = { role: 'user' as const, content: 'Look' }
  const turn = [asks, call('k1'), call('k2'), output('k1'), output('k2')]
  await openai.conversations.items.create(id, { items: turn })
  for (const item of [asks, call('k3'), call('k4'), output('k3'), output('k4')]) {
    await openai.conversations.items.create(id, { items: [item] })
  }
  expect(await all(openai.conversations.items.list(id))).toHaveLength(10)
  // Those before results are another turn's, and wait no longer.
  const late = [call('k5'), output('k5'), call('k6'), output('k5')]
  await expect(openai.conversations.items.create(id, { items: late })).rejects.toMatchObject({
    status: 400,
    param: 'items[3].call_id',
  })
  await openai.conversations.items.create(id, { items: [asks, call('k7')] })
  await openai.conversations.items.create(id, { items: [call('k8')] })
  const half = openai.responses.create({ conversation: id, input: [output('k7')] })
  await expect(half).rejects.toMatchObject({ status: 409, code: 'tool_calls_outstanding' })
})

test('what a response said and comes back is that item, and another item never has its id', async () => {
  const openai = openaiFor(as.service('backend', `user:${crypto.randomUUID()}`))
  const { id } = await openai.conversations.create()
  const first = await openai.responses.create({ conversation: id, input: 'Hello' })
  const [item] = first.output
  const said = first.output as never[]
  const more = { role: 'user' as const, content: 'More' }
  await openai.responses.create({ conversation: id, input: [...said, more] })
  expect(await all(openai.conversations.items.list(id))).toHaveLength(4)
  const previous = { previous_response_id: first.id, input: [...said, more] }
  expect((await openai.responses.create(previous)).status).toBe('completed')
  const kept = await openai.conversations.items.create(id, { items: [item as never, more] })
  expect(kept.data).toMatchObject([{ id: item!.id }, { role: 'user' }])
  expect((await openai.conversations.items.create(id, { items: [item as never] })).data).toEqual([
    item,
  ])
  const content = [{ type: 'output_text' as const, text: 'Not so', annotations: [] }]
  const other = { ...item, content } as never
  const refused = { status: 409, code: 'message_id_taken' }
  await expect(openai.conversations.items.create(id, { items: [other] })).rejects.toMatchObject({
    ...refused,
    param: 'items[0].id',
  })
  await expect(
    openai.responses.create({ conversation: id, input: [other, more] }),
  ).rejects.toMatchObject({ ...refused, param: 'input[0].id' })
})

test('an item with the id of a reply that may come to be has one of its own', async () => {
  const openai = openaiFor(as.service('backend', `user:${crypto.randomUUID()}`))
  const { id } = await openai.conversations.create()
  const item = { id: 'msg_0.reply', type: 'message', role: 'user', content: 'Mine' } as never
  const { data } = await openai.conversations.items.create(id, { items: [item] })
  expect(data[0]!.id).not.toBe('msg_0.reply')
  expect(await openai.conversations.items.retrieve(data[0]!.id!, { conversation_id: id })).toEqual(
    data[0],
  )
})

test('an input of nothing but space is refused', async () => {
  const openai = openaiFor(await as.user())
  for (const input of ['', ' \n']) {
    const refused = { status: 400, param: 'input' }
    await expect(openai.responses.create({ input })).rejects.toMatchObject(refused)
  }
})
