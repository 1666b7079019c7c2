import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { eventually } from '../client.ts'
import { contentTests } from './content.ts'
import { keptTests } from './kept.ts'
import { orderTests } from './order.ts'
import { Stage, ask, endless, replied, shown } from './stage.ts'

let stage: Stage

beforeAll(async () => {
  stage = await Stage.open('--var', 'LOGIN_URL:/problems')
})

afterAll(async () => {
  await stage?.close()
})

test('a visitor talks, edits, asks again, goes back, and finds everything after a reload', async () => {
  const page = await stage.tab(await stage.person())
  await ask(page, 'Where to?')
  await replied(page, 'You said: "Where to?"')
  await ask(page, 'And then?')
  await replied(page, 'You said: "And then?"')

  // Put better: the first question stands beside it.
  await page.locator('.message.user', { hasText: 'Where to?' }).getByLabel('Edit').click()
  await page.fill('.edit textarea', 'Where to in May?')
  await page.keyboard.press('Enter')
  await replied(page, 'You said: "Where to in May?"')
  await page.getByRole('group', { name: 'Version 2 of 2' }).waitFor()
  expect(await shown(page)).toEqual(['Where to in May?', 'You said: "Where to in May?"'])

  // Another reply, then back to the first one.
  await page.locator('.message.assistant').getByLabel('Another reply').click()
  const second = page.locator('.message.assistant').getByRole('group', { name: 'Version 2 of 2' })
  await second.getByLabel('Previous version').click()
  await page.locator('.message.assistant').getByRole('group', { name: 'Version 1 of 2' }).waitFor()

  // Back to the first question, and everything below it.
  await page.locator('.message.user').getByLabel('Previous version').click()
  await page.locator('.message.user', { hasText: 'And then?' }).waitFor()
  await page.reload()
  await page.locator('.message.user', { hasText: 'And then?' }).waitFor()
  expect(await shown(page)).toHaveLength(4)
  // The model named it, here and in the list.
  // The page's policy lets no text become a script, so nothing that waits in the page can be one.
  await eventually(
    () => page.title(),
    (title) => title === 'A title · Hilo',
  )
  await page.locator('a.line', { hasText: 'A title' }).waitFor()
})

test('a second tab and a second device follow at once', async () => {
  const { person, page, token } = await stage.signedIn('nora')
  await ask(page, 'Hello from the first')
  await replied(page, 'Hello from the first')
  const address = new URL(page.url()).hash
  const tab = await stage.tab(person, address)
  const device = await stage.tab(await stage.person(), `#token=${token}`)
  await device.goto(`${stage.server.url}/${address}`)
  for (const one of [tab, device]) await replied(one, 'Hello from the first')

  const { turn, end } = endless()
  stage.model.when('Go on and on', turn)
  await ask(device, 'Go on and on')
  // While it is written, in all three.
  for (const one of [page, tab, device]) await one.getByText('word3 word4').waitFor()
  end()
  for (const one of [page, tab, device]) await replied(one, 'word3 word4')
  await page.waitForTimeout(300)
  const texts = await Promise.all([page, tab, device].map(shown))
  expect(texts[0]).toHaveLength(4)
  expect(texts[1]).toEqual(texts[0])
  expect(texts[2]).toEqual(texts[0])
})

test('while another reply is written, no page shows the one that it stands beside', async () => {
  const { person, page } = await stage.signedIn('rosa')
  await ask(page, 'Say it another way')
  await replied(page, 'You said: "Say it another way"')
  const tab = await stage.tab(person, new URL(page.url()).hash)
  await replied(tab, 'You said: "Say it another way"')
  const { turn, end } = endless()
  stage.model.when('Say it another way', turn)
  await page.locator('.message.assistant').getByLabel('Another reply').click()
  const isOneReply = async (one: Page) => {
    await one.getByText('word3 word4').waitFor()
    const [question, reply, ...more] = await shown(one)
    expect(question).toBe('Say it another way')
    expect(reply).toMatch(/^word1 /)
    expect(more).toEqual([])
  }
  for (const one of [page, tab]) await isOneReply(one)
  await page.reload()
  await isOneReply(page)
  end()
  for (const one of [page, tab]) {
    await replied(one, 'word3 word4')
    await one.getByRole('group', { name: 'Version 2 of 2' }).waitFor()
  }
})

