import { expect, test } from 'vitest'

import type { ExportFormat } from '../../src/contract/portable.ts'
import { conversationOf, messagesOf, says, written } from '../support/portable.ts'

const of = async (format: ExportFormat, ...given: Parameters<typeof messagesOf>) =>
  written(format, [[conversationOf(), messagesOf(...given)]])

test('Markdown keeps code as it came, and closes what was left open', async () => {
  const code = '1. Run:\n   ````js\n   let a = `b` // ```\n<b>\n   ````\nthen\n~~~\n<i>\n```\n~~~'
  const text = await of('markdown', { content: code }, says('  ```py\n<open>'), { content: 'Next' })
  expect(text).toContain(`\n\n${code}\n`)
  expect(text).toContain('\n  ```py\n<open>\n  ```\n')
  expect(text).toContain('## User · 2026-01-02 03:04 UTC\n\nNext\n')
})

test('code is code whatever its lines end with, and beside the mark of a list', async () => {
  const lines = 'See:\r\n```html\r\n<b>\r\n```\r\nand <i>\r\n~~~\r\n<u>'
  const text = await of('markdown', { content: lines }, { content: 'Next' })
  expect(text).toContain('See:\r\n```html\r\n<b>\r\n```\r\nand \\<i>\r\n~~~\r\n<u>\n~~~\n')
  const typed = await of('html', { content: lines })
  expect(typed).toContain('<pre dir="ltr"><code>&lt;b&gt;\r</code></pre>')
  expect(typed).toContain('<pre dir="ltr"><code>&lt;u&gt;</code></pre>')
  const listed = '1. ```sh\n   cat <b>\n   ```\n2. then <!-- so\n- * ~~~\n    <i>'
  const list = await of('markdown', says(listed), { content: 'Next' })
  expect(list).toContain(
    '1. ```sh\n   cat <b>\n   ```\n2. then \\<!-- so\n- * ~~~\n    <i>\n    ~~~\n',
  )
  expect(await of('html', { content: listed })).toContain(
    '<p class="text" dir="auto">1.</p><pre dir="ltr"><code>   cat &lt;b&gt;</code></pre><p class="text" dir="auto">2. then &lt;!-- so</p>',
  )
})

test('code that nothing ends is over where its item is', async () => {
  const text = await of('markdown', says('- ```js\n  <b>\n\n  c\nand <!-- hidden\n```\n<i>\n```'))
  expect(text).toContain('- ```js\n  <b>\n\n  c\n  ```\nand \\<!-- hidden\n```\n<i>\n```\n')
})

test('Markdown lets no HTML of a message reach past it', async () => {
  const text = await of('markdown', {
    content: 'a <b>\n<!-- hidden\n  <details>\n</div>\n<3 2 < 3\n- <!-- so\n> 1. <textarea>',
  })
  expect(text).toContain('a \\<b>\n\\<!-- hidden\n  \\<details>\n\\</div>\n<3 2 < 3\n')
  expect(text).toContain('- \\<!-- so\n> 1. \\<textarea>\n')
})

test('Markdown leaves code of a line, and addresses in brackets, as they are', async () => {
  const content = 'Use `<b>` or ``<i> ` <u>`` at <https://a.test> and `not closed \\<b> \\\\ \\`'
  expect(await of('markdown', { content })).toContain(content)
})
