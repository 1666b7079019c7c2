import { describe, expect, test } from 'vitest'

import {
  chatOf,
  messagesOf,
  storedIn,
  textOf,
  validated,
  versions,
  whenDone,
  whenRun,
} from '../../support/ai-sdk.ts'
import { as } from '../../support/api.ts'
import { importingOne } from '../../support/importing.ts'
import { network } from '../../support/network.ts'
import { callsTo, says, scripted } from '../../support/questions.ts'
import { historyOf } from '../../support/turns.ts'

const body = { tools: [{ type: 'function', function: { name: 'look' } }] }

describe.each(versions)('ai %i', (version) => {
  test('results for an earlier message go on with that one, on a branch of its own', async () => {
    const client = await as.user()
    const id = crypto.randomUUID()
    const [calls, later] = [await scripted(callsTo('c1')), await scripted(says('Later.'))]
    const done = await scripted(says('Seen.'))
    let isWanted = false
    const chat = chatOf(version, client, { id, body, sendAutomaticallyWhen: () => isWanted })
    await chat.sendMessage({ text: `Look #${calls}` })
    await chat.sendMessage({ text: `Never mind #${later}` })
    expect(chat.messages.map(textOf)[3]).toBe('Later.')
    isWanted = true
    const sent = chat.addToolResult({ tool: 'look', toolCallId: 'c1', output: `#${done}` } as never)
    await sent
    isWanted = false
    await whenDone(chat, () => textOf(chat.messages[1]!) === 'Seen.')
    expect(chat.error).toBeUndefined()
    const stored = await storedIn(client, id)
    expect(stored).toEqual(messagesOf(chat).slice(0, 2))
    expect(await historyOf(client, id, 'all')).toHaveLength(6)
    const again = await scripted(says('Again.'))
    await chat.sendMessage({ text: `And now? #${again}` })
    expect(chat.error).toBeUndefined()
    expect((await storedIn(client, id)).map(textOf).slice(-1)).toEqual(['Again.'])
  })

  test('another reply to a question whose answer called tools, and an edit of it', async () => {
    const client = await as.user()
    const done = await scripted(says('Seen.'))
    const key = await scripted(callsTo('c1'), callsTo('c1'), says('Without.'))
    const chat = chatOf(version, client, { body, sendAutomaticallyWhen: whenRun(version) })
    const run = async () => {
      await chat.addToolResult({ tool: 'look', toolCallId: 'c1', output: `#${done}` } as never)
      await whenDone(chat, () => textOf(chat.messages[1]!) === 'Seen.')
    }
    await chat.sendMessage({ text: `Look #${key}` })
    await run()
    const first = messagesOf(chat)[1]
    await chat.regenerate()
    await run()
    expect(messagesOf(chat)[1]?.id).not.toBe(first?.id)
    expect(await storedIn(client, chat.id)).toEqual(messagesOf(chat))
    await chat.regenerate({ messageId: messagesOf(chat)[1]!.id })
    expect(chat.messages.map(textOf)[1]).toBe('Without.')
    expect(await storedIn(client, chat.id)).toEqual(messagesOf(chat))
  })

  test('edits and asks again with a client that sends the last message alone', async () => {
    const client = await as.user()
    const id = crypto.randomUUID()
    const chat = chatOf(version, client, { id, isLastOnly: true })
    await chat.sendMessage({ text: `One #${await scripted(says('First'))}` })
    await chat.sendMessage({ text: `Two #${await scripted(says('Second'), says('Third'))}` })
    await chat.regenerate()
    expect(chat.messages.map(textOf)[3]).toBe('Third')
    expect(await storedIn(client, id)).toEqual(messagesOf(chat))
    const text = `Three #${await scripted(says('Fourth'))}`
    await chat.sendMessage({ text, messageId: messagesOf(chat)[2]!.id })
    expect(chat.messages.map(textOf).slice(2)).toEqual([text, 'Fourth'])
    expect(await storedIn(client, id)).toEqual(messagesOf(chat))
    expect(await historyOf(client, id, 'all')).toHaveLength(7)
  })

  test('shows an imported chat with its tools, and goes on with it', async () => {
    const client = await as.user()
    const call = {
      id: 'c1',
      type: 'function',
      function: { name: 'web search', arguments: '{"q":"x"}' },
    }
    const { id } = await importingOne(client, {
      messages: [
        { role: 'user', content: 'Search' },
        { role: 'assistant', content: '', tool_calls: [call] },
        { role: 'tool', tool_call_id: 'c1', content: 'Found' },
        { role: 'assistant', content: 'Here' },
      ],
    })
    const messages = await storedIn(client, id)
    expect(await validated(version, messages)).toEqual(messages)
    expect(messages[1]?.parts.map(({ type }) => type)).toEqual([
      'step-start',
      'dynamic-tool',
      'step-start',
      'text',
    ])
    expect(messages[1]?.parts[1]).toMatchObject({
      toolName: 'web search',
      input: { q: 'x' },
      output: 'Found',
    })
    const chat = chatOf(version, client, { id, messages })
    await chat.sendMessage({ text: `On #${await scripted(says('Fine.'))}` })
    expect(chat.error).toBeUndefined()
    expect(await storedIn(client, id)).toEqual(messagesOf(chat))
  })
})

