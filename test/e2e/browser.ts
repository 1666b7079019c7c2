import { existsSync } from 'node:fs'

import chromium from '@sparticuz/chromium'
import { type Browser, chromium as playwright } from 'playwright-core'

/** Where the browser that npm brings lies; undefined where it has no build for this machine, and Chrome is used. */
async function own(): Promise<string | undefined> {
  const path = await chromium.executablePath().catch(() => undefined)
  return path !== undefined && existsSync(path) ? path : undefined
}

// Nothing here needs WebGL, and to draw by it without a graphics card takes a while.
chromium.setGraphicsMode = false

// One process for everything would end with the first page that closes.
const UNWANTED = ['--single-process', '--no-zygote', '--disable-web-security']

/** The browser that npm brings, or the Chrome of this machine if there is no build of that for it. */
export async function launchBrowser(env = process.env as Record<string, string>): Promise<Browser> {
  const executablePath = process.platform === 'linux' ? await own() : undefined
  if (executablePath === undefined) return playwright.launch({ channel: 'chrome', headless: true })
  return playwright.launch({
    // As a person's browser does, it must keep pages of other origins apart.
    args: [...chromium.args.filter((flag) => !UNWANTED.includes(flag)), '--no-sandbox'],
    env,
    executablePath,
    headless: true,
  })
}
