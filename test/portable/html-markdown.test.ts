import fc from 'fast-check'
import { expect, test } from 'vitest'

import { plain, rendered } from '../../src/portable/html-markdown.ts'

const p = (inner: string) => `<p class="text" dir="auto">${inner}</p>`
const a = (url: string, inner: string) => `<a href="${url}" rel="noreferrer noopener">${inner}</a>`

test.each([
  ['one\n  two', p('one<br>  two')],
  ['**a** _b_ ~~c~~ `d`', p('<strong>a</strong> <em>b</em> <del>c</del> <code dir="ltr">d</code>')],
  ['# A\n## B\n###### F', '<h3 dir="auto">A</h3><h4 dir="auto">B</h4><h6 dir="auto">F</h6>'],
  [
    '- a\n  1. b\n- [x] c\n- [ ] d',
    '<ul dir="auto"><li>a<ol start="1"><li>b</li></ol></li>' +
      '<li><input type="checkbox" disabled checked> c</li>' +
      '<li><input type="checkbox" disabled> d</li></ul>',
  ],
  ['> a\n\n---', '<blockquote dir="auto"><p class="text">a</p></blockquote><hr>'],
  [
    'A | B\n:- | -\n1 | `2`',
    '<div class="table"><table><thead><tr><th dir="auto" align="left">A</th><th dir="auto">B</th></tr></thead>' +
      '<tbody><tr><td dir="auto" align="left">1</td><td dir="auto"><code dir="ltr">2</code></td></tr></tbody></table></div>',
  ],
  ['```js\nlet <b>\n\n', '<pre dir="ltr"><code>let &lt;b&gt;\n</code></pre>'],
  [
    '- عربي\n\n- `a`',
    '<ul dir="auto"><li><p class="text">عربي</p></li><li><p class="text"><code dir="ltr">a</code></p></li></ul>',
  ],
  ['    let a', '<pre dir="ltr"><code>let a</code></pre>'],
])('shows what Markdown means: %j', (markdown, html) => {
  expect(rendered(markdown)).toBe(html)
})

test.each([
  ['<div>\n*a*\n</div>', p('&lt;div&gt;\n*a*\n&lt;/div&gt;')],
  ['a <b onclick="c">', p('a &lt;b onclick=&quot;c&quot;&gt;')],
  ['<pre><script> &lt;i>', p('&lt;pre&gt;&lt;script&gt; &amp;lt;i&gt;')],
  ['&copy; &#60;i&#62; & \\&amp;', p('&copy; &lt;i&gt; &amp; &amp;amp;')],
  ['a <!-- b -->', p('a &lt;!-- b --&gt;')],
])('HTML of a message is text: %j', (markdown, html) => {
  expect(rendered(markdown)).toBe(html)
})

test.each([
  ['[a *b*](https://x.test/c "d")', a('https://x.test/c', 'a <em>b</em>')],
  ['[a (b) [c]](https://x.test/d_(e))', a('https://x.test/d_(e)', 'a (b) [c]')],
  ['[](https://x.test)', a('https://x.test/', 'https://x.test/')],
  ['[a](https://x.test?b&amp;c=%22")', a('https://x.test/?b&amp;c=%22%22', 'a')],
  ['https://x.test/?a&amp;b', a('https://x.test/?a&amp;amp;b', 'https://x.test/?a&amp;amp;b')],
  ['<https://x.test/>', a('https://x.test/', 'https://x.test/')],
  ['[a](javascript:alert(1))', '[a](javascript:alert(1))'],
  ['[a](java&#115;cript:b)', '[a](java&amp;#115;cript:b)'],
  ['[a](JAVASCRIPT&colon;b)', '[a](JAVASCRIPT&amp;colon;b)'],
  ['[a](<java\tscript:b>)', '[a](&lt;java\tscript:b&gt;)'],
  ['[a](data:text/html,b)', '[a](data:text/html,b)'],
  ['[a](sandbox:/b.csv)', '[a](sandbox:/b.csv)'],
  ['<javascript:b>', '&lt;javascript:b&gt;'],
  ['ann@x.test', 'ann@x.test'],
  ['![a](data:image/png;base64,AAAA)', '<img alt="a" src="data:image/png;base64,AAAA">'],
  ['![a "b"](https://x.test/c.png)', a('https://x.test/c.png', 'a &quot;b&quot;')],
  ['![](https://x.test/c.png)', a('https://x.test/c.png', 'https://x.test/c.png')],
  ['![a](data:image/svg+xml;base64,AAAA)', '![a](data:image/svg+xml;base64,AAAA)'],
  [
    '[![a](https://x.test/b.png)](https://x.test/c)',
    `${a('https://x.test/b.png', 'a')} (${a('https://x.test/c', 'https://x.test/c')})`,
  ],
])('follows and loads only what is allowed: %j', (markdown, inner) => {
  expect(rendered(markdown)).toBe(p(inner))
})

