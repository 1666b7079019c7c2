import { type AssistantCloud, CloudMessagePersistence } from 'assistant-cloud'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'

import { at } from '../../support/api.ts'
import { givenThread, openFrontDoor, refused, said } from '../../support/assistant-cloud.ts'
import { network as model } from '../../support/network.ts'
import {
  dutiesOf,
  evict,
  eventually,
  inRecord,
  inStorage,
  recordOf,
  ring,
  ringWhenDue,
} from '../../support/record.ts'

beforeAll(() => openFrontDoor())
afterAll(() => vi.unstubAllGlobals())

const format = 'aui/v0'
/** How the client writes a message that still streams. */
const cut = { type: 'incomplete', reason: 'cancelled' }
const whole = { type: 'complete', reason: 'stop' }
const part = (text: string) => said('assistant', text, { status: cut })
const all = (text: string) => said('assistant', text, { status: whole })

const begin = (cloud: AssistantCloud, id: string, text: string, more: object = {}) =>
  cloud.threads.messages.create(id, {
    parent_id: null,
    format,
    content: part(text),
    open_run: true,
    ...more,
  })

/** Nothing was heard of those who write for as long as it takes. */
async function silence(id: string): Promise<void> {
  await inStorage(id, 'UPDATE writing SET heard_at = 0')
  await ringWhenDue(id)
}

test('the stock persistence streams a reply: one message in the end, and beside the log until then', async () => {
  const { cloud, id, stored, messages } = await givenThread()
  const persistence = new CloudMessagePersistence(cloud)
  await persistence.append(id, 'u1', null, format, said('user', 'Hello'))
  await persistence.append(id, 'a1', 'u1', format, part('One'), 'running')
  expect(persistence.hasOpenRun('a1')).toBe(true)
  await persistence.update(id, 'a1', format, part('One two'), 'running')
  expect((await stored()).map((one) => one.id)).toEqual(['u1'])
  // Another tab sees how far it is.
  expect((await messages.list(id, { format })).messages).toMatchObject([
    { id: 'a1', parent_id: 'u1', content: part('One two'), run: { status: 'running' } },
    { id: 'u1', parent_id: null },
  ])
  await persistence.append(id, 'a1', 'u1', format, all('One two three'), 'done')
  expect(await stored()).toMatchObject([
    { id: 'u1', seq: 1 },
    { id: 'a1', seq: 2, parent_id: 'u1', content: 'One two three', status: 'complete' },
  ])
  expect((await messages.list(id, { format })).messages[0]).toMatchObject({
    content: all('One two three'),
    run: { status: 'ended' },
  })
  // What lands later as a plain write goes on in its place.
  await persistence.update(id, 'a1', format, all('One two three, and four'))
  expect((await stored()).at(-1)).toMatchObject({ content: 'One two three, and four' })
  await inRecord(id, 2)
  expect((await recordOf(id)).at(-1)).toMatchObject({ content: 'One two three, and four' })
  persistence.reset()
})

test('what was checkpointed survives the object, and becomes one message when its client is silent', async () => {
  const { cloud, id, stored, messages } = await givenThread()
  const { message_id, run } = await begin(cloud, id, 'One')
  await messages.update(id, message_id, { content: part('One two'), lease_id: run?.lease_id })
  await evict(id)
  await messages.update(id, message_id, { content: part('One two three'), lease_id: run?.lease_id })
  await evict(id)
  expect((await messages.list(id)).messages).toMatchObject([{ content: part('One two three') }])
  // The alarm comes before anybody was silent for long: nothing happens, and it comes again.
  await ring(id)
  expect(await stored()).toEqual([])
  expect((await dutiesOf(id)).due.map(({ kind }) => kind)).toContain('writing')
  await silence(id)
  await ringWhenDue(id)
  expect(await stored()).toMatchObject([
    { id: message_id, content: 'One two three', status: 'interrupted', origin: 'client' },
  ])
  await eventually(async () => (await dutiesOf(id)).due.length === 0)
  expect(await recordOf(id)).toMatchObject([{ id: message_id, content: 'One two three' }])
  // Its client was only asleep: it goes on, and ends it.
  const lease = run?.lease_id ?? ''
  expect((await cloud.threads.runs.heartbeat(id, lease)).heartbeat_interval_ms).toBeGreaterThan(0)
  await messages.update(id, message_id, { content: all('One two three four'), lease_id: lease })
  await cloud.threads.runs.end(id, lease, { reason: 'done' })
  expect(await stored()).toMatchObject([
    { seq: 1, content: 'One two three four', status: 'complete' },
  ])
  await inRecord(id, 1)
  expect(await recordOf(id)).toMatchObject([{ content: 'One two three four' }])
})

test('a duty that was lost is taken up when the object wakes', async () => {
  const { cloud, id, stored } = await givenThread()
  await begin(cloud, id, 'One')
  await inStorage(id, `DELETE FROM due WHERE kind = 'writing'`)
  await evict(id)
  expect(await stored()).toEqual([])
  await silence(id)
  expect(await stored()).toMatchObject([{ content: 'One' }])
})

