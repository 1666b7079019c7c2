import { expect, test } from 'vitest'

import { eventually } from '../client.ts'
import { type Stage, ask, choose, replied } from './stage.ts'

/** That people can keep their conversations in order. */
export function orderTests(stage: () => Stage): void {
  test('title, topic, resolved, pinned, archived and back', async () => {
    const { page, client } = await stage().signedIn('olga')
    await ask(page, 'Something to keep')
    await replied(page, 'Something to keep')
    await page.getByLabel('Title').fill('Kept for good')
    await page.keyboard.press('Enter')
    await page.locator('a.line', { hasText: 'Kept for good' }).waitFor()
    await choose(page, 'Pin')
    await page.locator('.rows h2', { hasText: 'Pinned' }).waitFor()
    await choose(page, 'Mark as resolved')
    await page.locator('.tag', { hasText: 'Resolved' }).waitFor()
    await choose(page, 'Archive')
    await page.getByText('Archived. A message brings it back.').waitFor()
    await page.locator('a.line', { hasText: 'Kept for good' }).waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Archived' }).click()
    await page.locator('a.line', { hasText: 'Kept for good' }).waitFor()
    await choose(page, 'Restore')
    await page.getByRole('button', { name: 'Active' }).click()
    await page.locator('a.line', { hasText: 'Kept for good' }).waitFor()
    const { body } = await client.get<{ data: object[] }>('/api/conversations')
    expect(body.data).toMatchObject([
      { title: 'Kept for good', is_resolved: true, is_active: true, metadata: { pinned: 'yes' } },
    ])

    // Pinned is pinned, also if a whole page of others is newer.
    const conversations = Array.from({ length: 100 }, (_, index) => ({
      object: 'conversation',
      id: crypto.randomUUID(),
      title: `Newer ${index}`,
      messages: [{ object: 'message', id: 'm', role: 'user', content: 'Hello' }],
    }))
    const imported = { object: 'hilo.export', version: 1, conversations }
    expect((await client.post('/api/import', imported)).body).toMatchObject({ imported: 100 })
    await eventually(
      async () => JSON.stringify((await client.get('/api/conversations?limit=100')).body),
      (page) => !page.includes('Kept for good'),
    )
    await page.reload()
    await page.locator('a.line', { hasText: 'Kept for good' }).waitFor()
    expect(await page.locator('.rows h2, a.line .name').first().innerText()).toBe('Pinned')
  })
}
