import { setTimeout as sleep } from 'node:timers/promises'
// How the page bears 10,000 conversations and a conversation of 10,000 messages: `npm run bench:page`.
import { gzipSync } from 'node:zlib'

import type { Page, Route } from 'playwright-core'

import { launchBrowser } from '../e2e/browser.ts'
import { Client } from '../e2e/client.ts'
import { Project } from '../e2e/project.ts'
import { Server } from '../e2e/server.ts'

const COUNT = 10_000
const PER_CALL = 100

const project = new Project()
const server = await Server.start(project, project.path('state'), '--var', 'RATE_LIMITS:off')
const token = await project.token('ann')
const ann = new Client(server.url).bearing(token)

const path = await ann.conversation({ title: 'The long one', language: 'en' })
for (let first = 0; first < COUNT; first += PER_CALL) {
  const messages = Array.from({ length: PER_CALL }, (_, at) => ({
    role: 'user',
    content: `Message ${first + at}: ${'some words of a sentence, '.repeat(1 + (at % 7))}the end.`,
  }))
  const { status } = await ann.post(`${path}/messages`, { messages })
  if (status !== 201) throw new Error(`${status} at ${first}`)
}
const { body: long } = await ann.get<object>(`${path}?limit=1`)

/** The list is answered here: what is measured is the page, and not how long 10,000 conversations take to make. */
function listed(route: Route): Promise<void> {
  const from = Number(new URL(route.request().url()).searchParams.get('cursor') ?? 0)
  const data = Array.from({ length: PER_CALL }, (_, at) => ({
    ...long,
    ...(from + at > 0 && { id: crypto.randomUUID(), title: `Conversation ${from + at}` }),
    updated_at: new Date(Date.now() - (from + at) * 600_000).toISOString(),
  }))
  const next = from + PER_CALL
  const more = { has_more: next < COUNT, next_cursor: next < COUNT ? `${next}` : null }
  return route.fulfill({ json: { object: 'list', data, ...more } })
}

/** How long something takes, and the longest frame meanwhile, in ms. */
async function watched(page: Page, what: string, act: () => Promise<void>): Promise<void> {
  await page.evaluate(`window.longest = 0; window.last = performance.now(); window.watch = () => {
    const now = performance.now(); window.longest = Math.max(window.longest, now - window.last)
    window.last = now; window.frame = requestAnimationFrame(window.watch)
  }; window.watch()`)
  const begun = performance.now()
  await act()
  const took = performance.now() - begun
  const longest = await page.evaluate<number>('cancelAnimationFrame(window.frame), window.longest')
  const nodes = await page.evaluate<number>('document.querySelectorAll("*").length')
  console.log(
    `${what}: ${took.toFixed(0)} ms, longest frame ${longest.toFixed(0)} ms, ${nodes} elements`,
  )
}

const browser = await launchBrowser()
const page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
const sizes: number[] = []
page.on('response', (response) => {
  const { pathname } = new URL(response.url())
  if (pathname !== '/' && !pathname.startsWith('/page/')) return
  void response.body().then((body) => sizes.push(gzipSync(body, { level: 9 }).length))
})
await page.route('**/api/conversations?*', listed)
const begun = performance.now()
await page.goto(`${server.url}/#token=${token}`)
await page.waitForSelector('a.line')
console.log(`first view, with its list: ${(performance.now() - begun).toFixed(0)} ms`)
await sleep(500)
console.log(`first view: ${(sizes.reduce((sum, one) => sum + one, 0) / 1024).toFixed(1)} KiB gzip`)

await watched(page, `${COUNT} conversations, scrolled to the end`, async () => {
  await page.evaluate(`window.down = setInterval(() => {
    const rows = document.querySelector('.rows'); rows.scrollTop = rows.scrollHeight
  }, 16)`)
  await page.locator('a.line', { hasText: `Conversation ${COUNT - 1}` }).waitFor()
  await page.evaluate('clearInterval(window.down)')
})
await watched(page, 'back to the beginning', async () => {
  await page.evaluate('document.querySelector(".rows").scrollTop = 0')
  await page.locator('a.line', { hasText: 'The long one' }).waitFor()
})
await watched(page, `${COUNT} messages, opened`, async () => {
  await page.locator('a.line', { hasText: 'The long one' }).click()
  await page.getByText(`Message ${COUNT - 1}:`).waitFor()
})
await watched(page, `${COUNT} messages, scrolled to the beginning`, async () => {
  await page.evaluate(`window.up = setInterval(() => {
    document.querySelector('.scroller').scrollTop = 0
  }, 16)`)
  await page.getByText('Message 0:').waitFor()
  await page.evaluate('clearInterval(window.up)')
})
await watched(page, 'a reply in it', async () => {
  await page.fill('.composer textarea', 'One more')
  await page.keyboard.press('Enter')
  await page.getByText('for trying Hilo out').waitFor()
})
await watched(page, 'typing 20 letters in it', async () => {
  await page.locator('.composer textarea').pressSequentially('twenty letters typed')
})
await browser.close()
await server.kill()
project.remove()
process.exit()
