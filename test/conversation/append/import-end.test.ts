import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import fc from 'fast-check'
import { expect, test } from 'vitest'

import type { ImportedMessage } from '../../../src/contract/import.ts'
import { unsaid } from '../../../src/contract/message.ts'
import { openParts } from '../../../src/conversation/parts.ts'
import { objectOf } from '../../support/given.ts'

interface Drawn {
  isCall: boolean
  role: 'user' | 'assistant' | 'tool'
  follows: number
  isNext: boolean
}

const message: fc.Arbitrary<Drawn> = fc.record({
  isCall: fc.boolean(),
  role: fc.constantFrom('user' as const, 'assistant' as const, 'tool' as const),
  follows: fc.nat(),
  isNext: fc.boolean(),
})

function messagesOf(drawn: Drawn[]): ImportedMessage[] {
  return drawn.map(({ isCall, role, follows, isNext }, index) => ({
    ...unsaid,
    id: `m${index + 1}`,
    role,
    origin: 'import',
    content: `${index + 1}`,
    toolCalls:
      isCall && role === 'assistant'
        ? [{ id: `c${index + 1}`, type: 'function', function: { name: 'look', arguments: '{}' } }]
        : null,
    toolCallId: role === 'tool' ? `c${index}` : null,
    createdAt: 1 + index,
    ...(!isNext && { follows: follows % (index + 1) }),
  }))
}

test('a new conversation is where its log finds that it is, with the calls that wait there', async () => {
  const owner = { kind: 'user' as const, id: crypto.randomUUID() }
  const caller = { owner, service: null, expiresAt: null }
  const drawn = fc.tuple(fc.array(message, { minLength: 1, maxLength: 12 }), fc.nat())
  await fc.assert(
    fc.asyncProperty(drawn, async ([all, at]) => {
      const id = crypto.randomUUID()
      const messages = messagesOf(all)
      const head = 1 + (at % messages.length)
      const imported = await objectOf(id).importConversation(
        { caller, requestId: 'test' },
        {
          source: 'generic',
          sourceId: id,
          title: null,
          topic: null,
          language: null,
          metadata: {},
          isResolved: false,
          archivedAt: null,
          createdAt: 1,
          updatedAt: 1,
          messages,
          head,
          extra: null,
        },
      )
      expect(imported).toMatchObject({ ok: true, added: messages.length })
      const { is, found } = await runInDurableObject(objectOf(id), (_, ctx) => {
        const { log } = openParts(ctx, () => env)
        const seq = log.newestLeafBelow(head)
        return {
          is: log.head(),
          found: { headSeq: seq, headId: log.messageAt(seq)?.id, openCalls: log.openAt(seq) },
        }
      })
      expect(is).toMatchObject(found)
    }),
    { numRuns: 40 },
  )
})
