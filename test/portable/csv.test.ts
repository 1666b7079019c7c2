import fc from 'fast-check'
import { expect, test } from 'vitest'

import { answers, calls, conversationOf, messagesOf, written } from '../support/portable.ts'

/** A strict reader of RFC 4180. */
function rowsOf(text: string): string[][] {
  const rows: string[][] = []
  let rest = text
  let row: string[] = []
  while (rest !== '') {
    const [all, quoted, plain = '', end] =
      /^(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/.exec(rest) ?? []
    if (all === undefined || end === undefined) throw new Error(`no CSV: ${rest.slice(0, 40)}`)
    row.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'))
    rest = rest.slice(all.length)
    if (end === ',') continue
    rows.push(row)
    row = []
  }
  return rows
}

async function cellsOf(...given: Parameters<typeof messagesOf>) {
  const text = await written('csv', [[conversationOf({ title: 'a, "b"' }), messagesOf(...given)]])
  expect(text.startsWith('\uFEFF')).toBe(true)
  const [names = [], ...rows] = rowsOf(text.slice(1))
  return rows.map((row) => {
    expect(row).toHaveLength(names.length)
    return Object.fromEntries(names.map((name, index) => [name, row[index]]))
  })
}

test('has a row a message, and gives back what is in its cells', async () => {
  const content = 'one, "two"\r\nthree\n👩‍👩‍👧 مرحبا; \u2028'
  const cells = await cellsOf(
    { content, parts: [{ type: 'text', text: 'one' }] },
    { ...calls('c1'), model: 'm-1', tokens_used: 7, finish_reason: 'tool_calls' },
    answers('c1', ''),
  )
  expect(cells).toMatchObject([
    { seq: '1', role: 'user', content, title: 'a, "b"', parts: '[{"type":"text","text":"one"}]' },
    { seq: '2', model: 'm-1', tokens_used: '7', finish_reason: 'tool_calls', content: '' },
    { seq: '3', role: 'tool', tool_call_id: 'c1', tool_calls: '', model: '' },
  ])
  expect(JSON.parse(cells[1]?.['tool_calls'] ?? '')).toMatchObject([{ id: 'c1' }])
})

test.each([
  ['=1+1', "'=1+1"],
  ['+1', "'+1"],
  ['-1', "'-1"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['＝1', "'＝1"],
  ['＋1', "'＋1"],
  ['－1', "'－1"],
  ['＠1', "'＠1"],
  [' =1', " '=1"],
  ['\u00A0\u200B=1', "\u00A0\u200B'=1"],
  ['"=1', '"\'=1'],
  ['\t=1', "\t'=1"],
  ['\r=1', "\r'=1"],
  ['\n=1', "\n'=1"],
  ['a;=1;b;@x', "a;'=1;b;'@x"],
  ['a; "=1', 'a; "\'=1'],
  ['a;＝1', "a;'＝1"],
  ['a\t-1', "a\t'-1"],
  ['a\n\n +1', "a\n\n '+1"],
  ['a\r\n-1', "a\r\n'-1"],
])(
  'makes text of what a spreadsheet of any locale would take for a formula: %j',
  async (content, harmless) => {
    const [cells] = await cellsOf({ content, model: content, tool_call_id: content })
    expect(cells).toMatchObject({ content: harmless, model: harmless, tool_call_id: harmless })
  },
)

test('lets no cell begin a formula, however the rows are cut into cells', async () => {
  const text = fc.string({
    unit: fc.constantFrom(...Array.from('=+-@＝＋－＠;,\t\r\n "\'a\u00A0')),
  })
  await fc.assert(
    fc.asyncProperty(text, async (content) => {
      const [cells] = await cellsOf({ content })
      const begun = (cells?.['content'] ?? '').split(/[;\t\r\n]/)
      for (const cell of begun) expect(cell).not.toMatch(/^[\s"]*[=+\-@＝＋－＠]/)
      expect(begun.join('').replaceAll("'", '')).toBe(content.replaceAll(/[;\t\r\n']/g, ''))
    }),
  )
})

test('takes no longer than the text is long', async () => {
  const content = '\n'.repeat(250_000)
  expect(await cellsOf({ content })).toEqual([expect.objectContaining({ content })])
})

test.each(['a=1', "'=1", '1-1', 'a,=1', 'a - b', ''])(
  'leaves everything else as it is: %j',
  async (content) => {
    expect(await cellsOf({ content })).toMatchObject([{ content }])
  },
)

test('neutralises the title and the topic too', async () => {
  const conversation = conversationOf({ title: '=cmd|x', topic: '@x' })
  const text = await written('csv', [[conversation, messagesOf({ content: 'a' })]])
  expect(text).toContain(`"'=cmd|x","'@x"`)
})

test('has its header alone when there is no message', async () => {
  expect(rowsOf((await written('csv', [[conversationOf(), []]])).slice(1))).toHaveLength(1)
})
