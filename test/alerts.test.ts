import { env } from 'cloudflare:workers'
import { expect, onTestFinished, test, vi } from 'vitest'

import { version } from '../package.json'
import { log } from '../src/events.ts'
import { network } from './support/network.ts'
import { eventually } from './support/record.ts'
import { listen } from './support/said.ts'

/** Has alerts sent to a webhook of the fake network, until the test ends. */
function toldTo(url: string): void {
  const settings = env as { ALERT_WEBHOOK?: string }
  settings.ALERT_WEBHOOK = url
  onTestFinished(() => {
    delete settings.ALERT_WEBHOOK
  })
}

const alert = (id: string, alertName: 'flush-stuck' | 'log-incomplete' | 'record-ahead') =>
  log({ event: 'alert', alert: alertName, conversation_id: id, backlog_ms: 7 })

const bodiesOf = async (name: string) => (await network.seen(name)).map(({ body }) => body)

test('an alert is sent once, and what comes in the next ten minutes is counted', async () => {
  listen()
  vi.useFakeTimers({ toFake: ['Date'] })
  onTestFinished(() => void vi.useRealTimers())
  toldTo('https://alerts.test/hook')
  for (const id of ['c1', 'c2', 'c3']) alert(id, 'flush-stuck')
  await eventually(async () => (await bodiesOf('hook')).length === 1)
  expect(await bodiesOf('hook')).toEqual([
    {
      event: 'alert',
      alert: 'flush-stuck',
      conversation_id: 'c1',
      backlog_ms: 7,
      version,
      at: expect.any(String),
      suppressed: 0,
    },
  ])
  vi.setSystemTime(Date.now() + 11 * 60_000)
  alert('c4', 'flush-stuck')
  await eventually(async () => (await bodiesOf('hook')).length === 2)
  expect((await bodiesOf('hook'))[1]).toMatchObject({ conversation_id: 'c4', suppressed: 2 })
})

test('a webhook that does not take it harms nobody, and is told in the log', async () => {
  const said = listen()
  toldTo('https://alerts.test/refusing/500')
  alert('c1', 'log-incomplete')
  await eventually(() => said.all('alert-failed').length === 1)
  expect(said.all('alert-failed')).toMatchObject([{ status: 500 }])
})

test('nothing is sent in the clear', async () => {
  listen()
  toldTo('http://alerts.test/clear')
  alert('c1', 'record-ahead')
  await scheduler.wait(50)
  expect(await bodiesOf('clear')).toEqual([])
})
