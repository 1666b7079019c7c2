import { expect, test } from 'vitest'

import { append, as, at } from '../../../support/api.ts'
import type { Step } from '../../../support/fake-network.ts'
import { givenConversation } from '../../../support/given.ts'
import { network } from '../../../support/network.ts'
import { calling, promptOf, result, says } from '../../../support/questions.ts'
import { delta } from '../../../support/reasoning.ts'
import { inStorage } from '../../../support/record.ts'
import { answered, historyOf, turnOf } from '../../../support/turns.ts'

const SIGNATURE = { google: { thought_signature: 'c2lnbmF0dXJl' } }

const fine = says('Fine')

/** A turn in which the model calls a tool, and says more than that; then its result. What the model is sent then. */
async function sentAfter(key: string, more: Step[], call: object, model?: string) {
  await network.script(
    key,
    [
      ...more,
      calling(0, { id: 'call-a', function: { name: 'look', arguments: '{}' }, ...call }),
      { finish: 'tool_calls' },
    ],
    fine,
  )
  const owner = crypto.randomUUID()
  const ann = await as.user(owner)
  const id = await givenConversation(ann, { language: 'en', title: 'T', topic: 'T' })
  await answered(ann, id, turnOf(key))
  const client = model === undefined ? ann : as.service('backend', `user:${owner}`)
  const body = { messages: [result('call-a', `Sunny #${key}`)], ...(model && { model }) }
  await answered(client, id, body)
  const [, second] = await network.seen(key)
  return { ann, id, owner, asked: promptOf(second)[1] as Record<string, unknown> }
}

const callIn = (asked: Record<string, unknown>) =>
  (asked['tool_calls'] as Record<string, unknown>[])[0]

test('what came with a call goes back with it, to the model that it came from', async () => {
  const { ann, id, asked } = await sentAfter('back-call', [], { extra_content: SIGNATURE })
  expect(callIn(asked)).toMatchObject({ id: 'call-a', extra_content: SIGNATURE })
  expect(callIn(asked)).not.toHaveProperty('extra')
  // It is shown as the call's own.
  const [, reply] = await historyOf(ann, id)
  expect(reply?.tool_calls).toMatchObject([{ id: 'call-a', extra: { extra_content: SIGNATURE } }])
})

test.each([
  ['beside the call', { provider_specific_fields: { thought_signature: 's' } }],
  ['within its function', { function: { name: 'look', arguments: '{}', thought_signature: 's' } }],
])('fields %s go back where they were', async (where, call) => {
  const { asked } = await sentAfter(`back-${where.length}`, [], call)
  expect(callIn(asked)).toMatchObject(call)
})

test.each(['reasoning_content', 'reasoning'])(
  '%s goes back with an assistant’s calls',
  async (field) => {
    const { asked } = await sentAfter(`back-${field}`, [delta({ [field]: 'Look' })], {})
    expect(asked).toMatchObject({ role: 'assistant', [field]: 'Look' })
  },
)

test('details of reasoning go back as they came, their pieces joined', async () => {
  const detail = (text: string, more: object = {}) =>
    delta({ reasoning_details: [{ type: 'reasoning.text', index: 0, text, ...more }] })
  const more = [detail('Lo'), detail('ok', { signature: 'sig' })]
  const { asked } = await sentAfter('back-details', more, {})
  expect(asked['reasoning_details']).toEqual([
    { type: 'reasoning.text', index: 0, text: 'Look', signature: 'sig' },
  ])
})

test('another model gets none of it', async () => {
  const more = [delta({ reasoning_content: 'Look' })]
  const call = { extra_content: SIGNATURE }
  const { asked } = await sentAfter('back-other', more, call, 'another-model')
  expect(JSON.stringify(asked)).not.toMatch(/Look|signature|extra/)
  expect(callIn(asked)).toEqual({
    id: 'call-a',
    type: 'function',
    function: { name: 'look', arguments: '{}' },
  })
})

test('an endpoint that sent nothing gets nothing', async () => {
  const { asked } = await sentAfter('back-nothing', [], {})
  expect(Object.keys(asked).toSorted()).toEqual(['content', 'role', 'tool_calls'])
})

test('what somebody else says that a model sent is not sent back', async () => {
  const { ann, id, owner } = await sentAfter('back-forged', [], { extra_content: SIGNATURE })
  const [, reply] = await historyOf(ann, id)
  const service = as.service('backend', `user:${owner}`)
  const calls = [
    {
      id: 'call-b',
      type: 'function',
      function: { name: 'look', arguments: '{}' },
      extra: { x: 1 },
    },
  ]
  await append(service, id, [
    { role: 'assistant', tool_calls: calls, extra: reply?.extra },
    { role: 'tool', tool_call_id: 'call-b', content: 'Rain' },
  ])
  await network.script('back-forged-2', fine)
  await answered(ann, id, turnOf('back-forged-2', 'q-2'))
  const [seen] = await network.seen('back-forged-2')
  const forged = promptOf(seen).find((one) => JSON.stringify(one).includes('call-b'))
  expect(callIn(forged ?? {})).toEqual({
    id: 'call-b',
    type: 'function',
    function: { name: 'look', arguments: '{}' },
  })
})

test('what is too large to be kept is left out, and the turn is whole', async () => {
  const { ann, id, asked } = await sentAfter('back-large', [], {
    extra_content: 'x'.repeat(300_000),
  })
  expect(callIn(asked)).not.toHaveProperty('extra_content')
  expect(await historyOf(ann, id)).toHaveLength(4)
  expect(await inStorage(id, 'SELECT count(*) AS n FROM messages')).toEqual([{ n: 4 }])
  expect((await ann.get(`${at(id)}/context`)).status).toBe(200)
})
