import { expect, test } from 'vitest'

import { as } from '../../support/api.ts'
import { importedAs, importing } from '../../support/importing.ts'

const ann = await as.user()
const words = 'Where does the river end?'

test.each([
  ['chatgpt', { mapping: { a: { message: { author: { role: 'user' }, content: { b: words } } } } }],
  ['claude', { chat_messages: [{ sender: 'human', body: words }] }],
  ['open-webui', { chat: { messages: [{ role: 'user', payload: words }] } }],
  ['open-webui', { history: { messages: { a: { role: 'user', lines: [words] } } } }],
  ['librechat', { conversationId: 'x', messages: [{ sender: 'User', body: words }] }],
  ['grok', { conversation: {}, responses: [{ response: { sender: 'human', body: words } }] }],
  ['generic', { messages: [{ role: 'user', content: '', body: words }] }],
  ['generic', { messages: [{ role: 'user', parts: [{ kind: 'text', data: '川はどこで' }] }] }],
  [
    'generic, beside what a system says',
    {
      messages: [
        { role: 'system', content: 'Be kind' },
        { role: 'user', body: { text: words } },
      ],
    },
  ],
])('words of a file like one of %s fail in a field that is not known', async (_, file) => {
  const answer = await importing(ann, [{ id: crypto.randomUUID(), ...file }])
  expect(answer).toMatchObject({
    imported: 0,
    failed: 1,
    errors: [{ detail: 'It has messages, but their text is written in a way that is not known' }],
  })
})

test('what a program tells of itself is no word of anybody', async () => {
  const told = {
    modelName: 'Small One',
    statusHistory: [{ description: 'Looking for it' }],
    error: { detail: 'Too many people' },
    files: [{ note: 'A long letter' }],
    at: 'Mon, 02 Mar 2026 10:00:00 GMT',
    id: 'a-1',
  }
  const file = { id: crypto.randomUUID(), messages: [{ role: 'user', content: '', ...told }] }
  expect(await importing(ann, [file])).toMatchObject({ imported: 1, failed: 0 })
})

test('an answer that failed says why, in whichever form its program tells that', async () => {
  const failing = (error: unknown) => [
    { role: 'user', content: 'q' },
    { role: 'assistant', content: '', error },
  ]
  const chat = (id: string, error: unknown) => ({
    id,
    chat: { messages: failing(error) },
  })
  const { conversations } = await importing(ann, [
    { id: 'said', messages: failing({ type: 'InvalidKey', message: 'Bad key' }) },
    { id: 'text', messages: failing('Bad key') },
    chat('w1', 'Bad key'),
    chat('w2', { content: 'Bad key' }),
    chat('w3', { error: { message: 'Bad key' } }),
  ])
  for (const { id } of conversations) {
    expect((await importedAs(ann, id)).messages.at(-1)?.content).toBe('[Bad key]')
  }
  expect(conversations).toHaveLength(5)
})
