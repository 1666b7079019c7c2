import { expect, test } from 'vitest'

import { as } from '../../support/api.ts'
import { importing, importingOne } from '../../support/importing.ts'
import { answered, chat, fold, folds, items, message, row } from '../samples/open-webui.ts'

const ann = await as.user()

/** An answer alone. A second import finds it unchanged. */
async function answer(more: object) {
  const file = [answered(more)]
  const made = await importingOne(ann, file)
  expect(await importing(ann, file)).toMatchObject({ unchanged: 1, failed: 0 })
  return { ...made, messages: made.messages.slice(1) }
}

const { said } = items

test('thoughts may hold the marks that fold them', async () => {
  const thinks = 'It has <details> and </details>,\n</details> too.'
  const reasoning = {
    type: 'reasoning',
    summary: [],
    content: [{ type: 'output_text', text: thinks }],
  }
  const unescaped = fold('reasoning', {}, thinks.replaceAll(/^/gm, '> '))
  const open = fold('reasoning', {}, '> a\n<details>\n> b')
  const cases = [
    { content: `${folds.thought(thinks)}\nYes.` },
    { content: `${unescaped}\nYes.` },
    { content: `${unescaped}\nYes.`, output: [reasoning, said('Yes.')] },
    { content: 'lost </details>\nYes.', output: [reasoning, said('Yes.')] },
    { content: '', output: [{ type: 'reasoning', summary: [{ text: thinks }] }, said('Yes.')] },
  ]
  for (const more of cases) {
    expect((await answer(more)).messages).toMatchObject([
      { content: 'Yes.', parts: [{ type: 'reasoning', text: thinks }, { type: 'text' }] },
    ])
  }
  const { messages } = await answer({ content: `${open}\nYes.\n${folds.thought('c')}\nNo.` })
  expect(messages).toMatchObject([{ content: 'Yes.\n\nNo.' }])
})

test('marks that are code, or that a person wrote, are text', async () => {
  const shown = fold('reasoning', {}, 'x')
  const content = `Such as:\n\n\`\`\`html\n${shown}\n\`\`\`\n\nor \`<details type="reasoning">\`.`
  expect((await answer({ content })).messages).toMatchObject([{ content }])
  const plain = '<details open>\n<summary>More</summary>\nText\n</details>'
  expect((await answer({ content: plain })).messages).toMatchObject([{ content: plain }])
  const open = `Never closed: ${shown.replace('</details>', '')}\n~~~\n${shown}`
  const { messages } = await importingOne(ann, [
    row(
      chat(
        [message('q', null, { content: `${shown}\n` }), message('p', 'q', { content: open })],
        'p',
      ),
    ),
  ])
  expect(messages.map((one) => one.content)).toEqual([`${shown}\n`, open])
})

test('thoughts that a model wrote before its answer are thoughts', async () => {
  for (const content of ['<think>\nHm\n</think>\n\nYes.', '<thinking>Hm</thinking>Yes.']) {
    const { messages, extra } = await answer({ content })
    expect(messages).toMatchObject([{ content: 'Yes.', parts: [{ text: 'Hm' }, { text: 'Yes.' }] }])
    expect(extra).toMatchObject({ messages: { a: { content: [{ text: content }] } } })
  }
  const content = 'What <think>x</think> is.'
  expect((await answer({ content })).messages).toMatchObject([{ content }])
})

test('a fold that never ends is text; others may quote as they like', async () => {
  const open = '<details type="reasoning" done="false">\n> Hm'
  expect((await answer({ content: open })).messages).toMatchObject([{ content: open }])
  const code = `~~~html\n${fold('reasoning', {}, 'x')}\n~~~`
  const quoted = `<details type='tool_calls' name='find' arguments='{"q":">"}' done='true'>\n</details>`
  const { messages } = await answer({ content: `${code}\n\`\`\`py\n${quoted}` })
  expect(messages).toMatchObject([
    { tool_calls: [{ function: { name: 'find', arguments: '{"q":">"}' } }] },
    { role: 'tool', content: '' },
  ])
  expect(messages[0]?.content).toBe(`${code}\n\`\`\`py`)
})

test('a fold of a kind that is not known keeps its text', async () => {
  const { messages, extra } = await answer({
    content: `Well.\n${fold('plan', { mood: 'calm' }, 'First &lt;this&gt;')}`,
  })
  expect(messages).toMatchObject([{ content: 'Well.\n\nFirst <this>' }])
  expect(JSON.stringify(extra)).toContain('mood=')
})

