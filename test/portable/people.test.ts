import { expect, test } from 'vitest'

import type { ExportFormat } from '../../src/contract/portable.ts'
import { style, styleHash } from '../../src/portable/html-style.ts'
import { answers, callOf, conversationOf, messagesOf, says, written } from '../support/portable.ts'

const of = async (format: ExportFormat, ...given: Parameters<typeof messagesOf>) =>
  written(format, [[conversationOf(), messagesOf(...given)]])

const hostile = '</script><script>alert(1)</script><img src=x onerror=alert(1)> & "q" \'s\' <!--'

test.each([
  ['es', 'Usuario', 'Asistente', 'Sistema', 'Resultado', 'interrumpido'],
  ['es-MX', 'Usuario', 'Asistente', 'Sistema', 'Resultado', 'interrumpido'],
  ['en-GB', 'User', 'Assistant', 'System', 'Result', 'interrupted'],
  ['fr', 'User', 'Assistant', 'System', 'Result', 'interrupted'],
])(
  'speaks the language of the conversation, and English for others: %s',
  async (language, ...said) => {
    const messages = messagesOf(
      { role: 'system', content: 'S' },
      { content: 'Q' },
      says('Half', { status: 'interrupted' }),
      answers('a', 'A'),
    )
    for (const format of ['markdown', 'html'] as const) {
      const text = await written(format, [[conversationOf({ language }), messages]])
      for (const word of said) expect(text).toContain(word)
    }
  },
)

test.each(['markdown', 'html'] as const)('says when, in UTC, and how much: %s', async (format) => {
  const conversation = conversationOf({ archived_at: '2026-04-05T06:07:00.000Z', title: null })
  const text = await written(format, [[conversation, messagesOf({ content: 'Q' })]])
  for (const date of ['2026-01-02 03:04 UTC', '2026-01-03 23:59 UTC', '2026-04-05 06:07 UTC']) {
    expect(text).toContain(date)
  }
  expect(text).toContain('Untitled')
  expect(text).toMatch(/<!-- hilo\.export\.end conversations=1 messages=1 -->\s*$/)
  expect(await of(format, { content: 'Q' })).not.toContain('archived')
})

test('HTML shows what a person typed as it was typed, and what a model wrote as Markdown', async () => {
  const content = 'Look in C:\\_tmp\\*.log, 5*3*2\n```\n<b>\n```'
  expect(await of('html', { content })).toContain(
    '<p class="text" dir="auto">Look in C:\\_tmp\\*.log, 5*3*2</p><pre dir="ltr"><code>&lt;b&gt;</code></pre>',
  )
  const answer = await of('html', {
    role: 'assistant',
    content: 'It is *5* \\(a*b*c\\)\n\n\\[x_1*y*\\]',
  })
  expect(answer).toContain('It is <em>5</em> \\(a*b*c\\)</p>')
  expect(answer).toContain('\\[x_1*y*\\]</p>')
})

test('Markdown has a title that is one line and no markup', async () => {
  const conversation = conversationOf({ title: 'a\n# b *c* [d](e) `f` <g>' })
  const text = await written('markdown', [[conversation, []]])
  expect(text).toContain('\n# a \\# b \\*c\\* \\[d\\](e) \\`f\\` \\<g\\>\n')
})

const tools = [
  says('Let me look', { tool_calls: [callOf('a', 'look<', '{"a":"```"}')] }),
  answers('a', '````\n</details><script>'),
]

test('folds tool calls and their results, whatever is in them', async () => {
  const text = await of('markdown', ...tools)
  expect(text).toContain(
    '<details>\n<summary>Call of look&lt;</summary>\n\n````\n{"a":"```"}\n````\n\n</details>',
  )
  expect(text).toContain('`````\n````\n</details><script>\n`````')
  const page = await of('html', ...tools)
  expect(page).toContain(
    '<details><summary>Call of look&lt;</summary><pre dir="ltr"><code>{&quot;a&quot;:&quot;```&quot;}</code></pre></details>',
  )
  expect(page).toContain('<code>````\n&lt;/details&gt;&lt;script&gt;</code>')
})

const data = 'data:image/png;base64,AAAA'
const image = (url: string) => ({ type: 'image_url' as const, image_url: { url } })
const parts = [
  { type: 'text' as const, text: 'Look' },
  image('https://x.test/i.png?a=<b>&c="d"'),
  image(data),
  image('javascript:alert(1)'),
  image('data:image/svg+xml;base64,AAAA'),
  { type: 'file' as const, file: { filename: 'a<b>.pdf' } },
  { type: 'file' as const, file: { file_id: 'f' } },
  { type: 'file' as const, file: { filename: 'a.txt', file_data: 'data:text/plain;base64,AAAA' } },
]

