import { readFileSync } from 'node:fs'

import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { findings } from './axe.ts'
import { deskTests } from './desk.ts'
import { erasedTests } from './erased.ts'
import { searchTests } from './search.ts'
import { Stage, ask, choose, replied } from './stage.ts'
import { unkeptTests } from './unkept.ts'

let stage: Stage

beforeAll(async () => {
  stage = await Stage.open()
})

afterAll(async () => {
  await stage?.close()
})

const menu = async (page: Page, item: string) => {
  await page.locator('.who .menu > button').click()
  await page.getByRole('menuitem', { name: item, exact: true }).click()
}

test('what a visitor said is the user’s once they sign in, and signing out leaves nothing', async () => {
  const person = await stage.person()
  const page = await stage.tab(person)
  await ask(page, 'Said as a visitor')
  await replied(page, 'Said as a visitor')
  const token = await stage.project.userToken('vera')
  await menu(page, 'Sign in')
  await page.getByRole('textbox', { name: 'Token' }).fill('nonsense.of.mine')
  await page.keyboard.press('Enter')
  await page.getByText('That is not a token that Hilo knows.').waitFor()
  stage.said.length = 0
  await page.getByRole('textbox', { name: 'Token' }).fill(token)
  await page.keyboard.press('Enter')
  await page.getByText('Your conversation as a visitor is in your account now.').waitFor()
  await page.locator('.who .name', { hasText: 'vera' }).waitFor()
  await page.locator('a.line').click()
  await replied(page, 'Said as a visitor')
  expect(page.url()).not.toContain(token)
  await page.fill('.composer textarea', 'a secret draft')

  await menu(page, 'Sign out')
  await page.getByText('Nothing here yet.').waitFor()
  const left = await page.evaluate<{ kept: string; text: string }>(
    `({ kept: JSON.stringify([{ ...localStorage }, { ...sessionStorage }]), text: document.body.innerText })`,
  )
  for (const said of [token, 'secret draft', 'vera']) expect(left.kept).not.toContain(said)
  expect(left.text).not.toContain('Said as a visitor')
  // Nothing but the session's cookie, of a session that is new.
  const cookies = async () => (await person.cookies()).map(({ name }) => name)
  await expect.poll(cookies, { timeout: 10_000 }).toEqual(['__Host-hilo_session'])
})

test('everything can be taken along, brought elsewhere with a report, and erased with a receipt', async () => {
  const { page, client } = await stage.signedIn('tara')
  await ask(page, 'Take me along')
  await replied(page, 'Take me along')
  await choose(page, 'Export')
  await page.getByLabel('Hilo, line by line: comes back whole').check()
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.locator('.dialog').getByRole('button', { name: 'Export', exact: true }).click(),
  ])
  const path = await file.path()
  expect(readFileSync(path, 'utf8')).toContain('Take me along')
  expect(file.suggestedFilename()).toMatch(/\.ndjson$/)

  const other = await stage.signedIn('uma')
  await menu(other.page, 'Import')
  await other.page.locator('.dialog input[type=file]').setInputFiles(path)
  await other.page.getByText('1 imported, 0 unchanged, 0 failed.').waitFor()
  await other.page.locator('.dialog').getByRole('button', { name: 'Close' }).click()
  await other.page.locator('a.line').click()
  await other.page.getByText('Take me along').first().waitFor()

  await choose(page, 'Erase')
  await page.locator('.dialog').getByRole('button', { name: 'Erase' }).click()
  await page.getByText('2 messages erased on').waitFor()
  await page.locator('.dialog').getByRole('button', { name: 'Close' }).last().click()
  await page.getByText('Nothing here yet.').waitFor()
  expect((await client.get<{ data: object[] }>('/api/conversations')).body.data).toEqual([])
})

const hostile = [
  '<script>window.hit = 1</script><img src=x onerror="window.hit = 2">',
  '<svg onload="window.hit = 3"><a xlink:href="javascript:window.hit=4">x</a></svg>',
  '[click](javascript:window.hit=5) [two](JaVaScRiPt:window.hit=6) [three](data:text/html,<script>window.hit=7</script>)',
  '![p](https://elsewhere.test/track.png) ![q](javascript:window.hit=8) ![s](data:image/svg+xml,<svg onload=window.hit=9>)',
  '<iframe srcdoc="<script>parent.hit=10</script>"></iframe><style>body{display:none}</style>',
  '$\\href{javascript:window.hit=11}{x}$ $$\\htmlData{x=y}{z}$$ &lt;b&gt; &copy; \\\\( \\\\unknown{ \\\\)',
  '```html\n<script>window.hit = 12</script>\n```',
  '<a href="https://elsewhere.test" onclick="window.hit=13">y</a> <form action=/api/erase><button>z</button></form>',
]

