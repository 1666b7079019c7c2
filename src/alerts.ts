import { env, waitUntil } from 'cloudflare:workers'

/** How long the webhook may take to answer. */
const PATIENCE_MS = 5_000
/** How long the same alert is not sent again, by one isolate: an outage has many conversations say the same. */
const SILENCE_MS = 10 * 60_000

const sentAt = new Map<string, { at: number; suppressed: number }>()

/** Whether a webhook is one that may be told: nothing is sent in the clear. */
export const isWebhook = (url: string): boolean =>
  URL.canParse(url) && new URL(url).protocol === 'https:'

/**
 * Tells ALERT_WEBHOOK of an alert, in the background: what comes of it harms no request and no alarm. Of alerts of one
 * kind, the first is sent, and then one in ten minutes, which counts those between.
 *
 * @param failed is called with the status of an answer that is no success, or null if none came
 */
export function sendAlert(
  alert: { alert: string; version: string },
  failed: (status: number | null) => void,
): void {
  const { ALERT_WEBHOOK: url } = env as { ALERT_WEBHOOK?: string }
  if (url === undefined || !isWebhook(url)) return
  const now = Date.now()
  const before = sentAt.get(alert.alert)
  if (before && now < before.at + SILENCE_MS) {
    before.suppressed += 1
    return
  }
  sentAt.set(alert.alert, { at: now, suppressed: 0 })
  const body = { ...alert, at: new Date(now).toISOString(), suppressed: before?.suppressed ?? 0 }
  waitUntil(post(url, body, failed))
}

async function post(
  url: string,
  body: object,
  failed: (status: number | null) => void,
): Promise<void> {
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      redirect: 'manual',
      signal: AbortSignal.timeout(PATIENCE_MS),
    })
    await answer.body?.cancel()
    if (!answer.ok) failed(answer.status)
  } catch {
    failed(null)
  }
}