test('shows images and files, and leads nowhere that runs something', async () => {
  const text = await of('markdown', { content: 'Look', parts })
  expect(text.match(/!\[image\]\(<(.+)>\)/g)).toEqual([
    '![image](<https://x.test/i.png?a=%3Cb%3E&c=%22d%22>)',
    `![image](<${data}>)`,
  ])
  expect(text).toContain('image: javascript:alert(1)')
  expect(text).toContain('file: a\\<b\\>.pdf')
  const page = await of('html', { content: 'Look', parts })
  expect(page.match(/<img [^>]+>/g)).toEqual([`<img alt="image" src="${data}">`])
  expect(page.match(/<a [^>]+>/g)).toEqual([
    '<a href="https://x.test/i.png?a=%3Cb%3E&amp;c=%22d%22" rel="noreferrer noopener">',
  ])
  expect(page).toContain('file: a&lt;b&gt;.pdf')
  expect(page.match(/Look/g)).toHaveLength(1)
})

test('shows a file that is a picture, with its name', async () => {
  const file = { filename: 'map_1.png', file_data: data }
  const messages = [{ content: 'Look', parts: [{ type: 'file' as const, file }] }]
  expect(await of('markdown', ...messages)).toContain(`file: map\\_1.png\n\n![image](<${data}>)\n`)
  expect(await of('html', ...messages)).toContain(
    `<p class="part">file: map_1.png</p>\n<p><img alt="image" src="${data}"></p>`,
  )
})

test('shows where something comes from as links, in the text and beside it', async () => {
  const url = 'https://x.test/a_(b)?c=[1]'
  const source = { type: 'source' as const, url, title: 'Rivers (big) [1]' }
  const cited = says(`Long[^1] ([Rivers (big) [1]](${url} "T")).`, { parts: [source] })
  const text = await of('markdown', cited)
  expect(text).toContain(`\n\nLong[^1] ([Rivers (big) [1]](${url} "T")).\n\n`)
  expect(text).toContain(`Source: [Rivers (big) \\[1\\]](<${url}>)`)
  const page = await of('html', cited)
  const link = `<a href="${url}" rel="noreferrer noopener">Rivers (big) [1]</a>`
  expect(page).toContain(`Long[^1] (${link}).`)
  expect(page).toContain(`<p class="part">Source: ${link}</p>`)
})

test('HTML shows the headings of a message below those of the page', async () => {
  const page = await of('html', says('# A\n\n- b'))
  expect(page.match(/<h\d/g)).toEqual(['<h1', '<h2', '<h3'])
  expect(page).toContain('<ul dir="auto"><li>b</li></ul>')
})

test('HTML escapes all that people say, wherever it stands', async () => {
  const conversation = conversationOf({ title: hostile, language: 'en' })
  const messages = messagesOf(
    { content: hostile },
    says(`\`\`\`${hostile}\n${hostile}`, { tool_calls: [callOf('a', hostile, hostile)] }),
    answers('a', hostile),
    { content: 'f', parts: [{ type: 'file', file: { filename: hostile } }, image(hostile)] },
  )
  const page = await written('html', [[conversation, messages]], {
    title: hostile,
    language: '"><x',
  })
  const tags = [...page.matchAll(/<\/?([a-z0-9]+)/gi)].map(([, tag]) => tag)
  expect(tags).not.toContain('script')
  expect(tags).not.toContain('img')
  expect(tags).not.toContain('x')
  expect(page.match(/<!--/g)).toHaveLength(1)
  expect(page.match(/&lt;script&gt;alert\(1\)/g)!.length).toBeGreaterThan(6)
})

test('HTML allows itself its style, images that are in it, and nothing else', async () => {
  const page = await of('html', { content: 'Q' })
  const [, policy] = /http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(page) ?? []
  expect(policy).toBe(
    `default-src 'none'; style-src '${styleHash}'; img-src data:; base-uri 'none'; form-action 'none'`,
  )
  const [, css = ''] = /<style>([^]*)<\/style>/.exec(page) ?? []
  expect(css).toBe(style)
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(css))
  expect(styleHash).toBe(`sha256-${new Uint8Array(hash).toBase64()}`)
  expect(css).toContain('prefers-color-scheme: dark')
  expect(css).toContain('@media print')
  expect(css).not.toMatch(/url\(|@import/)
})

test('HTML keeps code apart from text, and turns no text around that runs the other way', async () => {
  const page = await of(
    'html',
    { content: 'مرحبا\n```js\nlet a\n\nlet b\n```\n\n' },
    { content: ' ' },
  )
  expect(page).toContain('<p class="text" dir="auto">مرحبا</p>')
  expect(page).toContain('<pre dir="ltr"><code>let a\n\nlet b</code></pre>')
  expect(page.match(/<p class="text"/g)).toHaveLength(1)
})

test('HTML is one page with an article a conversation', async () => {
  const page = await written('html', [
    [conversationOf({ language: 'es' }), messagesOf({ content: 'Q' })],
    [conversationOf({ title: 'Two' }), []],
  ])
  expect(page.match(/<!doctype html>/g)).toHaveLength(1)
  expect(page.match(/<article lang="(es|en)">/g)).toHaveLength(2)
  expect(page.match(/<\/article>/g)).toHaveLength(2)
  expect(page).toContain('<title>Hilo</title>')
})
