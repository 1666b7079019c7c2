import { expect, test } from 'vitest'

import { as } from '../../support/api.ts'
import { importing, importingOne } from '../../support/importing.ts'
import { answered, fold, folds, items } from '../samples/open-webui.ts'

const ann = await as.user()

/** An answer alone. A second import finds it unchanged. */
async function answer(more: object) {
  const file = [answered(more)]
  const made = await importingOne(ann, file)
  expect(await importing(ann, file)).toMatchObject({ unchanged: 1, failed: 0 })
  return { ...made, messages: made.messages.slice(1) }
}

const { call, result, said } = items

test('a call, its result and the answer are messages of their own, whichever version wrote them', async () => {
  const list = { list: 'a "b" <c>' }
  const output = [
    said('I look.'),
    call('c1', 'prices', list),
    result('c1', '12 €'),
    said('Twelve.'),
  ]
  const written = (isInBody: boolean) =>
    ['I look.', folds.call('c1', 'prices', list, '12 €', isInBody), 'Twelve.'].join('\n')
  const expected = [
    {
      id: 'a',
      content: 'I look.',
      tool_calls: [{ id: 'c1', function: { name: 'prices', arguments: JSON.stringify(list) } }],
      model: 'm-1',
    },
    { id: 'a.2', role: 'tool', content: '12 €', tool_call_id: 'c1' },
    { id: 'a.3', role: 'assistant', content: 'Twelve.', model: 'm-1' },
  ]
  for (const more of [
    { output, content: written(true) },
    { output, content: '' },
    { content: written(true) },
    { content: written(false) },
  ]) {
    expect((await answer(more)).messages).toMatchObject(expected)
  }
})

test('calls of one id, and of none, each have their own result', async () => {
  const { messages } = await answer({
    output: [
      call('x', 'one', {}),
      call('x', 'two', {}),
      result('x', 'first'),
      result('x', 'second'),
      { type: 'function_call', arguments: { plain: true } },
      { type: 'function_call_output', output: 'third' },
    ],
  })
  const asked = messages.flatMap(({ tool_calls: calls }) => calls ?? [])
  const came = messages.filter(({ role }) => role === 'tool')
  expect(asked.map(({ function: { name, arguments: given } }) => [name, given])).toEqual([
    ['one', '{}'],
    ['two', '{}'],
    ['tool', '{"plain":true}'],
  ])
  expect(came.map(({ tool_call_id: id }) => id)).toEqual(asked.map(({ id }) => id))
  expect(came.map(({ content }) => content)).toEqual(['first', 'second', 'third'])
})

test('a call that has not come back has no result, one that came back with nothing an empty one', async () => {
  const running =
    '<details type="tool_calls" done="false" id="c" name="slow" arguments="">\n</details>'
  const waiting = await answer({ content: running, done: false })
  expect(waiting.messages).toMatchObject([
    { content: '', status: 'interrupted', tool_calls: [{ function: { arguments: '{}' } }] },
  ])
  const { messages } = await answer({
    content: fold('tool_calls', { name: '', arguments: 'as it is', files: '' }, ''),
  })
  expect(messages).toMatchObject([
    { tool_calls: [{ function: { name: 'tool', arguments: '{"input":"as it is"}' } }] },
    { role: 'tool', content: '' },
  ])
  const json = await answer({ content: folds.call('c', 'find', {}, { total: 1 }) })
  expect(json.messages).toMatchObject([{}, { role: 'tool', content: '{"total":1}' }])
})

test('pictures that a tool brings are its result’s', async () => {
  const url = 'data:image/png;base64,AAAA'
  const image = { type: 'image_url', image_url: { url } }
  const listed = await answer({
    output: [
      call('c', 'draw', {}),
      { ...result('c', 'Drawn'), files: [{ type: 'image', url }, url] },
      { type: 'image_generation_call', id: 'g', status: 'completed', result: 'AAAA' },
      {
        type: 'function_call_output',
        call_id: 'c2',
        output: [{ type: 'input_image', image_url: url }],
      },
    ],
  })
  expect(listed.messages).toMatchObject([
    {},
    { role: 'tool', parts: [{ type: 'text', text: 'Drawn' }, image, image] },
    { tool_calls: [{ function: { name: 'image_generation' } }] },
    { role: 'tool', content: '', parts: [image] },
    { role: 'tool', content: '', tool_call_id: 'c2', parts: [image] },
  ])
  const files = JSON.stringify([{ type: 'image', url }])
  const written = await answer({ content: fold('tool_calls', { name: 'draw', files }, '') })
  expect(written.messages).toMatchObject([{}, { role: 'tool', content: '', parts: [image] }])
})

test('code that was run is a call, and what it wrote its result', async () => {
  const output = JSON.stringify({ stdout: 'a <b>', stderr: '', result: 4 })
  const content = fold('code_interpreter', { output }, '```python\nprint("</details>")\n```')
  const written = await answer({ content: `${content}\nFour.` })
  const listed = await answer({
    output: [
      {
        type: 'open_webui:code_interpreter',
        code: 'print("</details>")',
        lang: 'python',
        output: { stdout: 'a <b>', result: 4 },
        status: 'completed',
      },
      said('Four.'),
    ],
  })
  for (const { messages } of [written, listed]) {
    expect(JSON.parse(messages[0]?.tool_calls?.[0]?.function.arguments ?? '')).toEqual({
      language: 'python',
      code: 'print("</details>")',
    })
    expect(messages.slice(1)).toMatchObject([
      { role: 'tool', content: 'a <b>\n4' },
      { role: 'assistant', content: 'Four.' },
    ])
  }
  const running = await answer({
    content: '<details type="code_interpreter" done="false">\n1+1\n</details>',
  })
  expect(running.messages).toMatchObject([
    { tool_calls: [{ function: { name: 'code_interpreter', arguments: '{"code":"1+1"}' } }] },
  ])
})

test('tools of the provider are calls with what they searched for', async () => {
  const { messages } = await answer({
    output: [
      { type: 'web_search_call', id: 'w', status: 'completed', action: { query: 'Lima' } },
      { type: 'file_search_call', id: 'f', queries: ['notes'] },
      { type: 'mcp_call', id: 'm', name: 'mail', arguments: '{"n":1}', output: 'One mail' },
      { type: 'code_interpreter_call', id: 'p', code: '2', outputs: [{ type: 'logs', logs: '2' }] },
      { type: 'local_shell_call', id: 's', input: { cmd: 'ls' } },
      { type: 'local_shell_call_output', call_id: 's', output: 'a.txt' },
      { type: 'computer_call', id: 'o' },
      { type: 'hologram', pixels: [1] },
    ],
  })
  const asked = messages.flatMap(({ tool_calls: calls }) => calls ?? [])
  expect(asked.map(({ function: { name, arguments: given } }) => `${name} ${given}`)).toEqual([
    'web_search {"query":"Lima"}',
    'file_search {"queries":["notes"]}',
    'mail {"n":1}',
    'code_interpreter {"code":"2"}',
    'local_shell {"cmd":"ls"}',
    'computer {}',
  ])
  const came = messages.filter(({ role }) => role === 'tool')
  expect(came.map(({ content }) => content)).toEqual(['', '', 'One mail', '2', 'a.txt'])
  expect(messages.at(-1)).toMatchObject({ content: '[hologram]', tool_calls: [{ id: 'o' }] })
})
