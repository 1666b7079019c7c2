import fc from 'fast-check'
import { expect, test } from 'vitest'

import { anyConversation } from '../../support/any-conversation.ts'
import { as } from '../../support/api.ts'
import { asDocument, asLines } from '../../support/given-exports.ts'
import { extraOf, importedAs, importing } from '../../support/importing.ts'
import { historyOf } from '../../support/turns.ts'

const several = fc.uniqueArray(anyConversation, {
  minLength: 1,
  maxLength: 3,
  selector: ({ id }) => id,
})

test.each([
  ['lines', asLines],
  ['a document', asDocument],
])('whatever an export of %s holds goes in as it is', { timeout: 60_000 }, async (_, write) => {
  await fc.assert(
    fc.asyncProperty(several, async (all) => {
      const client = await as.user()
      const answer = await importing(client, await write(all))
      expect(answer).toMatchObject({
        imported: all.length,
        failed: 0,
        complete: true,
        warnings: [],
      })
      for (const [index, theirs] of all.entries()) {
        const { id } = answer.conversations[index] ?? { id: '' }
        const ours = await importedAs(client, id)
        const { messages, extra, user_id: _user, ...rest } = theirs
        expect(ours.conversation).toEqual({
          ...rest,
          id,
          user_id: ours.conversation.user_id,
          summary: null,
          summary_seq: 0,
          hold: false,
        })
        const kept = await historyOf(client, id, 'all')
        expect(kept.map(({ siblings: _siblings, ...message }) => message)).toEqual(
          messages.map((message) => ({ ...message, conversation_id: id, origin: 'import' })),
        )
        expect(await extraOf(id)).toEqual(extra)
      }
      expect(await importing(client, await write(all))).toMatchObject({ unchanged: all.length })
    }),
    { numRuns: 15 },
  )
})
