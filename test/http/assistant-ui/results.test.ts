import { afterAll, beforeAll, expect, test, vi } from 'vitest'

import { storedIn } from '../../support/ai-sdk.ts'
import { givenThread, openFrontDoor, said } from '../../support/assistant-cloud.ts'

beforeAll(() => openFrontDoor())
afterAll(() => vi.unstubAllGlobals())

test('what a tool answered is read by /api/chat as it was sent', async () => {
  const { cloud, id, ann } = await givenThread()
  const call = (toolCallId: string, result: unknown) => ({
    type: 'tool-call',
    toolCallId,
    toolName: 'look',
    args: {},
    argsText: '{}',
    result,
  })
  const results = [{ degrees: [21] }, ['a'], 'Sunny', '[not JSON', 7]
  const { messages } = cloud.threads
  await messages.create(id, {
    parent_id: null,
    format: 'aui/v0',
    content: {
      ...said('assistant', 'Let me see.'),
      content: [
        { type: 'text', text: 'Let me see.' },
        ...results.map((result, at) => call(`c${at}`, result)),
        { type: 'text', text: 'It is warm.' },
      ],
    } as never,
  })
  const [shown] = await storedIn(ann, id)
  const outputs = shown?.parts.flatMap((part) => ('toolCallId' in part ? [part] : []))
  expect(outputs).toMatchObject(
    [{ degrees: [21] }, ['a'], 'Sunny', '[not JSON', '7'].map((output) => ({ output })),
  )
})