test('a model that gives its calls the same ids in every step', async () => {
  const client = await as.user()
  const [third, done] = [await scripted(callsTo('call_0')), await scripted(says('Seen.'))]
  let output = `#${third}`
  const chat = chatOf(7, client, { body, sendAutomaticallyWhen: whenRun(7) })
  await chat.sendMessage({ text: `Look #${await scripted(callsTo('call_0'))}` })
  await chat.addToolResult({ tool: 'look', toolCallId: 'call_0', output } as never)
  await whenDone(chat, () => messagesOf(chat)[1]?.parts.length === 4)
  output = `#${done}`
  await chat.addToolResult({ tool: 'look', toolCallId: 'call_0', output } as never)
  await whenDone(chat, () => textOf(chat.messages[1]!) === 'Seen.')
  expect((await storedIn(client, chat.id))[1]?.parts).toMatchObject([
    { type: 'step-start' },
    { toolCallId: 'call_0', output: `#${third}` },
    { type: 'step-start' },
    { toolCallId: 'call_0', output: `#${done}` },
    { type: 'step-start' },
    { type: 'text', text: 'Seen.' },
  ])
})

test('results that are sent again add nothing, and other ones are refused', async () => {
  const client = await as.user()
  const id = crypto.randomUUID()
  const done = await scripted(says('Seen.'))
  const chat = chatOf(7, client, { id, body })
  await chat.sendMessage({ text: `Look #${await scripted(callsTo('c1'))}` })
  const [asked, turn] = await storedIn(client, id)
  const settled = (output: string) => ({
    id,
    trigger: 'submit-message',
    messageId: turn!.id,
    messages: [
      asked,
      {
        ...turn,
        parts: turn!.parts.map((part) =>
          'toolCallId' in part ? { ...part, state: 'output-available', output } : part,
        ),
      },
    ],
  })
  const first = await (await client.post('/api/chat', settled(`#${done}`))).text()
  const stored = await historyOf(client, id, 'all')
  expect(stored).toHaveLength(4)
  expect(await (await client.post('/api/chat', settled(`#${done}`))).text()).toBe(first)
  const other = await client.post('/api/chat', settled('Something else'))
  expect([other.status, await other.text()]).toEqual([
    409,
    'A message with this id and another content exists. The tool look has another result here already. Nothing of this request was stored.',
  ])
  expect(await historyOf(client, id, 'all')).toEqual(stored)
  expect(await network.seen(done)).toHaveLength(1)
})