test.each([
  ['done', 'complete'],
  ['cancelled', 'interrupted'],
  ['error', 'interrupted'],
] as const)(
  'a run that ends as %s is a message that is %s; the first end counts',
  async (reason, status) => {
    const { cloud, id, stored, messages } = await givenThread()
    const { message_id, run } = await begin(cloud, id, 'One')
    const lease = run?.lease_id ?? ''
    await messages.update(id, message_id, { content: all('One two'), lease_id: lease })
    await cloud.threads.runs.end(id, lease, { reason })
    await cloud.threads.runs.end(id, lease, { reason: 'error' })
    expect(await stored()).toMatchObject([{ id: message_id, content: 'One two', status }])
    for (const late of [
      cloud.threads.runs.heartbeat(id, lease),
      messages.update(id, message_id, { content: all('One two three'), lease_id: lease }),
    ]) {
      expect(await refused(late)).toMatchObject({ status: 409, code: 'run_ended' })
    }
    expect(await refused(cloud.threads.runs.end(id, 'nobody'))).toMatchObject({ status: 404 })
    expect(await refused(cloud.threads.runs.heartbeat(id, 'nobody'))).toMatchObject({ status: 404 })
  },
)

test('a lease is of one message', async () => {
  const { cloud, id, messages } = await givenThread()
  const [a, b] = [await begin(cloud, id, 'One'), await begin(cloud, id, 'Two')]
  const mixed = messages.update(id, a.message_id, { content: part('X'), lease_id: b.run?.lease_id })
  expect(await refused(mixed)).toMatchObject({ status: 409, code: 'lease_mismatch' })
})

test('who answers a message that is in writing takes it for one, and its client goes on', async () => {
  const { cloud, id, stored, messages } = await givenThread()
  const { message_id, run } = await begin(cloud, id, 'One', { external_id: 'a1' })
  await messages.create(id, { parent_id: 'a1', format, content: said('user', 'Wait') })
  expect(await stored()).toMatchObject([
    { id: 'a1', content: 'One', status: 'interrupted' },
    { role: 'user', content: 'Wait', parent_id: 'a1' },
  ])
  await messages.update(id, message_id, { content: all('One two'), lease_id: run?.lease_id })
  await cloud.threads.runs.end(id, run?.lease_id ?? '')
  expect(await stored()).toMatchObject([{ id: 'a1', content: 'One two', status: 'complete' }, {}])
})

test('the same begin again is the same run, and the same end again the same message', async () => {
  const { cloud, id, stored, messages } = await givenThread()
  const first = await begin(cloud, id, 'One', { external_id: 'a1' })
  await messages.update(id, 'a1', { content: part('One two'), lease_id: first.run?.lease_id })
  expect(await begin(cloud, id, 'One', { external_id: 'a1' })).toEqual(first)
  expect((await messages.list(id)).messages).toMatchObject([{ content: part('One two') }])
  const otherwise = begin(cloud, id, 'Else', { external_id: 'a1' })
  expect(await refused(otherwise)).toMatchObject({ status: 409, code: 'message_id_taken' })
  const end = { parent_id: null, format, content: all('One two three'), external_id: 'a1' }
  expect(await messages.create(id, end)).toEqual({ message_id: 'a1' })
  expect(await messages.create(id, end)).toEqual({ message_id: 'a1' })
  expect(await stored()).toMatchObject([{ seq: 1, content: 'One two three', status: 'complete' }])
})

test('more than a few at once make messages of the oldest, and lose none', async () => {
  const { cloud, id, stored, messages } = await givenThread()
  for (let n = 1; n <= 6; n += 1) await begin(cloud, id, `text ${n}`, { external_id: `a${n}` })
  expect((await stored()).map((one) => one.id)).toEqual(['a1', 'a2'])
  const listed = (await messages.list(id)).messages.map((one) => one.id)
  expect(listed).toEqual(['a6', 'a5', 'a4', 'a3', 'a2', 'a1'])
  const paged: string[] = []
  for (let after: string | undefined; ;) {
    const page = (await messages.list(id, { limit: 2, ...(after && { after }) })).messages
    paged.push(...page.map((one) => one.id))
    if (page.length < 2) break
    after = page.at(-1)?.id
  }
  expect(paged).toEqual(listed)
})

test('while a reply runs nothing is put beside it, and what is in writing waits', async () => {
  const { cloud, id, ann, stored, messages } = await givenThread()
  const { message_id, run } = await begin(cloud, id, 'One')
  const key = `k${crypto.randomUUID()}`
  await model.script(key, [{ text: 'Slowly' }, { gate: key }, { finish: 'stop' }] as never)
  const asking = ann.post(`${at(id)}/continue`, {
    messages: [{ id: 'u', role: 'user', content: `Hello #${key}` }],
  })
  await eventually(async () => (await ann.get(`${at(id)}/stream`)).status === 200)
  const lease = run?.lease_id ?? ''
  expect(await refused(cloud.threads.runs.end(id, lease))).toMatchObject({
    status: 409,
    code: 'conversation_busy',
  })
  await messages.update(id, message_id, { content: part('One two'), lease_id: lease })
  await silence(id)
  expect((await stored()).map((one) => one.id)).toEqual(['u'])
  await model.open(key)
  expect((await asking).status).toBe(200)
  await silence(id)
  expect((await stored()).map((one) => one.content)).toEqual([
    expect.stringContaining('Hello'),
    'Slowly',
    'One two',
  ])
})
