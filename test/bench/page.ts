// How the page bears 10,000 conversations and a conversation of 10,000 messages: `npm run bench:page`.
import { setTimeout as sleep } from 'node:timers/promises'

import type { Page } from 'playwright-core'

import { launchBrowser } from '../e2e/browser.ts'
import { Project } from '../e2e/project.ts'
import { Server } from '../e2e/server.ts'

const COUNT = Number(process.env['COUNT'] ?? 10_000)

const project = new Project()
const server = await Server.start(project, project.path('state'), '--var', 'RATE_LIMITS:off')
const token = await project.token('ann')

const said = (index: number) => ({
  object: 'message',
  id: `m${index}`,
  role: index % 2 === 0 ? 'user' : 'assistant',
  content: `Message ${index}: ${'some words of a sentence, '.repeat(1 + (index % 7))}and **the end**.`,
})

const conversation = (index: number, messages: number) => ({
  object: 'conversation',
  id: crypto.randomUUID(),
  title: `Conversation ${index}`,
  language: 'en',
  messages: Array.from({ length: messages }, (_, at) => said(at)),
})

async function bring(conversations: object[]): Promise<void> {
  const body = JSON.stringify({ object: 'hilo.export', version: 1, conversations })
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const answer = await fetch(`${server.url}/api/import`, { method: 'POST', headers, body })
  const { imported, failed } = (await answer.json()) as { imported: number; failed: number }
  if (imported !== conversations.length) throw new Error(`${imported} imported, ${failed} failed`)
}

/** The longest frame while something is done, in ms, and how long that took. */
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

const PER_FILE = 500
for (let first = 0; first < COUNT; first += PER_FILE) {
  await bring(
    Array.from({ length: Math.min(PER_FILE, COUNT - first) }, (_, at) =>
      conversation(first + at, 2),
    ),
  )
}
const long = conversation(COUNT, COUNT)
await bring([{ ...long, title: 'The long one' }])
await sleep(2_000)

const browser = await launchBrowser()
const page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
const begun = performance.now()
await page.goto(`${server.url}/#token=${token}`)
await page.waitForSelector('a.line')
console.log(`first view, with its list: ${(performance.now() - begun).toFixed(0)} ms`)
const resources = await page.evaluate<{ name: string; size: number }[]>(
  `performance.getEntriesByType('resource').map(({ name, decodedBodySize }) => ({ name, size: decodedBodySize }))`,
)
console.log(resources.map(({ name, size }) => `${new URL(name).pathname} ${size}`).join('\n'))

await watched(page, 'the whole list, scrolled to its end', async () => {
  for (let before = -1; ;) {
    const now = await page.evaluate<number>(
      '(list => list.scrollTop = list.scrollHeight)(document.querySelector(".rows"))',
    )
    const isLoading = await page.locator('.rows > p', { hasText: 'Loading' }).count()
    if (now === before && isLoading === 0) break
    before = now
    await sleep(30)
  }
})
await watched(page, 'back to its beginning', async () => {
  await page.evaluate('document.querySelector(".rows").scrollTop = 0')
  await sleep(100)
})
await watched(page, 'the long one, opened', async () => {
  await page.fill('.search input', 'long one')
  await page.locator('.found', { hasText: 'The long one' }).first().click()
  await page.waitForSelector('.message.assistant')
})
await watched(page, 'the long one, back to its beginning', async () => {
  for (;;) {
    await page.evaluate('document.querySelector(".scroller").scrollTop = 0')
    if (await page.getByText('The beginning').count()) break
    await sleep(20)
  }
})
await watched(page, 'a reply in it', async () => {
  await page.fill('.composer textarea', 'One more')
  await page.keyboard.press('Enter')
  await page.getByText('[Offline model]').waitFor()
  await sleep(2_000)
})
await watched(page, 'typing 20 letters in it', async () => {
  await page.locator('.composer textarea').pressSequentially('twenty letters typed')
})
await browser.close()
await server.kill()
project.remove()
process.exit()