test('a reply that is stopped stays as far as it came; so does a draft', async () => {
  const { turn } = endless()
  stage.model.when('Never end', turn)
  const page = await stage.tab(await stage.person())
  await ask(page, 'Never end')
  await page.getByText('word3').waitFor()
  await page.fill('.composer textarea', 'not sent yet')
  await page.keyboard.press('Escape')
  await page.getByText('Stopped here').waitFor()
  const before = await shown(page)
  expect(before[1]).toContain('word3')
  await page.reload()
  await page.getByText('Stopped here').waitFor()
  expect(await shown(page)).toEqual(before)
  expect(await page.inputValue('.composer textarea')).toBe('not sent yet')
})

test('a reload in the middle of a reply goes on with it', async () => {
  const { turn, end } = endless()
  stage.model.when('Tell me long', turn)
  const page = await stage.tab(await stage.person())
  await ask(page, 'Tell me long')
  await page.getByText('word4').waitFor()
  await page.reload()
  await page.getByText('word4').waitFor()
  await page.getByText('word20').waitFor()
  end()
  await replied(page, 'word20')
  const [, reply = ''] = await shown(page)
  const words = reply.trim().split(/\s+/)
  expect(words).toEqual(words.map((_, index) => `word${index + 1}`))
})

test('who signs in is led to where this deployment has people log in', async () => {
  const page = await stage.tab(await stage.person())
  await page.locator('.who .menu > button').click()
  await page.getByRole('menuitem', { name: 'Sign in' }).click()
  await page.waitForURL(`${stage.server.url}/problems`)
  expect(await page.innerText('body')).toContain('no-such-conversation')
})

test('a server that is killed in the middle of a reply: the page says so, and catches up', async () => {
  const { turn } = endless()
  stage.model.when('Break in the middle', turn)
  const { page } = await stage.signedIn('kim')
  await ask(page, 'Break in the middle')
  await page.getByText('word30').waitFor()
  await stage.server.kill()
  await page.getByText('No connection.').waitFor()
  await stage.startAgain()
  await page.getByText('Stopped here').waitFor()
  expect((await shown(page))[1]).toContain('word3')
  await ask(page, 'And on')
  await replied(page, 'You said: "And on"')
})

test('what a device without a network says is kept, and sent once there is one', async () => {
  const { person, page } = await stage.signedIn('rosa')
  await ask(page, 'First')
  await replied(page, 'First')
  await person.setOffline(true)
  await page.getByText('No connection.').waitFor()
  await ask(page, 'Said in a tunnel')
  await page.locator('.message.user', { hasText: 'Said in a tunnel' }).waitFor()
  await ask(page, 'Said in the next')
  await person.setOffline(false)
  await replied(page, 'Said in the next')
  const said = ['First', 'Said in a tunnel', 'Said in the next']
  const own = page.locator('.message.user .typed')
  expect(await own.allInnerTexts()).toEqual(said)
  await page.reload()
  await replied(page, 'Said in the next')
  expect(await own.allInnerTexts()).toEqual(said)
})

test('what Hilo was never told of is still there after a reload, in its place', async () => {
  const { page } = await stage.signedIn('sol')
  await page.route('**/api/chat', (route) => route.abort('internetdisconnected'))
  await ask(page, 'Never heard of')
  await page.getByText('It was not sent.').waitFor()
  await page.reload()
  await page.getByText('It was not sent.').waitFor()
  await page.unroute('**/api/chat')
  await ask(page, 'Heard of now')
  await replied(page, 'Heard of now')
  await page.reload()
  await replied(page, 'Heard of now')
  const own = page.locator('.message.user .typed')
  expect(await own.allInnerTexts()).toEqual(['Never heard of', 'Heard of now'])
  // The browser's word on a conversation that was looked for before it was there.
  expect(stage.said.splice(0)).toEqual([expect.stringContaining('status of 404')])
  expect(
    await page.evaluate(() => Object.keys(localStorage).filter((one) => /unsent/.test(one))),
  ).toEqual([])
})

test('an edit that could not be sent is what is tried again', async () => {
  const { page } = await stage.signedIn('uma')
  await ask(page, 'Question one')
  await replied(page, 'Question one')
  await ask(page, 'Question two')
  await replied(page, 'Question two')
  await page.route('**/api/chat', (route) => route.abort('internetdisconnected'))
  await page.locator('.message.user', { hasText: 'Question one' }).getByLabel('Edit').click()
  await page.fill('.edit textarea', 'Put with care')
  await page.keyboard.press('Enter')
  const again = page.getByRole('button', { name: 'Try again' })
  await again.waitFor()
  await page.unroute('**/api/chat')
  await again.click()
  await replied(page, 'You said: "Put with care"')
  expect(await shown(page)).toEqual(['Put with care', 'You said: "Put with care"'])
})

contentTests(() => stage)
keptTests(() => stage)
orderTests(() => stage)

test('no page said anything on its console', () => {
  expect(stage.said).toEqual([])
})
