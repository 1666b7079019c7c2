import fc from 'fast-check'
import { expect, test } from 'vitest'

import { anyMessages } from '../../../support/any-conversation.ts'
import { type Appended, type Message, append, as, at, bodyOf } from '../../../support/api.ts'
import { givenConversation } from '../../../support/given.ts'
import { importing } from '../../../support/importing.ts'
import { historyOf } from '../../../support/turns.ts'

const said = ({
  role,
  content,
  parts,
  tool_calls,
  tool_call_id,
  extra,
  status,
}: Partial<Message>) => ({
  role,
  content,
  parts: parts ?? null,
  tool_calls: tool_calls ?? null,
  tool_call_id: tool_call_id ?? null,
  extra: extra ?? null,
  status: status ?? 'complete',
})

// An assistant's message that says nothing at all is refused.
const isSent = ({ role, content, parts, tool_calls }: Partial<Message>): boolean =>
  role === 'tool' || content !== '' || parts !== null || tool_calls != null

test('whatever the schema takes comes back as it was, from the store and from either of its files', async () => {
  await fc.assert(
    fc.asyncProperty(anyMessages, async (all) => {
      const owner = crypto.randomUUID()
      const service = as.service('backend', `user:${owner}`)
      const ann = await as.user(owner)
      const id = await givenConversation(ann)
      const sent = all.filter(isSent)
      for (const { created_at: _time, parent_id: _parent, ...message } of sent) {
        const answer = await append(service, id, [message])
        expect({ message, status: answer.status }).toEqual({ message, status: 201 })
        const [kept] = (await bodyOf<Appended>(answer)).messages
        expect(said(kept ?? {})).toEqual(said(message))
      }
      const history = await historyOf(ann, id)
      expect(history.map(said)).toEqual(sent.map(said))
      for (const format of ['ndjson', 'json']) {
        const file = await (await ann.get(`${at(id)}/export?format=${format}`)).text()
        const bob = await as.user()
        const { conversations } = await importing(bob, file)
        const copy = await historyOf(bob, conversations[0]?.id ?? '')
        expect(copy.map(said)).toEqual(history.map(said))
      }
    }),
    { numRuns: 10 },
  )
}, 60_000)
