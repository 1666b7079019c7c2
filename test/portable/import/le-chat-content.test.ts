import { expect, test } from 'vitest'

import { as } from '../../support/api.ts'
import { importingOne } from '../../support/importing.ts'
import { message } from '../samples/le-chat.ts'

const ann = await as.user()
const answer = (content: string, more: object) =>
  importingOne(ann, [message('a', 'assistant', content, { chatId: crypto.randomUUID(), ...more })])

test('pages that an answer refers to are its sources', async () => {
  const { messages } = await answer('So.', { references: [{ url: 'https://a.test/', title: 'A' }] })
  expect(messages[0]?.parts).toMatchObject([{ text: 'So.' }, { type: 'source', title: 'A' }])
})

test('documents beside the chat stand below the words, as words or as code', async () => {
  const { messages } = await answer('', {
    contentChunks: [
      { type: 'text', text: 'Here:' },
      { type: 'canva', id: 'c', version: 0 },
    ],
    canvas: [
      { type: 'text/markdown', title: 'A plan', content: '# One' },
      { type: 'slides', title: 'Slides', content: '---\nmarp: true' },
    ],
  })
  expect(messages.map(({ content }) => content)).toEqual([
    'Here:\n\n**A plan**\n\n# One\n\n**Slides**\n\n```\n---\nmarp: true\n```',
  ])
})

test('a file that the model made is shown by its name', async () => {
  const chunk = { type: 'file_reference', fileReference: 'plan.docx', fileAlt: 'The plan' }
  const said = await answer('', { contentChunks: [{ type: 'text', text: 'Here:' }, chunk] })
  expect(said.messages).toMatchObject([
    { content: 'Here:', parts: [{}, { file: { filename: 'plan.docx' } }] },
  ])
  const alone = await answer('', { contentChunks: [chunk] })
  expect(alone.messages).toMatchObject([{ content: '[plan.docx]' }])
})

test('chunks may stand in the place of the text', async () => {
  const chunks = [
    { type: 'text', text: 'It is' },
    { type: 'text', text: ' so.' },
  ]
  const { messages } = await answer(chunks as never, {})
  expect(messages[0]?.content).toBe('It is so.')
})
