import fc from 'fast-check'
import { expect, test } from 'vitest'

import { anyConversation } from '../../../support/any-conversation.ts'
import { type Client, type Conversation, type Message, as } from '../../../support/api.ts'
import { linesOf, textOf } from '../../../support/exports.ts'
import { asLines } from '../../../support/given-exports.ts'
import { givenConversation, userMessages } from '../../../support/given.ts'
import { importing } from '../../../support/importing.ts'
import { eventually, inRecord, rowOf } from '../../../support/record.ts'
import { answered, turnOf } from '../../../support/turns.ts'

const several = fc.uniqueArray(anyConversation, {
  minLength: 1,
  maxLength: 3,
  selector: ({ id }) => id,
})

interface Whole {
  conversation: Partial<Conversation>
  messages: Partial<Message>[]
}

/** What a file of Hilo's holds, but for whose it is, how it came here, and what is made anew. */
async function wholes(file: Response): Promise<Whole[]> {
  const { conversations, messages } = await linesOf(file)
  return conversations
    .map(({ id, user_id: _u, session_id: _s, summary: _y, summary_seq: _q, ...rest }) => ({
      conversation: { ...rest, id: '', hold: false },
      messages: messages
        .filter((message) => message.conversation_id === id)
        .map((message) => ({ ...message, conversation_id: '', origin: 'import' as const })),
    }))
    .toSorted((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)))
}

/** Everything of somebody's, as a file that somebody else takes in. */
async function handedOver(from: Client, format: string): Promise<{ to: Client; count: number }> {
  const to = await as.user()
  const { imported, failed, warnings, complete, conversations } = await importing(
    to,
    await textOf(await from.get(`/api/export?format=${format}`)),
  )
  expect({ failed, warnings, complete }).toEqual({ failed: 0, warnings: [], complete: true })
  for (const { id } of conversations) await eventually(async () => (await rowOf(id)) !== null)
  return { to, count: imported }
}

test.each(['ndjson', 'json'])(
  'what is exported as %s and imported is the same',
  async (format) => {
    await fc.assert(
      fc.asyncProperty(several, async (all) => {
        const ann = await as.user()
        const { conversations } = await importing(ann, await asLines(all))
        for (const { id } of conversations) await eventually(async () => (await rowOf(id)) !== null)
        const { to, count } = await handedOver(ann, format)
        expect(count).toBe(all.length)
        expect(await wholes(await to.get('/api/export'))).toEqual(
          await wholes(await ann.get('/api/export')),
        )
      }),
      { numRuns: 5 },
    )
  },
  60_000,
)

test('what was lived through here goes through a file as well: replies, an archived one', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann, { title: 'A trip', messages: userMessages(3) })
  await answered(ann, id, turnOf('round'))
  await inRecord(id, 5)
  const archived = await givenConversation(ann, { messages: userMessages(1) })
  await ann.delete(`/api/conversations/${archived}`)
  const { to, count } = await handedOver(ann, 'ndjson')
  expect(count).toBe(2)
  const before = await wholes(await ann.get('/api/export'))
  expect(before.map(({ messages }) => messages.length)).toContain(5)
  expect(await wholes(await to.get('/api/export'))).toEqual(before)
})

test('ChatGPT’s form brings the words, their order and their times to another account', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann, { title: 'A trip', messages: userMessages(3) })
  await answered(ann, id, turnOf('tree'))
  await inRecord(id, 5)
  const { to } = await handedOver(ann, 'chatgpt')
  const said = async (client: Client) =>
    (await wholes(await client.get('/api/export'))).map(({ conversation, messages }) => ({
      title: conversation.title,
      messages: messages.map(({ role, content, created_at: at }) => [role, content, at]),
    }))
  const before = await said(ann)
  expect(before[0]?.messages).toHaveLength(5)
  expect(await said(to)).toEqual(before)
})
