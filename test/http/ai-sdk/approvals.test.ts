import { describe, expect, test } from 'vitest'

import {
  chatOf,
  messagesOf,
  storedIn,
  textOf,
  validated,
  whenDone,
  whenAllowed,
  whenRun,
} from '../../support/ai-sdk.ts'
import { as } from '../../support/api.ts'
import { network } from '../../support/network.ts'
import { callsTo, promptOf, says, scripted } from '../../support/questions.ts'

const look = { type: 'function', function: { name: 'look', parameters: { type: 'object' } } }

describe.each([6, 7] as const)('ai %i', (version) => {
  const askFirst = { tools: [{ ...look, needsApproval: true }] }

  test('asks a person first, and keeps what they allowed with what came of it', async () => {
    const client = await as.user()
    const last = await scripted(says('Done.'))
    const key = await scripted(callsTo('c1'))
    const chat = chatOf(version, client, {
      body: askFirst,
      sendAutomaticallyWhen: whenRun(version),
    })
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
    const chat = chatOf(version, client, {
      body: askFirst,
      sendAutomaticallyWhen: whenAllowed(version),
    })
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
