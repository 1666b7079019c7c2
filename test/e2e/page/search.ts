import { expect, test } from 'vitest'

import { eventually } from '../client.ts'
import type { Stage } from './stage.ts'

/** Finding again what was said. */
export function searchTests(stage: () => Stage): void {
  test('search finds as one types, and jumps to the place', async () => {
    const { page, client } = await stage().signedIn('sofia')
    const path = await client.conversation({ title: 'A long talk' })
    for (let round = 0; round < 3; round += 1) {
      const messages = Array.from({ length: 100 }, (_, index) => ({
        role: 'user',
        content:
          round === 0 && index === 7 ? 'The heron stood in the reeds' : `Line ${round} ${index}`,
      }))
      await client.post(`${path}/messages`, { messages })
    }
    await page.keyboard.press('Control+k')
    // A quotation that is just begun is no mistake.
    await page.keyboard.type('"')
    await page.locator('.rows [role=status]', { hasText: 'Nothing found.' }).waitFor()
    await page.keyboard.press('Backspace')
    await page.keyboard.type('hero', { delay: 20 })
    const found = page.locator('.found', { hasText: 'heron' })
    await found.waitFor()
    expect(await found.locator('mark').innerText()).toBe('heron')
    // While an answer is on its way, nothing that was found for other words stands there.
    const { promise: held, resolve: letGo } = Promise.withResolvers<void>()
    await page.route('**/api/search?*', async (route) => {
      await held
      await route.continue().catch(() => {})
    })
    await page.keyboard.type('x')
    await page.locator('.rows [role=status]', { hasText: 'Loading…' }).waitFor()
    expect(await page.locator('.found').count()).toBe(0)
    await page.keyboard.press('Backspace')
    letGo()
    await found.waitFor()
    await found.click()
    const marked = page.locator('.is-marked', { hasText: 'The heron stood in the reeds' })
    await marked.waitFor()
    const isInView = () =>
      page.evaluate<boolean>(
        `(({ top, bottom }) => top > 0 && bottom < innerHeight)(document.querySelector('.is-marked').getBoundingClientRect())`,
      )
    await eventually(isInView, Boolean)
  })
}