test('an answer that somebody edited is what they made of it, and the list stays beside it', async () => {
  const output = [said('Twelve.')]
  const { messages, extra } = await answer({ content: 'Thirteen.', output })
  expect(messages).toMatchObject([{ content: 'Thirteen.' }])
  expect(extra).toMatchObject({ messages: { a: { output } } })
})

test('content may be a list of parts', async () => {
  const url = 'data:image/png;base64,AAAA'
  const image = { type: 'image_url', image_url: { url } }
  const { messages, extra } = await importingOne(ann, [
    row(
      chat(
        [
          message('q', null, { content: [{ type: 'text', text: ' What? ' }, image, 'And?'] }),
          message('i', 'q', { content: [{ type: 'input_image', image_url: url }] }),
          message('f', 'i', {
            content: [
              { type: 'input_file', filename: 'a.pdf' },
              { type: 'file', file: { filename: 'b.pdf' } },
              { type: 'image_url', image_url: { url: 'https://a.test/i.png' } },
              { type: 'input_audio', data: 'AA' },
              { odd: 1 },
            ],
          }),
          message('a', 'f', {
            role: 'assistant',
            content: [{ type: 'text', text: `${folds.thought('Hm')}\nA dot.` }, image],
          }),
          message('e', 'a', { role: 'assistant', content: [] }),
        ],
        'e',
      ),
    ),
  ])
  expect(messages).toMatchObject([
    { content: ' What? \nAnd?', parts: [{ type: 'text', text: ' What? \nAnd?' }, image] },
    { content: '', parts: [image] },
    { content: '[a.pdf, b.pdf, image, audio, content]', parts: null },
    { content: 'A dot.', parts: [{ type: 'reasoning', text: 'Hm' }, { type: 'text' }, image] },
  ])
  expect(extra).toMatchObject({ hidden: [{ id: 'e' }] })
})

test('parts of an answer that are no text are what they are', async () => {
  const { messages } = await answer({
    output: [
      {
        type: 'message',
        content: [
          { type: 'refusal', refusal: 'I cannot.' },
          { type: 'output_text', text: '' },
          { type: 'output_audio', data: 'AA' },
          'Plain.',
        ],
      },
    ],
  })
  expect(messages).toMatchObject([{ content: 'I cannot.\n\nPlain.' }])
  expect((await answer({ content: { odd: 1 } })).messages).toMatchObject([{ content: '[content]' }])
  expect((await answer({ content: null, output: [{ type: '' }] })).messages).toMatchObject([
    { content: '[content]' },
  ])
})

test('files beside a text are shown by their names, and pages by their addresses', async () => {
  const { messages } = await importingOne(ann, [
    row(
      chat(
        [
          message('q', null, {
            content: 'See',
            files: [{ type: 'file', name: 'a.pdf' }, { type: 'image', url: '/api/v1/files/1' }, {}],
          }),
          message('a', 'q', {
            role: 'assistant',
            content: 'Seen [1][2].',
            files: [{ type: 'image', url: 'data:image/png;base64,AAAA' }, { name: 'plot.png' }],
            sources: [
              {
                source: { name: 'Lima', url: 'https://lima.test' },
                metadata: [
                  { source: 'https://lima.test' },
                  { url: 'https://two.test', title: 'Two' },
                ],
              },
              { source: { name: 'notes.md' }, metadata: [{ source: 'notes.md' }] },
            ],
          }),
        ],
        'a',
      ),
    ),
  ])
  const file = (filename: string) => ({ type: 'file', file: { filename } })
  expect(messages.map(({ parts }) => parts?.slice(1))).toEqual([
    [file('a.pdf'), file('image'), file('file')],
    [
      { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
      file('plot.png'),
      { type: 'source', url: 'https://lima.test', title: 'Lima' },
      { type: 'source', url: 'https://two.test', title: 'Two' },
      file('notes.md'),
    ],
  ])
})

test('an answer that names no model has the only one of its chat', async () => {
  const messages = [
    message('q', null),
    message('a', 'q', { role: 'assistant' }),
    message('b', 'a', { role: 'assistant', selectedModelId: 'm-2' }),
  ]
  const one = await importingOne(ann, [row(chat(messages, 'b'))])
  expect(one.messages.map(({ model }) => model)).toEqual([null, 'llama3:8b', 'm-2'])
  const several = await importingOne(ann, [row(chat(messages, 'b', { models: ['x', 'y'] }))])
  expect(several.messages.map(({ model }) => model)).toEqual([null, null, 'm-2'])
})
