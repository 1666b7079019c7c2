import { expect, test } from 'vitest'

import { piecesOf } from '../../src/portable/pieces.ts'
import { answers, callOf, conversationOf, messagesOf, says, written } from '../support/portable.ts'

const code = 'def f():\n\treturn "<é>"\n'

test('texts of several lines come out as their lines, after the rest of the JSON', () => {
  const given = { title: 'Sums', code, edits: [{ at: 3, by: 'a\nb' }, 'c\nd', null], '': 'e\nf' }
  expect(piecesOf(JSON.stringify(given))).toEqual([
    {
      name: null,
      text: JSON.stringify({ title: 'Sums', edits: [{ at: 3 }, '…', null] }, null, 2),
      isJson: true,
    },
    { name: 'code', text: code, isJson: false },
    { name: 'edits[0].by', text: 'a\nb', isJson: false },
    { name: 'edits[1]', text: 'c\nd', isJson: false },
    { name: '', text: 'e\nf', isJson: false },
  ])
  expect(piecesOf(JSON.stringify({ code }))).toEqual([{ name: 'code', text: code, isJson: false }])
})

test('a field that JSON would escape stands as it is, on whichever line; a field of a field stays', () => {
  const given = { language: 'js', code: 'say("a\\b")', of: { by: '"c"' }, all: ['"d"'] }
  const { code: written, ...rest } = given
  expect(piecesOf(JSON.stringify(given))).toEqual([
    { name: null, text: JSON.stringify(rest, null, 2), isJson: true },
    { name: 'code', text: written, isJson: false },
  ])
})

test('long JSON gets lines, and no number becomes another', () => {
  const long = `{"id":12345678901234567890,"at":1.50,"of":[-0],"__proto__":{"a":"${'x'.repeat(60)}"}}`
  const [piece, ...others] = piecesOf(long)
  expect(others).toEqual([])
  expect(piece?.text.replaceAll(/\s/g, '')).toBe(long)
  expect(piece?.text).toContain('\n  "id": 12345678901234567890,\n')
})

test.each([
  ['a line of JSON', '{"q":"a"}'],
  ['JSON with nothing in it', '{}'],
  ['code', code],
  ['a text', '"a b"'],
  ['a number', '12345678901234567890'],
  ['null', 'null'],
  ['JSON that is nested deep', `${'['.repeat(17)}"a\\nb"${']'.repeat(17)}`],
  ['JSON that is nested deeper than a program can go', '['.repeat(100_000) + ']'.repeat(100_000)],
  ['broken JSON', '{"a":"b\\nc"'],
])('stays as it came: %s', (_, text) => {
  expect(piecesOf(text)).toEqual([{ name: null, text, isJson: false }])
})

test('a text of several lines that was written as JSON is its lines', () => {
  expect(piecesOf('"a\\n\\"b\\""')).toEqual([{ name: null, text: 'a\n"b"', isJson: false }])
})

test('an object of white space is one that is empty', () => {
  expect(piecesOf('{\n}')).toEqual([{ name: null, text: '{}', isJson: true }])
})

const artifact = {
  id: 'l',
  type: 'text/html',
  title: 'A list of what there is to buy, and where it can be bought',
  content: '<ul class="x">\n<li>```</li>\n</ul>',
}
const messages = messagesOf(
  says('', {
    model: 'm_1<b>',
    tool_calls: [callOf('a', 'artifacts', JSON.stringify(artifact)), callOf('b', 'run', code)],
  }),
  answers('a', '{"ok":true,"out":"1 < 2\\n3"}'),
  says('Done', { parts: [{ type: 'data', name: 'shown', data: { text: 'x\ny' } }] }),
)

test('Markdown has calls, results and data as people read them, and which model answered', async () => {
  const text = await written('markdown', [[conversationOf(), messages]])
  expect(text).toContain('## Assistant · m\\_1\\<b\\> · 2026-01-02 03:04 UTC\n')
  expect(text).toContain('## Assistant · 2026-01-02 03:04 UTC\n')
  expect(text).toContain(
    `<summary>Call of artifacts</summary>\n\n\`\`\`json\n{\n  "id": "l",\n  "type": "text/html",\n  "title": "${artifact.title}"\n}\n\`\`\`\n\ncontent:\n\n\`\`\`\`\n${artifact.content}\n\`\`\`\`\n\n</details>`,
  )
  expect(text).toContain(`<summary>Call of run</summary>\n\n\`\`\`\n${code}\n\`\`\`\n\n</details>`)
  expect(text).toContain(
    '```json\n{\n  "ok": true\n}\n```\n\nout:\n\n```\n1 < 2\n3\n```\n\n</details>',
  )
  expect(text).toContain('<summary>shown</summary>\n\ntext:\n\n```\nx\ny\n```')
})

test('HTML has them too', async () => {
  const page = await written('html', [[conversationOf(), messages]])
  expect(page).toContain('<h2>Assistant <small>m_1&lt;b&gt; · <time ')
  expect(page).toContain(
    '<p class="part">content:</p><pre dir="ltr"><code>&lt;ul class=&quot;x&quot;&gt;\n&lt;li&gt;```&lt;/li&gt;\n&lt;/ul&gt;</code></pre></details>',
  )
  expect(page).toContain('<p class="part">out:</p><pre dir="ltr"><code>1 &lt; 2\n3</code></pre>')
})

test.each(['markdown', 'html'] as const)(
  'a result that is a picture alone is that, below no empty lines: %s',
  async (format) => {
    const url = 'data:image/png;base64,AAAA'
    const picture = {
      ...answers('a', ''),
      parts: [{ type: 'image_url' as const, image_url: { url } }],
    }
    const text = await written(format, [[conversationOf(), messagesOf(picture)]])
    expect(text).toContain(url)
    expect(text).not.toContain('Result')
    const nothing = await written(format, [[conversationOf(), messagesOf(answers('a', ''))]])
    expect(nothing).toContain('Result')
  },
)
