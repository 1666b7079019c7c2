import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'

import { Client } from '../client.ts'
import { type Stage, ask, replied } from './stage.ts'

const idOn = (page: Page) => new URL(page.url()).hash.slice('#/'.length)

/** What becomes of a conversation on the screen that is erased elsewhere. */
export function erasedTests(stage: () => Stage): void {
  test('what is erased elsewhere is on the screen no more', async () => {
    const { page, client } = await stage().signedIn('vera')
    await ask(page, 'Soon to be forgotten')
    await replied(page, 'Soon to be forgotten')
    // Once the page shows this, it is being told what happens.
    await client.patch(`/api/conversations/${idOn(page)}`, { title: 'Told' })
    await expect.poll(() => page.title(), { timeout: 10_000 }).toContain('Told')
    await client.post(`/api/conversations/${idOn(page)}/erase`, {})
    await page.getByText('This conversation was erased.').waitFor()
    expect(await page.getByText('Soon to be forgotten').count()).toBe(0)
  })

  test('so is what was erased while the page could not be told', async () => {
    const token = await stage().project.userToken('wilma')
    const person = await stage().person()
    let sockets = 0
    await person.routeWebSocket(/\/live/, (socket) => {
      sockets += 1
      void socket.close({ code: 1011 })
    })
    const page = await stage().tab(person, `#token=${token}`)
    await ask(page, 'Soon to be gone')
    await replied(page, 'Soon to be gone')
    await expect.poll(() => sockets, { timeout: 10_000 }).toBeGreaterThan(0)
    const client = new Client(stage().server.url).bearing(token)
    await client.post(`/api/conversations/${idOn(page)}/erase`, {})
    await page.getByText('This conversation is not there.').waitFor()
    expect(await page.getByText('Soon to be gone').count()).toBe(0)
    await page.getByText('Nothing here yet.').waitFor()
    // It found out by asking.
    expect(new Set(stage().said.splice(0))).toEqual(new Set([expect.stringContaining('404')]))
  })
}
