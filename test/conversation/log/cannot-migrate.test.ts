import { onTestFinished } from 'vitest'
import { expect, test } from 'vitest'

import { steps } from '../../../src/conversation/log/schema.ts'
import { append, as, at } from '../../support/api.ts'
import { givenConversation, objectOf, userMessages } from '../../support/given.ts'
import { problemOf } from '../../support/problems.ts'
import {
  d1Error,
  dutiesOf,
  eventually,
  evict,
  inRecord,
  inStorage,
  recordOf,
  ring,
  ringWhenDue,
  rowOf,
  storedIn,
  underFaults,
  wipeWhenDue,
} from '../../support/record.ts'
import { listen } from '../../support/said.ts'
import { live } from '../../support/sockets.ts'
import { proceed, turnOf } from '../../support/turns.ts'
import { runCron } from '../../support/visitors.ts'

/** A later version whose new step fails on every object; until `mend` is called, or the test ends. */
function deployBroken(): { mend: () => void } {
  const mutable = steps as string[]
  mutable.push('ALTER TABLE missing ADD COLUMN x TEXT')
  const mend = () => {
    if (mutable.at(-1)?.includes('missing')) mutable.pop()
  }
  onTestFinished(mend)
  return { mend }
}

const down = {
  before: () => {
    throw d1Error('Network connection lost.')
  },
  beforeQuery: () => {
    throw d1Error('Network connection lost.')
  },
}

test('what is erased stays erased when a later version can not migrate it, and goes in the end', async () => {
  listen()
  const ann = await as.user()
  const id = await givenConversation(ann, { title: 'secret', messages: userMessages(3) })
  await inRecord(id, 3)
  await underFaults(id, down)
  await ann.post(`${at(id)}/erase`)
  const { mend } = deployBroken()
  await evict(id)
  for (const answer of [await ann.get(at(id)), await append(ann, id, userMessages(1, 9))]) {
    expect([503, 404]).toContain(answer.status)
    expect(await answer.text()).not.toContain('secret')
  }
  // An erasure needs the fence alone: it clears the record by itself.
  await ringWhenDue(id)
  expect([await rowOf(id), await recordOf(id)]).toEqual([null, []])
  mend()
  await evict(id)
  expect((await ann.get(at(id))).status).toBe(404)
  await wipeWhenDue(id)
  expect(await storedIn(id)).toEqual({ tables: [], alarm: null })
})

test('an object that can not migrate refuses everything with a 503, and says so in an alert', async () => {
  const said = listen()
  const ann = await as.user()
  const id = await givenConversation(ann, { messages: userMessages(2) })
  await inRecord(id, 2)
  deployBroken()
  await evict(id)
  const answers = [
    ann.get(at(id)),
    ann.get(`${at(id)}/messages`),
    ann.get(`${at(id)}/context`),
    ann.get(`${at(id)}/export`),
    ann.get(`${at(id)}/stream`),
    append(ann, id, userMessages(1, 3)),
    proceed(ann, id, turnOf('cannot-migrate')),
    ann.post('/api/conversations', { id }),
    ann.patch(at(id), { title: 'x' }),
    ann.delete(at(id)),
    ann.post(`${at(id)}/stop`),
    ann.post(`${at(id)}/summarize`),
    ann.post(`${at(id)}/erase`),
    ann.post(`${at(id)}/live/ticket`),
    live(ann, id),
    // A stranger learns no more, and no less.
    (await as.user()).get(at(id)),
  ]
  for (const answer of answers) {
    expect(await problemOf(answer)).toMatchObject({ type: '/problems/try-again', status: 503 })
  }
  expect(said.events('alert', id)[0]).toMatchObject({ alert: 'cannot-migrate' })
  expect(await recordOf(id)).toHaveLength(2)
})

test('it keeps its duties: once a version can migrate it, all is as it was and goes on', async () => {
  listen()
  const ann = await as.user()
  const id = await givenConversation(ann, { messages: userMessages(1) })
  await inRecord(id, 1)
  await underFaults(id, down)
  await append(ann, id, userMessages(1, 2))
  await eventually(async () => (await dutiesOf(id)).due[0]?.attempts === 1)
  const { mend } = deployBroken()
  await evict(id)
  // The alarm goes off, does nothing, and is set again; cron asks in vain.
  await ringWhenDue(id)
  await runCron()
  expect((await dutiesOf(id)).alarm).not.toBeNull()
  expect(await recordOf(id)).toHaveLength(1)
  expect(await objectOf(id).eraseExpired('cron', Date.now())).not.toMatchObject({ isErased: true })
  mend()
  await evict(id)
  await ring(id)
  expect((await ann.get(at(id))).status).toBe(200)
  await ringWhenDue(id)
  await inRecord(id, 2)
  expect(await inStorage(id, 'SELECT done FROM schema_steps')).toEqual([{ done: steps.length }])
})