test('hostile text is shown as text', async () => {
  stage.model.when('Say bad things', (reply) => {
    reply.say(hostile.join('\n\n'))
    reply.finish()
  })
  const { page, client } = await stage.signedIn('xena')
  const asked: string[] = []
  page.on('request', (request) => asked.push(request.url()))
  await ask(page, 'Say bad things')
  await page.locator('.prose').getByText('window.hit = 12').waitFor()
  const id = new URL(page.url()).hash.slice(2)
  await client.patch(`/api/conversations/${id}`, {
    title: hostile[0],
    topic: hostile[1]?.slice(0, 90),
  })
  await ask(page, hostile.join('\n\n'))
  await replied(page, 'You said:')
  for (const link of await page.locator('.prose a').all()) {
    expect(await link.getAttribute('href')).toMatch(/^https?:/)
    expect(await link.getAttribute('rel')).toContain('noreferrer')
    await link.evaluate('(link) => link.removeAttribute("target")')
  }
  expect(
    await page.locator('.prose :is(script, svg:not(.icon, .katex *), iframe, form, style)').count(),
  ).toBe(0)
  expect(await page.locator('.prose img').count()).toBe(0)
  expect(await page.evaluate('window.hit')).toBeUndefined()
  expect(
    asked.filter((url) => !url.startsWith(stage.server.url) && !url.startsWith('data:')),
  ).toEqual([])
})

test.each(['light', 'dark'] as const)('axe finds nothing serious: %s', async (colorScheme) => {
  const options = { colorScheme, bypassCSP: true }
  const visitor = await stage.tab(await stage.person(options))
  await visitor.locator('.composer textarea').waitFor()
  expect(await findings(visitor)).toEqual([])
  stage.model.when('Everything', (reply) => {
    reply.say(
      '# A\n\n[link](https://a.test) `code`\n\n```js\nconst a = "b" // c\n```\n\n> quote\n\n$$x^2$$\n\n- [x] done\n',
    )
    reply.finish()
  })
  const { page } = await stage.signedIn(`axe-${colorScheme}`, options)
  await ask(page, 'Everything')
  await page.locator('.hljs-keyword').waitFor()
  await replied(page, 'link')
  await page.locator('.message.assistant footer').getByLabel('Details').click()
  expect(await findings(page)).toEqual([])
  for (const item of ['Export', 'Erase']) {
    await choose(page, item)
    expect(await findings(page)).toEqual([])
    await page.keyboard.press('Escape')
  }
  await page.fill('.search input', 'every')
  await page.locator('.found').first().waitFor()
  expect(await findings(page)).toEqual([])
})

erasedTests(() => stage)
deskTests(() => stage)
searchTests(() => stage)
unkeptTests(() => stage)

test('it speaks the browser’s language, and asks no other origin', async () => {
  const spanish = await stage.tab(await stage.person({ locale: 'es-AR' }))
  await spanish.getByText('¿De qué hablamos?').waitFor()
  expect(await spanish.getAttribute('html', 'lang')).toBe('es')
  const odd = await stage.person()
  await odd.addInitScript(
    `Object.defineProperty(navigator, 'languages', { value: ['en-US@posix', 'tlh'] })`,
  )
  await (await stage.tab(odd)).getByText('What shall we talk about?').waitFor()
  const policy = (await fetch(stage.server.url, { headers: { accept: 'text/html' } })).headers
  expect(policy.get('content-security-policy')).not.toMatch(/unsafe|https?:|\*/)
})

test('a model is asked to answer in the language of the page', async () => {
  const { page, client } = await stage.signedIn('felix', { locale: 'fr-FR' })
  await ask(page, 'Which language is this page in?')
  await replied(page, 'Which language is this page in?')
  const { body } = await client.get<{ data: { language: string }[] }>('/api/conversations')
  expect(body.data.map(({ language }) => language)).toEqual(['en'])
})

test('no page said anything on its console', () => {
  expect(stage.said).toEqual([])
})
