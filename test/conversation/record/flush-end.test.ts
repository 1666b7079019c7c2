import { runInDurableObject } from 'cloudflare:test'
import { expect, test } from 'vitest'

import { NewMessage, toDraft } from '../../../src/contract/message.ts'
import type { Log } from '../../../src/conversation/log/log.ts'
import { as, at } from '../../support/api.ts'
import { givenConversation, objectOf, userMessages } from '../../support/given.ts'
import { dutiesOf, inRecord } from '../../support/record.ts'

test.each([1, 2, 3, 4, 5, 6])(
  'a change right behind the end of a flush is not left to the alarm: %i microtasks later',
  async (later) => {
    const owner = { kind: 'user' as const, id: crypto.randomUUID() }
    const ann = await as.user(owner.id)
    const id = await givenConversation(ann, { messages: userMessages(1) })
    await inRecord(id, 1)
    const draft = toDraft(NewMessage.parse({ role: 'user', content: 'x' }), 'behind', 'client')
    const appending = { drafts: [draft], expectedSeq: null, onBusy: 'reject' as const }
    await runInDurableObject(objectOf(id), (instance) => {
      const { log } = (instance as unknown as { parts: { log: Log } }).parts
      const call = { caller: { owner, service: null, expiresAt: null }, requestId: 'r' }
      const moveCursor = log.moveCursor.bind(log)
      log.moveCursor = (...moved) => {
        log.moveCursor = moveCursor
        moveCursor(...moved)
        let when = Promise.resolve()
        for (let n = 1; n < later; n += 1) when = when.then(() => {})
        void when.then(() => instance.append(call, appending))
      }
    })
    await ann.patch(at(id), { title: 'Flushed' })
    await inRecord(id, 2)
    expect((await dutiesOf(id)).due).toEqual([])
  },
)