test('shows what a link is defined as, and follows no definition that is not allowed', () => {
  expect(rendered('[a] [b]\n\n[a]: https://x.test "c"\n[b]: javascript:d')).toBe(
    p(`${a('https://x.test/', 'a')} [b]`) +
      p('[a]: https://x.test &quot;c&quot;') +
      p('[b]: javascript:d'),
  )
})

const plainTag =
  'p class="text"(?: dir="auto")?|(?:h[3-6]|ul|blockquote)(?: dir="auto")?|li|ol(?: dir="auto")? start="\\d+"|hr|br|' +
  'pre dir="ltr"|code(?: dir="ltr")?|strong|em|del|div class="table"|table|thead|tbody|tr|' +
  't[hd](?: dir="auto")?(?: align="(?:left|right|center)")?|input type="checkbox" disabled(?: checked)?|' +
  'a href="https?://[^"<>]*" rel="noreferrer noopener"|img alt="[^"<>]*" src="data:image/png;base64,[\\w+/=]+"'
const opening = new RegExp(`^(?:${plainTag})$`)
const isVoid = /^(?:hr|br|input|img)\b/

/** Reads HTML as a browser would, and says which tags are not allowed or not closed. */
function faultsOf(html: string): string[] {
  const faults: string[] = []
  const open: string[] = []
  for (const [, end = '', tag = ''] of html.matchAll(/<(\/?)([^>]*)>?/g)) {
    const name = tag.split(' ', 1)[0] ?? ''
    if (end === '/' ? open.pop() !== tag : !opening.test(tag)) faults.push(end + tag)
    if (name === 'a' && open.includes('a')) faults.push('a in a')
    if (end === '' && !isVoid.test(tag)) open.push(name)
  }
  return [...faults, ...open]
}

const pieces = [
  ['[', ']', '(', ')', '![', '](', '<', '>', '"', "'", '`', '```', '~~~', '~~', '*', '**', '_'],
  ['|', '\n|-|-|\n', '\n', '\n\n', '- ', '1. ', '> ', '# ', '    ', '\t', '\\', '&', ';', ':', '='],
  [
    'javascript:alert(1)',
    'data:text/html,<script>',
    'data:image/png;base64,AAAA',
    'https://x.test/',
  ],
  [
    '&#106;avascript:',
    '&colon;',
    '&quot; onload=',
    '&#x22;',
    'vbscript:',
    '//x.test',
    'www.x.test',
  ],
  [
    '<script>',
    '</p>',
    '<img src=x onerror=y>',
    '<!--',
    '-->',
    '<![CDATA[',
    '<a href="',
    'a@b.test',
  ],
  ['[a]: ', '[a]', '[x] ', 'word', 'é', '\u202e', '\u0000', '👩‍👩‍👧', '---', '==='],
].flat()

test('whatever a message holds, its HTML has only tags and attributes of a list, all closed', () => {
  const markdown = fc
    .array(fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 3 })), { maxLength: 60 })
    .map((all) => all.join(''))
  fc.assert(
    fc.property(markdown, (text) => {
      expect(faultsOf(rendered(text))).toEqual([])
    }),
    { numRuns: 2_000 },
  )
})

test.each([
  ['>', 10_000],
  ['> - ', 10_000],
  ['[', 10_000],
  ['![', 10_000],
  ['- ', 10_000],
  ['*a **b ', 10_000],
  ['[a](b', 10_000],
  ['>- a\nb\n', 30_000],
  ['>a\nb\n', 50_000],
  ['*a ', 80_000],
  ['!', 250_000],
  ['a\n|-|-|\n\t\n', 20_000],
])(
  'ends, and shows all, whatever is nested or repeated: %j',
  { timeout: 60_000 },
  (piece, times) => {
    const html = rendered(`${piece.repeat(times)}x*)`)
    expect(faultsOf(html)).toEqual([])
    expect(html).toContain('x*)')
  },
)

test('shows what is nested too deep, or takes too long, as it was said, with its code', () => {
  const deep = `${'> '.repeat(33)}a`
  expect(rendered(`${'> '.repeat(20)}a`)).toContain('<blockquote><p class="text">a')
  expect(rendered(`*b*\n\`\`\`\n<c>\n\`\`\`\n${deep}\n\`\`\`\n\`\`\`\n\n`)).toBe(
    `${p('*b*')}<pre dir="ltr"><code>&lt;c&gt;</code></pre>${p(deep.replaceAll('>', '&gt;'))}<pre dir="ltr"><code></code></pre>`,
  )
})

test('what stands between the marks of mathematics is shown as it stands; prices are none', () => {
  expect(rendered('$$\na_1 * b_2 \\\\ c\n$$')).toBe(p('$$\na_1 * b_2 \\\\ c\n$$'))
  expect(rendered('Let $x_1 * y_2$ in $\\{a\\}$')).toBe(p('Let $x_1 * y_2$ in $\\{a\\}$'))
  expect(rendered('$5 _or_ $6')).toBe(p('$5 <em>or</em> $6'))
})

test('what is shown as it was typed keeps what its first line begins with', () => {
  expect(plain('\n \n    a\n  b \n\n')).toBe(p('    a\n  b'))
})
