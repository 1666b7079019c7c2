import { expect, test } from 'vitest'

import { Client } from '../client.ts'
import { type Stage, ask, replied } from './stage.ts'

const refusals = {
  nothing: `for (const name of ['localStorage', 'sessionStorage'])
    Object.defineProperty(window, name, { get() { throw new DOMException('no', 'SecurityError') } })`,
  'no more': `Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError') }`,
}

/** Browsers that keep less than others. */
export function unkeptTests(stage: () => Stage): void {
  test('a browser that keeps no cookie talks all the same, and takes it along to an account', async () => {
    const person = await stage().person()
    await person.route('**/api/sessions', async (route) => {
      const { authorization = '' } = route.request().headers()
      const headers = authorization === '' ? {} : { authorization }
      const response = await fetch(route.request().url(), { method: 'POST', headers })
      const [status, body] = [response.status, await response.text()]
      await route.fulfill({ status, body, contentType: 'application/json' })
    })
    const page = await stage().tab(person)
    await ask(page, 'Without a cookie')
    await replied(page, 'Without a cookie')
    await page.reload()
    await page.locator('a.line').waitFor()
    expect(await person.cookies()).toEqual([])
    await page.goto(`${stage().server.url}/#token=${await stage().project.userToken('zoe')}`)
    await page.getByText('Your conversation as a visitor is in your account now.').waitFor()
    // That no cookie was kept, it finds out by asking once.
    expect(new Set(stage().said.splice(0))).toEqual(new Set([expect.stringContaining('401')]))
  })

  test.each(Object.entries(refusals))(
    'where a browser keeps %s, a visitor talks and a user signs in all the same',
    async (_, content) => {
      const person = await stage().person()
      await person.addInitScript({ content })
      const page = await stage().tab(person)
      await ask(page, 'Kept nowhere')
      await replied(page, 'Kept nowhere')
      const token = await stage().project.userToken(crypto.randomUUID())
      const client = new Client(stage().server.url).bearing(token)
      const path = await client.conversation({ title: 'Of another device' })
      await client.post(`${path}/messages`, { messages: [{ role: 'user', content: 'Hello' }] })
      await page.goto(`${stage().server.url}/#token=${token}`)
      await page.locator('a.line', { hasText: 'Of another device' }).waitFor()
      expect(page.url()).not.toContain('token')
    },
  )
}
