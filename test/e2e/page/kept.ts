import { deflateSync } from 'node:zlib'

import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'

import { eventually } from '../client.ts'
import { type Stage, ask, replied, shown } from './stage.ts'

/** More than is kept within a message. */
const photograph = Buffer.concat([
  Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
    'base64',
  ),
  deflateSync(crypto.getRandomValues(new Uint8Array(40_000))),
])

const idOf = (url: string): string => url.split('#/')[1] ?? ''

/** Until a page shows, above a reply which says all of it, the picture that Hilo keeps. */
async function pictureOn(page: Page): Promise<void> {
  const seen = () =>
    page.evaluate<{ src?: string; naturalWidth?: number }>(`(() => {
      document.querySelector('.scroller')?.scrollTo(0, 0)
      const { src, naturalWidth } = document.querySelector('.message.user img.picture') ?? {}
      return { src, naturalWidth }
    })()`)
  const isKept = (src = '') => src.includes('/api/files/') && !src.includes('expires=1&')
  await eventually(seen, ({ src, naturalWidth }) => naturalWidth === 1 && isKept(src))
}

/** What a page shows of what Hilo has. */
export function keptTests(stage: () => Stage): void {
  test('words that are deleted go from every page that shows them', async () => {
    const { page, client } = await stage().signedIn('dora')
    await ask(page, 'A secret')
    await replied(page, 'You said: "A secret"')
    const at = `/api/conversations/${idOf(page.url())}/messages`
    const { body } = await client.get<{ data: { id: string }[] }>(`${at}?order=asc`)
    await client.delete(`${at}/${body.data[0]?.id}`)
    await page.locator('.message.user', { hasText: 'Deleted' }).waitFor()
    await page.reload()
    await page.locator('.message.user', { hasText: 'Deleted' }).waitFor()
    expect(await page.locator('.message.user', { hasText: 'A secret' }).count()).toBe(0)
  })

  test('a question without a reply can be asked again', async () => {
    const { page, client } = await stage().signedIn('ivo')
    await ask(page, 'First')
    await replied(page, 'First')
    const messages = [{ role: 'user', content: 'Nobody answered' }]
    await client.post(`/api/conversations/${idOf(page.url())}/messages`, { messages })
    const question = page.locator('.message.user', { hasText: 'Nobody answered' })
    await question.getByLabel('Another reply').click()
    await replied(page, 'You said: "Nobody answered"')
    expect(await shown(page)).toHaveLength(4)
    expect(await question.getByLabel('Another reply').count()).toBe(0)
  })

  test('a picture that Hilo keeps is shown', async () => {
    const { page } = await stage().signedIn('eva')
    await page.setInputFiles('.composer input[type=file]', {
      name: 'sea.png',
      mimeType: 'image/png',
      buffer: photograph,
    })
    await page.locator('.composer .files img').waitFor()
    await ask(page, 'What is this?')
    await replied(page, 'What is this?')
    await page.reload()
    await pictureOn(page)
    expect(await page.locator('.message.user a.file').count()).toBe(0)
  })

  test('a file whose address has ended is asked for again', async () => {
    const { person, page } = await stage().signedIn('otto')
    const files = [
      { name: 'sea.png', mimeType: 'image/png', buffer: photograph },
      { name: 'sea.bin', mimeType: 'application/x-sea', buffer: photograph },
    ]
    await page.setInputFiles('.composer input[type=file]', files)
    await page.locator('.composer .files li').nth(1).waitFor()
    await ask(page, 'Old')
    await replied(page, 'Old')
    await page.route('**/api/conversations/*?limit=*', async (route) => {
      const response = await route.fetch()
      const body = (await response.text()).replaceAll(/expires=\d+/g, 'expires=1')
      await route.fulfill({ response, body })
    })
    await page.reload()
    await pictureOn(page)
    const [opened] = await Promise.all([
      person.waitForEvent('response', (response) => response.url().includes('/content?')),
      page.locator('.message.user a.file', { hasText: 'sea.bin' }).click(),
    ])
    expect(opened.status()).toBe(200)
    // That the first address had ended, the browser says.
    expect(stage().said.splice(0).length).toBeGreaterThan(0)
  })
}
