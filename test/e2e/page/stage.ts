import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'

import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'

import { Scope } from '../../../src/contract/caller.ts'
import { localServiceToken } from '../../../src/local/secrets.ts'
import { launchBrowser } from '../browser.ts'
import { Client } from '../client.ts'
import { ModelServer } from '../model-server.ts'
import { Project } from '../project.ts'
import { Server } from '../server.ts'

/** What the browser says that it should not have to say. */
const QUIET = /net::ERR_(CONNECTION|INTERNET|NETWORK|EMPTY|INCOMPLETE)/

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

/** The token of a service that may read everything, and write nothing. */
export const READER = 'token-of-a-service-that-reads'

/** The services that are known: the local one, with every scope, and one that reads. */
function services(): string {
  const vars = { SESSION_SECRET: 'the secret of a server that shows the page' }
  const known = {
    local: { sha256: [sha256(localServiceToken(vars))], scopes: Scope.options },
    reader: { sha256: [sha256(READER)], scopes: ['read-all'] },
  }
  return `SESSION_SECRET='${vars.SESSION_SECRET}'\nSERVICE_TOKENS='${JSON.stringify(known)}'\n`
}

/** A server with a model, and a browser; people come to it in contexts of their own. */
export class Stage {
  readonly model = new ModelServer()
  readonly project = Project.withTables()
  server!: Server
  browser!: Browser
  /** Errors and warnings of all pages, whoever opened them. */
  readonly said: string[] = []

  static async open(...args: string[]): Promise<Stage> {
    const stage = new Stage()
    stage.project.write('.dev.vars', services())
    await stage.model.listen()
    stage.model.otherwise = async (reply, asked) => {
      for (const word of `You said: ${asked}`.match(/\S+\s*/g) ?? []) reply.say(word)
      reply.finish(42)
    }
    await stage.start(...args)
    stage.browser = await launchBrowser()
    return stage
  }

  get #settings() {
    return [...this.model.vars, '--var', 'RATE_LIMITS:off'] as const
  }

  async start(...args: string[]): Promise<void> {
    const state = this.project.path('state')
    this.server = await Server.start(this.project, state, ...this.#settings, ...args)
  }

  /** As after a crash: at the same address, with what was there before. */
  async startAgain(): Promise<void> {
    const port = Number(new URL(this.server.url).port)
    const state = this.project.path('state')
    this.server = await Server.startAt(port, this.project, state, ...this.#settings)
  }

  async close(): Promise<void> {
    await this.browser?.close()
    await this.server?.kill()
    this.model.close()
    this.project.remove()
  }

  /** Somebody at a device of their own. */
  person(options: BrowserContextOptions = {}): Promise<BrowserContext> {
    return this.browser.newContext({
      locale: 'en-GB',
      viewport: { width: 1200, height: 800 },
      ...options,
    })
  }

  /** A tab of theirs, at an address of the page. */
  async tab(person: BrowserContext, at = ''): Promise<Page> {
    const page = await person.newPage()
    page.setDefaultTimeout(30_000)
    page.on('console', (message) => {
      const isTrouble = ['error', 'warning'].includes(message.type())
      if (isTrouble && !QUIET.test(message.text())) this.said.push(message.text())
    })
    page.on('pageerror', (error) => this.said.push(String(error.stack)))
    await page.goto(`${this.server.url}/${at}`)
    return page
  }

  /** Signed in by an address as `npm run token` prints it. */
  async signedIn(user: string, options: BrowserContextOptions = {}) {
    const token = await this.project.userToken(user)
    const person = await this.person(options)
    const page = await this.tab(person, `#token=${token}`)
    await page.waitForSelector('.who .name')
    return { person, page, token, client: new Client(this.server.url).bearing(token) }
  }
}

export const ask = async (page: Page, question: string): Promise<void> => {
  await page.fill('.composer textarea', question)
  await page.keyboard.press('Enter')
}

/** The texts of the messages that are shown. */
export const shown = (page: Page): Promise<string[]> =>
  page.locator('.message .words').allInnerTexts()

/** Until a reply says this, and is complete. */
export const replied = (page: Page, text: string) =>
  page
    .locator('.message.assistant:not(.is-running)', { hasText: text })
    .locator('footer')
    .first()
    .waitFor({ state: 'attached' })

export const choose = async (page: Page, item: string): Promise<void> => {
  await page.locator('.heading .menu > button').click()
  await page.getByRole('menuitem', { name: item, exact: true }).click()
}

/** A model that speaks word by word until it is lost, or told to end. */
export function endless() {
  const state = { isOver: false }
  const turn = async (reply: {
    isLost: boolean
    say: (text: string) => void
    finish: () => void
  }) => {
    for (let count = 1; !reply.isLost && !state.isOver; count += 1) {
      reply.say(`word${count} `)
      await sleep(40)
    }
    if (!reply.isLost) reply.finish()
  }
  return { turn, end: () => (state.isOver = true) }
}
