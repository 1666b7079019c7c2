import { expect, test } from 'vitest'

import { Client } from '../client.ts'
import { type Stage, ask, replied } from './stage.ts'

// A red point, as a PNG.
const POINT =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=='

/** That everything a message may hold is shown. */
export function contentTests(stage: () => Stage): void {
  test('what a reply took is there on demand, and Markdown, code and mathematics are shown', async () => {
    stage().model.when('Show me all.', (reply) => {
      reply.say(
        '# One\n\n**bold** `code` and $x^2$\n\n```js\nconst a = 1\n```\n\n| a | b |\n|-|-|\n| 1 | 2 |\n',
      )
      reply.finish(7)
    })
    // On the smallest screen that people have, nothing has to be moved sideways to be read.
    const viewport = { width: 320, height: 640 }
    const page = await stage().tab(await stage().person({ viewport }))
    await ask(page, 'Show me all.')
    await page.locator('.prose h1', { hasText: 'One' }).waitFor()
    await page.locator('.katex').waitFor()
    await page.locator('.hljs-keyword', { hasText: 'const' }).waitFor()
    expect(await page.locator('.prose table td').allInnerTexts()).toEqual(['1', '2'])
    await page.locator('.message.assistant footer').getByLabel('Details').click()
    const details = await page.locator('.details').innerText()
    expect(details).toContain('7 tokens')
    expect(details).toContain('m-2026')
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(320)
    expect(await page.evaluate('document.querySelector(".scroller").scrollWidth')).toBe(320)
  })

  test('pictures and files come by drop and paste, reach the model, and are there after a reload', async () => {
    const { page } = await stage().signedIn('petra')
    const give = (name: string, type: string, event: string) =>
      page.evaluate(
        `(() => {
        const bytes = Uint8Array.from(atob('${POINT}'), (one) => one.charCodeAt(0))
        const files = new DataTransfer()
        files.items.add(new File([bytes], '${name}', { type: '${type}' }))
        const field = document.querySelector('.composer textarea')
        const init = { bubbles: true, cancelable: true }
        field.dispatchEvent('${event}' === 'drop'
          ? new DragEvent('drop', { ...init, dataTransfer: files })
          : new ClipboardEvent('paste', { ...init, clipboardData: files }))
      })()`,
      )
    await give('point.png', 'image/png', 'drop')
    await page.locator('.files li', { hasText: 'point.png' }).waitFor()
    await give('notes.txt', 'text/plain', 'paste')
    await page.locator('.files li', { hasText: 'notes.txt' }).waitFor()
    // What waits to be sent is there after a reload; what was taken away is not.
    await page.reload()
    await page.locator('.files li', { hasText: 'notes.txt' }).waitFor()
    await page.locator('.files li').getByLabel('Remove notes.txt').click()
    await page.reload()
    await page.locator('.files li', { hasText: 'point.png' }).waitFor()
    expect(await page.locator('.files li').count()).toBe(1)
    // Two at once are both there.
    await Promise.all([
      give('notes.txt', 'text/plain', 'paste'),
      give('more.txt', 'text/plain', 'drop'),
    ])
    for (const name of ['notes.txt', 'more.txt']) {
      await page.locator('.files li', { hasText: name }).waitFor()
    }
    await ask(page, 'What is this?')
    await page.locator('.files li').first().waitFor({ state: 'detached' })
    await replied(page, 'You said:')
    const sent = JSON.stringify(
      stage().model.asked.findLast(({ body }) => body.stream)?.body.messages,
    )
    expect(sent).toContain(`data:image/png;base64,${POINT}`)
    await page.reload()
    await page.locator('.message.user img.picture').waitFor()
    await page.locator('.message.user .file', { hasText: 'notes.txt' }).waitFor()
    await page.locator('.message.user .file', { hasText: 'more.txt' }).waitFor()
    expect(await page.locator('.files li').count()).toBe(0)
    await page.locator('.message.assistant').getByLabel('Another reply').click()
    await page.getByRole('group', { name: 'Version 2 of 2' }).waitFor()
    expect(await page.locator('.message').count()).toBe(2)
  })

  test('what the model thought and the tools that it called are folded', async () => {
    const { page } = await stage().signedIn('quim')
    const service = new Client(stage().server.url)
      .bearing(stage().project.serviceToken())
      .with({ 'hilo-acting-for': 'user:quim' })
    const path = await service.conversation({ title: 'With tools' })
    const call = {
      id: 'c1',
      type: 'function',
      function: { name: 'weather', arguments: '{"at":"Cádiz"}' },
    }
    await service.post(`${path}/messages`, {
      messages: [
        { role: 'user', content: 'Weather?' },
        {
          role: 'assistant',
          parts: [{ type: 'reasoning', text: 'I should look.' }],
          tool_calls: [call],
        },
        { role: 'tool', tool_call_id: 'c1', content: 'sunny' },
        { role: 'assistant', content: 'It is sunny.' },
      ],
    })
    await page.goto(`${stage().server.url}/#/${path.split('/').at(-1)}`)
    await page.getByText('It is sunny.').waitFor()
    expect(await page.getByText('I should look.').isVisible()).toBe(false)
    await page.getByText('Thoughts').click()
    await page.getByText('I should look.').waitFor()
    await page.getByText('Tool: weather').click()
    await page.getByText('sunny', { exact: true }).waitFor()
  })
}
