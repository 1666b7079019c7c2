import { expect, test } from 'vitest'

import { READER, type Stage } from './stage.ts'

/** That a service sees everybody's conversations, and does what its scopes allow. */
export function deskTests(stage: () => Stage): void {
  test('a service’s token opens the desk: everybody’s conversations', async () => {
    const { client } = await stage().signedIn('wanda')
    const path = await client.conversation({ title: 'Of Wanda' })
    await client.post(`${path}/messages`, { messages: [{ role: 'user', content: 'Help me' }] })
    const person = await stage().person()
    const desk = await stage().tab(person, `#token=${stage().project.serviceToken()}`)
    await desk.locator('a.line', { hasText: 'Of Wanda' }).click()
    await desk.locator('.message', { hasText: 'Help me' }).waitFor()
    await desk.locator('.owner', { hasText: 'wanda' }).waitFor()
    // The local service may act for people.
    await desk.getByLabel('Title').fill('Of Wanda, seen')
    await desk.keyboard.press('Enter')
    await desk.locator('a.line', { hasText: 'Of Wanda, seen' }).waitFor()
    expect((await client.get(path)).body).toMatchObject({
      title: 'Of Wanda, seen',
      user_id: 'wanda',
    })
  })

  test('a service that only reads sees the same, and can change nothing', async () => {
    const { client } = await stage().signedIn('yago')
    const path = await client.conversation({ title: 'Of Yago' })
    await client.post(`${path}/messages`, { messages: [{ role: 'user', content: 'Read me' }] })
    const desk = await stage().tab(await stage().person(), `#token=${READER}`)
    await desk.locator('a.line', { hasText: 'Of Yago' }).click()
    await desk.getByText('Only its owner writes in it.').waitFor()
    expect(await desk.getByLabel('Title').getAttribute('readonly')).not.toBeNull()
    expect(await desk.locator('textarea').count()).toBe(0)
    await desk.locator('.heading .menu > button').click()
    const items = await desk.getByRole('menuitem').allInnerTexts()
    expect(items).toEqual(['Summary', 'Export'])
    // That it may not act for people, it finds out by asking once.
    expect(stage().said.splice(0)).toEqual([expect.stringContaining('403')])
  })
}
