import { describe, expect, test } from 'vitest'

import { marksIn, withMarks } from '../../../src/portable/import/code.ts'
import { as } from '../../support/api.ts'
import { importingOne } from '../../support/importing.ts'
import { conversation as chatgpt, node, text as parts } from '../samples/chatgpt.ts'

const X = /X/g

test.each([
  ['a X b', 'a - b'],
  ['`X` X', '`X` -'],
  ['``a ` X`` X', '``a ` X`` -'],
  ['it`s X', 'it`s -'],
  ['`a\nX`', '`a\n-`'],
  ['X\n```\nX `\n```\nX', '-\n```\nX `\n```\n-'],
  ['```` js\n```\nX\n````\nX', '```` js\n```\nX\n````\n-'],
  ['~~~\nX\n```\nX\n~~~\nX', '~~~\nX\n```\nX\n~~~\n-'],
  ['> ```\n> X\n> ```\nX', '> ```\n> X\n> ```\n-'],
  ['```\nnever closed X', '```\nnever closed -'],
  ['XX`X`XX', '--`X`--'],
])('marks are read in %j, but for those within code', (text, read) => {
  expect(withMarks(text, X, X, () => '-')).toBe(read)
})

test('what a mark holds is its own, whatever code that begins', () => {
  const read = marksIn('`<a>` <a>it`s </a> `<a>`', /<a>/g, /<a>([^]*?)<\/a>/y)
  expect(read.map((one) => (typeof one === 'string' ? one : one[1]))).toEqual([
    '`<a>` ',
    'it`s ',
    ' `<a>`',
  ])
})

test('a text that is made to take long is read in time', () => {
  const many = 100_000
  const texts = [
    '`X'.repeat(many),
    '```\nX'.repeat(many),
    'X`'.repeat(many),
    '`X`\n'.repeat(many),
    `${'````'.repeat(many)}X`,
  ]
  for (const text of texts) {
    const pieces = marksIn(text, X).map((one) => (typeof one === 'string' ? one : one[0]))
    expect(pieces.join('')).toBe(text)
  }
})

const ann = await as.user()
const quoting = (mark: string) =>
  `So: \`${mark}\` is a mark.\n\n\`\`\`py\nassert clean("a${mark}") == "a"\n\`\`\`\n\nAnd so on.`

const claude = (text: string) => ({
  uuid: crypto.randomUUID(),
  chat_messages: [
    { uuid: 'q', sender: 'human', text: 'q' },
    { uuid: 'a', sender: 'assistant', text },
  ],
})
const grok = (message: string) => ({
  conversation: { id: crypto.randomUUID() },
  responses: [
    { response: { _id: 'q', sender: 'human', message: 'q' } },
    { response: { _id: 'a', sender: 'assistant', message } },
  ],
})
const deepseek = (content: string) => ({
  id: crypto.randomUUID(),
  inserted_at: '2025-01-01T00:00:00Z',
  title: 'T',
  mapping: {
    root: { id: 'root', parent: null, children: ['q'], message: null },
    q: {
      id: 'q',
      parent: 'root',
      children: ['a'],
      message: { fragments: [{ type: 'REQUEST', content: 'q' }] },
    },
    a: {
      id: 'a',
      parent: 'q',
      children: [],
      message: { fragments: [{ type: 'RESPONSE', content }] },
    },
  },
})
const answered = (text: string) =>
  chatgpt(crypto.randomUUID(), [node('q'), node('a', { role: 'assistant', content: parts(text) })])

describe('what an answer says of marks within code stays as it is', () => {
  test.each<[string, (text: string) => object, string]>([
    ['ChatGPT', answered, '【4:0†source】'],
    ['ChatGPT, the newer ones', answered, '\uE200cite\uE202turn0search1\uE201'],
    ['DeepSeek', deepseek, '[citation:1]'],
    ['Grok', grok, '<grok:render card_id="1">x</grok:render>'],
    ['Grok, documents', grok, '<xaiArtifact title="T">x</xaiArtifact>'],
    ['Grok, calls', grok, '<xai:tool_usage_card>x</xai:tool_usage_card>'],
    ['Claude', claude, '<antArtifact title="T">x</antArtifact>'],
    ['Claude, cut', claude, '<antArtifact title="T">'],
    ['Claude, thoughts', claude, '<antThinking>'],
  ])('%s', async (_, file, mark) => {
    const { messages } = await importingOne(ann, file(quoting(mark)))
    expect(messages.at(-1)).toMatchObject({ content: quoting(mark), tool_calls: null })
  })
})

test('a tag of Claude’s that is only named is a word', async () => {
  const text = 'It thinks in <antThinking> tags, then writes <antArtifact> tags.\n\nAnd so on.'
  const { messages } = await importingOne(ann, claude(text))
  expect(messages.at(-1)).toMatchObject({ content: text, parts: null })
})
