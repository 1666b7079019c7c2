import { describe, expect, test } from 'vitest'

import { chatOf, messagesOf, storedIn, textOf, validated, versions } from '../../support/ai-sdk.ts'
import { as } from '../../support/api.ts'
import { network } from '../../support/network.ts'
import { says } from '../../support/questions.ts'

describe.each(versions)('ai %i', (version) => {
  test('sends, streams, and finds the same messages when it is loaded again', async () => {
    const client = await as.session()
    const chat = chatOf(version, client)
    const key = crypto.randomUUID()
    await network.script(key, [{ text: 'One' }, { text: ' two' }, { finish: 'stop', tokens: 9 }])
    await chat.sendMessage({ text: `Hello #${key}` })
    expect(chat.error).toBeUndefined()
    expect(chat.status).toBe('ready')
    const [asked, answer] = messagesOf(chat)
    expect(asked).toMatchObject({ role: 'user', parts: [{ type: 'text', text: `Hello #${key}` }] })
    expect(answer).toMatchObject({
      role: 'assistant',
      parts: [{ type: 'step-start' }, { type: 'text', text: 'One two', state: 'done' }],
      metadata: {
        model: 'test-model-2026',
        totalTokens: 9,
        createdAt: expect.any(Number) as number,
      },
    })
    const stored = await storedIn(client, chat.id)
    expect(stored).toEqual(messagesOf(chat))
    expect(await validated(version, stored)).toEqual(stored)
    const more = crypto.randomUUID()
    await network.script(more, says('Three'))
    await chat.sendMessage({ text: `More #${more}` })
    expect(chat.messages.map(textOf)).toEqual([
      `Hello #${key}`,
      'One two',
      `More #${more}`,
      'Three',
    ])
    expect(await storedIn(client, chat.id)).toEqual(messagesOf(chat))
  })
})
