import { describe, expect, test } from 'vitest'

import { as } from '../../../support/api.ts'
import { allEvents } from '../../../support/events.ts'
import { givenConversation } from '../../../support/given.ts'
import { network } from '../../../support/network.ts'
import { calling, callsTo, result } from '../../../support/questions.ts'
import { eventually, inStorage, recordOf } from '../../../support/record.ts'
import { answered, historyOf, proceed, turnOf } from '../../../support/turns.ts'

const tools = [
  {
    type: 'function',
    function: {
      name: 'look',
      description: 'Looks something up',
      parameters: { type: 'object', properties: { at: { type: 'string' } } },
      strict: true,
    },
  },
]

const call = (id: string, name = 'look', text = '{}') => ({
  id,
  type: 'function',
  function: { name, arguments: text },
})

describe('what a model may call', () => {
  test.each([
    ['by-word', 'required'],
    ['by-name', { type: 'function', function: { name: 'look' } }],
  ])('is passed along, chosen %s', async (key, choice) => {
    const ann = await as.user()
    const id = await givenConversation(ann)
    const more = { tools, tool_choice: choice }
    expect((await proceed(ann, id, { ...turnOf(key), ...more })).status).toBe(200)
    const [seen] = await network.seen(key)
    expect(seen?.body).toMatchObject({ tools, tool_choice: choice })
  })

  test('is nothing when the request names nothing', async () => {
    const ann = await as.user()
    const id = await givenConversation(ann)
    await proceed(ann, id, turnOf('no-tools'))
    const [seen] = await network.seen('no-tools')
    expect(Object.keys(seen?.body as object)).not.toContain('tools')
    expect(Object.keys(seen?.body as object)).not.toContain('tool_choice')
  })
})

describe('the calls of a reply', () => {
  test('are put together from pieces that come mixed, and told before the end', async () => {
    await network.script('mixed', [
      { text: 'Let me see.' },
      calling(0, { id: 'call-a', type: 'function', function: { name: 'look', arguments: '' } }),
      calling(1, { id: 'call-b', function: { name: 'lo', arguments: '{"at"' } }),
      calling(0, { function: { arguments: '{"at":' } }),
      calling(1, { function: { name: 'ok', arguments: ':"sea"}' } }),
      calling(0, { function: { arguments: '"home"}' } }),
      { finish: 'tool_calls', tokens: 12 },
    ])
    const ann = await as.user()
    const id = await givenConversation(ann)
    const events = await allEvents(await ann.stream(id, { ...turnOf('mixed'), tools }))
    const calls = [call('call-a', 'look', '{"at":"home"}'), call('call-b', 'look', '{"at":"sea"}')]
    expect(events.slice(-2)).toMatchObject([
      { event: 'tool_calls', data: { tool_calls: calls } },
      {
        event: 'completed',
        data: {
          message: {
            content: 'Let me see.',
            tool_calls: calls,
            finish_reason: 'tool_calls',
            status: 'complete',
            tokens_used: 12,
          },
        },
      },
    ])
    expect((await historyOf(ann, id)).at(-1)).toEqual(events.at(-1)?.data['message'])
    const retold = await allEvents(await ann.stream(id, { ...turnOf('mixed'), tools }))
    expect(retold.slice(-2)).toEqual(events.slice(-2))
    expect(await network.seen('mixed')).toHaveLength(1)
  })

  test('get an id when the model gives none, and are answered by it', async () => {
    await network.script('nameless', [
      calling(0, { function: { name: 'look', arguments: '{' } }),
      calling(0, { id: '', function: { arguments: '}' } }),
      calling(1, { function: { name: 'look', arguments: '{}' } }),
      { finish: 'tool_calls' },
    ])
    const ann = await as.user()
    const id = await givenConversation(ann)
    const { message } = await answered(ann, id, turnOf('nameless'))
    expect(message.content).toBe('')
    expect(message.tool_calls?.map((made) => made.function.arguments)).toEqual(['{}', '{}'])
    const ids = message.tool_calls?.map((made) => made.id) ?? []
    expect(new Set(ids).size).toBe(2)
    const results = ids.map((callId, index) => result(callId, `found ${index} #named`, `r${index}`))
    expect((await proceed(ann, id, { messages: results })).status).toBe(200)
    const [seen] = await network.seen('named')
    expect(seen?.body).toMatchObject({
      messages: [
        { role: 'user' },
        { role: 'assistant', tool_calls: message.tool_calls },
        { role: 'tool', tool_call_id: ids[0] },
        { role: 'tool', tool_call_id: ids[1] },
      ],
    })
  })

  test('reach the record as they are', async () => {
    await network.script('recorded', callsTo('a', 'b'))
    const ann = await as.user()
    const id = await givenConversation(ann)
    await proceed(ann, id, turnOf('recorded'))
    await eventually(async () => (await recordOf(id)).length === 2)
    const [row] = await inStorage(id, 'SELECT open_calls FROM conversation')
    expect(row).toEqual({ open_calls: '["a","b"]' })
  })
})

describe('calls that are cut in the middle', () => {
  const halfCall = calling(0, { id: 'half', function: { name: 'look', arguments: '{"at"' } })

  test('are dropped, and the text before them kept', async () => {
    await network.script('cut-calls', [{ text: 'Let me' }, halfCall, { cut: true }])
    const ann = await as.user()
    const id = await givenConversation(ann)
    const events = await allEvents(await ann.stream(id, turnOf('cut-calls')))
    expect(events.map(({ event }) => event)).toEqual(['accepted', 'delta', 'interrupted'])
    expect(events.at(-1)?.data).toMatchObject({
      reason: 'upstream-cut',
      message: { content: 'Let me', tool_calls: null, status: 'interrupted', finish_reason: null },
    })
    // Nothing waits for a result.
    expect((await proceed(ann, id, { messages: [result('half', 'found')] })).status).toBe(422)
  })

  test('make no reply when there is no text', async () => {
    await network.script('cut-mute', [halfCall, { break: true }], callsTo('whole'))
    const ann = await as.user()
    const id = await givenConversation(ann)
    const failed = await proceed(ann, id, turnOf('cut-mute'))
    expect(failed.status).toBe(502)
    expect(await failed.json()).toMatchObject({ type: '/problems/model-failed', stored: ['q'] })
    expect((await historyOf(ann, id)).map(({ role }) => role)).toEqual(['user'])
    const { message } = await answered(ann, id, turnOf('cut-mute'))
    expect(message.tool_calls).toEqual([call('whole')])
  })
})

test('calls that a provider gives one id can each be answered', async () => {
  await network.script('one-id', callsTo('same', 'same'))
  const ann = await as.user()
  const id = await givenConversation(ann)
  const { message } = await answered(ann, id, turnOf('one-id'))
  const ids = message.tool_calls?.map((made) => made.id) ?? []
  expect(ids[0]).toBe('same')
  expect(new Set(ids).size).toBe(2)
  const results = ids.map((made, index) => result(made, `result ${index}`))
  expect((await proceed(ann, id, { messages: results })).status).toBe(200)
})
