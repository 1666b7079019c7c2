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
import { network } from '../../support/network.ts'
import { callsTo, calling, promptOf, says, scripted } from '../../support/questions.ts'
import { historyOf } from '../../support/turns.ts'

const look = { type: 'function', function: { name: 'look', parameters: { type: 'object' } } }
const body = { tools: [look] }

describe.each(versions)('ai %i', (version) => {
  test('runs tools at the client, and goes on with the same message', async () => {
    const client = await as.user()
    const id = crypto.randomUUID()
    const last = await scripted(says('It is warm.'))
    const key = await scripted([{ text: 'Let me see.' }, ...callsTo('c1', 'c2')])
    const chat = chatOf(version, client, { id, body, sendAutomaticallyWhen: whenRun(version) })
    await chat.sendMessage({ text: `Hello #${key}` })
    const asked = await storedIn(client, id)
    expect(asked).toEqual(messagesOf(chat))
    expect(await validated(version, asked)).toEqual(asked)
    const output = { degrees: 30, note: `#${last}` }
    const answer = { tool: 'look', toolCallId: 'c1', output } as never
    await (version === 5 ? chat.addToolResult(answer) : chat.addToolOutput(answer))
    await chat.addToolResult({
      tool: 'look',
      toolCallId: 'c2',
      output: `as text #${last}`,
    } as never)
    await whenDone(chat, () => textOf(chat.messages[1]!).includes('warm'))
    expect(chat.error).toBeUndefined()
    const [, turn, ...none] = messagesOf(chat)
    expect(none).toEqual([])
    expect(turn?.id).toBe(asked[1]?.id)
    expect(turn?.parts).toMatchObject([
      { type: 'step-start' },
      { type: 'text', text: 'Let me see.' },
      { type: 'tool-look', toolCallId: 'c1', state: 'output-available', input: {}, output },
      {
        type: 'tool-look',
        toolCallId: 'c2',
        state: 'output-available',
        output: `as text #${last}`,
      },
      { type: 'step-start' },
      { type: 'text', text: 'It is warm.' },
    ])
    const stored = await storedIn(client, id)
    expect(stored).toEqual(messagesOf(chat))
    expect(await validated(version, stored)).toEqual(stored)
    const roles = (await historyOf(client, id)).map(({ role }) => role)
    expect(roles).toEqual(['user', 'assistant', 'tool', 'tool', 'assistant'])
    const [seen] = await network.seen(last)
    expect(promptOf(seen).filter(({ role }) => role === 'tool')).toMatchObject([
      { tool_call_id: 'c1', content: JSON.stringify(output) },
      { tool_call_id: 'c2', content: `as text #${last}` },
    ])
    const more = await scripted(says('Yes.'))
    await chat.sendMessage({ text: `More #${more}` })
    expect(chat.messages.map(textOf).at(-1)).toBe('Yes.')
    expect(await storedIn(client, id)).toEqual(messagesOf(chat))
  })

  test('keeps that a tool failed, with a client that sends the last message alone', async () => {
    const client = await as.user()
    const last = await scripted(says('Pity.'))
    const key = await scripted([
      calling(0, { id: 'c1', function: { name: 'look', arguments: 'no json' } }),
      { finish: 'tool_calls' },
    ])
    const options = { body, sendAutomaticallyWhen: whenRun(version), isLastOnly: true }
    const chat = chatOf(version, client, options)
    await chat.sendMessage({ text: `Hello #${key}` })
    await chat.addToolResult({
      tool: 'look',
      toolCallId: 'c1',
      state: 'output-error',
      errorText: `Broken #${last}`,
    } as never)
    await whenDone(chat, () => textOf(chat.messages[1]!) === 'Pity.')
    expect(messagesOf(chat)[1]?.parts[1]).toMatchObject({
      state: 'output-error',
      errorText: `Broken #${last}`,
      input: 'no json',
    })
    const stored = await storedIn(client, chat.id)
    expect(stored).toEqual(messagesOf(chat))
    expect(await validated(version, stored)).toEqual(stored)
  })

  test('takes results that come with the next question', async () => {
    const client = await as.user()
    const key = await scripted(callsTo('c1'))
    const chat = chatOf(version, client, { body })
    await chat.sendMessage({ text: `Hello #${key}` })
    await chat.addToolResult({ tool: 'look', toolCallId: 'c1', output: 'Seen' } as never)
    const last = await scripted(says('Fine.'))
    await chat.sendMessage({ text: `And? #${last}` })
    expect(chat.error).toBeUndefined()
    expect(await storedIn(client, chat.id)).toEqual(messagesOf(chat))
    const [seen] = await network.seen(last)
    expect(promptOf(seen).map(({ role }) => role)).toEqual([
      'user',
      'assistant',
      'tool',
      'assistant',
      'user',
    ])
  })

  test('says what is missing if a turn is sent without its results, and keeps nothing', async () => {
    const client = await as.user()
    const key = await scripted(callsTo('c1'))
    const chat = chatOf(version, client, { body })
    await chat.sendMessage({ text: `Hello #${key}` })
    const before = await storedIn(client, chat.id)
    await chat.sendMessage()
    expect(chat.error?.message).toBe(
      'Tool calls wait for their results. Nothing of this request was stored. The tool look has no result yet. ' +
        'Hilo runs no tools: run it, and send its output with addToolOutput.',
    )
    expect(await storedIn(client, chat.id)).toEqual(before)
  })
})
