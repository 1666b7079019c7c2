import { deflateSync } from 'node:zlib'

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
    // The reply says all of the picture, so the question is far above it.
    const seen = () =>
      page.evaluate<{ src?: string; naturalWidth?: number }>(`(() => {
        document.querySelector('.scroller')?.scrollTo(0, 0)
        const { src, naturalWidth } = document.querySelector('.message.user img.picture') ?? {}
        return { src, naturalWidth }
      })()`)
    const { src } = await eventually(seen, ({ naturalWidth }) => naturalWidth === 1)
    expect(src).toContain('/api/files/')
    expect(await page.locator('.message.user a.file').count()).toBe(0)
  })
}
