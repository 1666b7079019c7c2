import { describe, expect, test } from 'vitest'

import { chatOf, messagesOf, storedIn, whenSaid } from '../../support/ai-sdk.ts'
import { as } from '../../support/api.ts'
import { network } from '../../support/network.ts'
import { callsTo, scripted } from '../../support/questions.ts'

const look = { type: 'function', function: { name: 'look', parameters: { type: 'object' } } }

describe.each([6, 7] as const)('ai %i', (version) => {
  test('a page that is loaded anew is told a turn with what failed, what was not allowed, and what came back', async () => {
    const client = await as.user()
    const gate = crypto.randomUUID()
    const last = await scripted([
      { text: 'Three' },
      { gate },
      { text: ' calls' },
      { finish: 'stop' },
    ])
    const calls = await scripted([{ text: 'Let me see.' }, ...callsTo('c1', 'c2', 'c3')])
    const first = chatOf(version, client, {
      body: { tools: [{ ...look, needsApproval: true }] },
      sendAutomaticallyWhen: () => false,
    })
    await first.sendMessage({ text: `Hello #${calls}` })
    const asked = messagesOf(first)[1]!.parts.flatMap((part) =>
      'approval' in part ? [part.approval as { id: string }] : [],
    )
    expect(asked).toHaveLength(3)
    for (const [n, { id }] of asked.entries()) {
      await first.addToolApprovalResponse({ id, approved: n !== 1 })
    }
    const call = (toolCallId: string) => ({ tool: 'look', toolCallId })
    await first.addToolOutput({
      ...call('c1'),
      state: 'output-error',
      errorText: 'Out of order',
    } as never)
    await first.addToolOutput({ ...call('c3'), output: { key: `#${last}` } } as never)
    const sent = first.sendMessage()
    await whenSaid(first, 'Let me see.Three')
    const second = chatOf(version, client, {
      id: first.id,
      messages: await storedIn(client, first.id),
    })
    const resumed = second.resumeStream()
    await whenSaid(second, 'Let me see.Three')
    await network.open(gate)
    await Promise.all([sent, resumed])
    expect(await storedIn(client, first.id)).toEqual(messagesOf(first))
    // No chunk says what a person answered, so a page has that once it is loaded.
    expect(messagesOf(second)[1]!.parts).toMatchObject([
      { type: 'step-start' },
      { type: 'text', text: 'Let me see.' },
      { state: 'output-error', errorText: 'Out of order' },
      { state: 'output-denied' },
      { state: 'output-available', output: { key: `#${last}` } },
      { type: 'step-start' },
      { type: 'text', text: 'Three calls' },
    ])
  })
})
