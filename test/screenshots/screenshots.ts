// Pictures of the page, to look at: `npm run screenshots`. With `-- --readme`, those of the README are made anew too.
import { copyFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import type { Browser, BrowserContextOptions, Page } from 'playwright-core'

import { launchBrowser } from '../e2e/browser.ts'
import { Client } from '../e2e/client.ts'
import { ModelServer } from '../e2e/model-server.ts'
import { Project } from '../e2e/project.ts'
import { Server } from '../e2e/server.ts'
import { withFonts } from './fonts.ts'
import { replies } from './replies.ts'

const OUT = join(import.meta.dirname, '../../.wrangler/screenshots')
const README = join(import.meta.dirname, '../../src/page/pictures')
const SIZE = { width: 1280, height: 800 }

const titles = [
  ['Weekend in Cádiz', 'travel'],
  ['Letter to the landlord', 'writing'],
  ['Sourdough, second try', 'cooking'],
  ['مقدمة في الشبكات', 'تعلم'],
  ['Regex for dates', 'code'],
  ['Birthday speech for Inés', 'writing'],
  ['Unit tests that wait', 'code'],
]

mkdirSync(OUT, { recursive: true })
const model = new ModelServer()
await model.listen()
for (const [question, answer] of Object.entries(replies)) {
  model.when(question, async (reply) => {
    for (const piece of answer.match(/[\s\S]{1,24}/g) ?? []) {
      reply.say(piece)
      await sleep(6)
    }
    reply.finish(412)
  })
}
model.when('Speak slowly.', async (reply) => {
  for (const word of 'A thread is what holds the pieces together, one after'.split(' '))
    reply.say(`${word} `)
  for (; !reply.isLost; await sleep(100)) reply.say('')
})

const project = new Project()
const server = await Server.start(
  project,
  project.path('state'),
  ...model.vars,
  '--var',
  'RATE_LIMITS:off',
)
const token = await project.token('inés')
const ann = new Client(server.url).bearing(token)
for (const [title, topic] of titles) {
  const path = await ann.conversation({ title, topic, language: 'en' })
  await ann.post(`${path}/messages`, { messages: [{ role: 'user', content: `About ${title}` }] })
  if (title === 'Weekend in Cádiz') await ann.patch(path, { metadata: { pinned: 'yes' } })
  if (title === 'Regex for dates') await ann.patch(path, { is_resolved: true })
}
const talk = await ann.conversation({
  title: 'A counter without races',
  topic: 'code',
  language: 'en',
})
for (const question of Object.keys(replies)) {
  for await (const _ of ann.stream(talk, {
    id: crypto.randomUUID(),
    role: 'user',
    content: question,
  }));
}
const id = talk.split('/').at(-1)

const browser: Browser = await launchBrowser(withFonts())

async function picture(
  name: string,
  options: BrowserContextOptions,
  show: (page: Page) => Promise<void>,
): Promise<void> {
  const context = await browser.newContext({ viewport: SIZE, locale: 'en-GB', ...options })
  const page = await context.newPage()
  page.on('console', (message) => {
    if (message.type() === 'error') console.error(name, message.text())
  })
  page.on('pageerror', (error) => console.error(name, error))
  await show(page)
  // What is drawn moves a little at first.
  await sleep(1_200)
  await page.screenshot({ path: join(OUT, `${name}.png`) })
  await context.close()
}

const signIn = (page: Page) => page.goto(`${server.url}/#token=${token}`)

async function open(page: Page): Promise<void> {
  await signIn(page)
  await page.waitForSelector('a.line', { state: 'attached' })
  await page.goto(`${server.url}/#/${id}`)
  await page.waitForSelector('.message.assistant')
}

async function toTop(page: Page): Promise<void> {
  await open(page)
  await sleep(800)
  await page.evaluate('document.querySelector(".scroller").scrollTop = 0')
}

const dark = { colorScheme: 'dark' as const }
const small = { viewport: { width: 320, height: 640 } }
await picture('welcome', {}, async (page) => {
  await page.goto(server.url)
  await page.waitForSelector('textarea')
})
await picture('talk', {}, toTop)
await picture('talk-dark', dark, toTop)
await picture('branches-dark', dark, async (page) => {
  await open(page)
  await page.locator('.message.assistant').last().getByLabel('Another reply').click()
  await page.getByRole('group', { name: 'Version 2 of 2' }).waitFor()
  await page.locator('.message.assistant footer').last().getByLabel('Details').click()
  await page.mouse.move(0, 0)
})
await picture('mathematics', {}, open)
await picture('from-the-right', {}, async (page) => {
  await toTop(page)
  await page.evaluate('document.documentElement.dir = "rtl"')
})
await picture('small', small, toTop)
await picture('small-list', { ...small, ...dark }, async (page) => {
  await signIn(page)
  await page.click('.open-sidebar')
})
await picture('spanish-dark', { ...dark, locale: 'es-MX' }, async (page) => {
  await page.goto(server.url)
  await page.waitForSelector('textarea')
})
await picture('menu', {}, async (page) => {
  await open(page)
  await page.click('.heading .menu button')
})
await picture('export', {}, async (page) => {
  await open(page)
  await page.click('.heading .menu button')
  await page.getByRole('menuitem', { name: 'Export' }).click()
})
await picture('search', {}, async (page) => {
  await open(page)
  await page.fill('.search input', 'birthd')
  await page.waitForSelector('.found')
})
await picture('wide', { viewport: { width: 3_840, height: 2_160 } }, toTop)
await picture('streaming', {}, async (page) => {
  await signIn(page)
  await page.fill('textarea', 'Speak slowly.')
  await page.keyboard.press('Enter')
  await page.waitForSelector('.message.assistant')
})

await browser.close()
await server.kill()
model.close()
project.remove()
if (process.argv.includes('--readme')) {
  mkdirSync(README, { recursive: true })
  for (const name of ['talk.png', 'branches-dark.png']) {
    copyFileSync(join(OUT, name), join(README, name))
  }
}
console.log(`Pictures are in ${OUT}`)
process.exit()
