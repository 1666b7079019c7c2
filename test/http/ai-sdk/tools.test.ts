import { describe, expect, test } from 'vitest'

import {
  chatOf,
  messagesOf,
  storedIn,
  textOf,
  validated,
  versions,
  whenDone,
} from '../../support/ai-sdk.ts'
import { as } from '../../support/api.ts'
import { network } from '../../support/network.ts'
import { callsTo, calling, promptOf, says } from '../../support/questions.ts'
import { historyOf } from '../../support/turns.ts'

const look = { type: 'function', function: { name: 'look', parameters: { type: 'object' } } }
const body = { tools: [look] }

const whenAnswered = ({ messages }: { messages: { parts: object[] }[] }) => {
  const parts = messages.at(-1)?.parts ?? []
  const step = parts.slice(
    parts.findLastIndex((part) => 'type' in part && part.type === 'step-start'),
  )
  const tools = step.filter((part) => 'toolCallId' in part)
  return (
    tools.length > 0 &&
    tools.every((part) => 'state' in part && String(part.state).startsWith('output-'))
  )
}

async function scripted(...steps: Parameters<typeof network.script>[1][]) {
  const key = crypto.randomUUID()
  await network.script(key, ...steps)
  return key
}

describe.each(versions)('ai %i', (version) => {
  test('runs tools at the client, and goes on with the same message', async () => {
    const client = await as.user()
    const id = crypto.randomUUID()
    const last = await scripted(says('It is warm.'))
    const key = await scripted([{ text: 'Let me see.' }, ...callsTo('c1', 'c2')])
    const chat = chatOf(version, client, { id, body, sendAutomaticallyWhen: whenAnswered })
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
    const options = { body, sendAutomaticallyWhen: whenAnswered, isLastOnly: true }
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

describe.each([6, 7] as const)('ai %i', (version) => {
  const askFirst = { tools: [{ ...look, needsApproval: true }] }

  test('asks a person first, and keeps what they allowed with what came of it', async () => {
    const client = await as.user()
    const last = await scripted(says('Done.'))
    const key = await scripted(callsTo('c1'))
    const chat = chatOf(version, client, { body: askFirst, sendAutomaticallyWhen: whenAnswered })
    await chat.sendMessage({ text: `Hello #${key}` })
    const asked = await storedIn(client, chat.id)
    expect(asked).toEqual(messagesOf(chat))
    expect(asked[1]?.parts[1]).toMatchObject({
      state: 'approval-requested',
      approval: { id: expect.any(String) as string },
    })
    expect(await validated(version, asked)).toEqual(asked)
    const { approval } = asked[1]!.parts[1] as unknown as { approval: { id: string } }
    await chat.addToolApprovalResponse({ id: approval.id, approved: true })
    expect(messagesOf(chat)[1]?.parts[1]).toMatchObject({ state: 'approval-responded' })
    await chat.addToolOutput({ tool: 'look', toolCallId: 'c1', output: `#${last}` } as never)
    await whenDone(chat, () => textOf(chat.messages[1]!) === 'Done.')
    const stored = await storedIn(client, chat.id)
    expect(stored).toEqual(messagesOf(chat))
    expect(stored[1]?.parts[1]).toMatchObject({
      state: 'output-available',
      approval: { approved: true },
    })
    expect(await validated(version, stored)).toEqual(stored)
  })

  test('tells the model what a person did not allow', async () => {
    const client = await as.user()
    const key = await scripted(callsTo('c1'))
    const last = await scripted(says('As you like.'))
    const when = ({ messages }: { messages: { parts: object[] }[] }) =>
      messages.at(-1)!.parts.some((part) => 'state' in part && part.state === 'approval-responded')
    const chat = chatOf(version, client, { body: askFirst, sendAutomaticallyWhen: when })
    await chat.sendMessage({ text: `Hello #${key}` })
    const { approval } = messagesOf(chat)[1]!.parts[1] as unknown as { approval: { id: string } }
    await chat.addToolApprovalResponse({
      id: approval.id,
      approved: false,
      reason: `Too dear #${last}`,
    })
    await whenDone(chat, () => textOf(chat.messages[1]!) === 'As you like.')
    expect(chat.error).toBeUndefined()
    const stored = await storedIn(client, chat.id)
    expect(stored).toEqual(messagesOf(chat))
    expect(stored[1]?.parts[1]).toMatchObject({
      state: 'output-denied',
      approval: { approved: false, reason: `Too dear #${last}` },
    })
    expect(await validated(version, stored)).toEqual(stored)
    const [seen] = await network.seen(last)
    expect(promptOf(seen).at(-1)).toMatchObject({
      role: 'tool',
      content: `The user denied this tool call. Too dear #${last}`,
    })
  })

  test('says who runs a tool that was allowed, if it is sent without a result', async () => {
    const client = await as.user()
    const key = await scripted(callsTo('c1'))
    const chat = chatOf(version, client, { body: askFirst, sendAutomaticallyWhen: () => false })
    await chat.sendMessage({ text: `Hello #${key}` })
    const { approval } = messagesOf(chat)[1]!.parts[1] as unknown as { approval: { id: string } }
    await chat.addToolApprovalResponse({ id: approval.id, approved: true })
    await chat.sendMessage()
    expect(chat.error?.message).toContain('The tool look was allowed, and has not run yet.')
  })
})
