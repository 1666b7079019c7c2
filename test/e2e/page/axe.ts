import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

import type { Page } from 'playwright-core'

interface Finding {
  id: string
  impact: string
  nodes: { html: string; failureSummary: string }[]
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** What axe finds serious on a page. It runs beside the page's policy, not under it. */
export async function findings(page: Page): Promise<Finding[]> {
  // What fades in is not yet in its own colours.
  await page.waitForTimeout(300)
  await page.evaluate(axe)
  const { violations } = await page.evaluate<{ violations: Finding[] }>('axe.run()')
  return violations.filter(({ impact }) => ['serious', 'critical'].includes(impact))
}
