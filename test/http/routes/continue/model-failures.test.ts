import { expect, test } from 'vitest'

import { append, as } from '../../../support/api.ts'
import { givenConversation } from '../../../support/given.ts'
import { about } from '../../../support/memory.ts'
import { network } from '../../../support/network.ts'
import { problemOf } from '../../../support/problems.ts'
import { eventually, underSettings } from '../../../support/record.ts'
import { listen } from '../../../support/said.ts'
import { proceed } from '../../../support/turns.ts'

const ask = (key: string) => ({ messages: [{ role: 'user', content: `Where? #${key}` }] })

test.for([
  [401, 'auth'],
  [403, 'auth'],
  [404, 'not-found'],
  [400, 'bad-request'],
  [429, 'rate-limit'],
  [500, 'server'],
] as const)('the log says why a model failed, and where: %i', async ([status, cause]) => {
  const said = listen()
  const ann = await as.user()
  const id = await givenConversation(ann)
  const key = `fails-with-${status}`
  await network.script(key, [{ status }])
  await problemOf(proceed(ann, id, ask(key)))
  await eventually(() => said.events('reply-finished', id).length === 1)
  expect(said.events('reply-finished', id)).toMatchObject([
    { outcome: 'failed', failure: { cause, status, host: 'model.test' } },
  ])
  // Nothing of what the provider says: it quotes the prompt.
  expect(said.text()).not.toContain('secret words')
})

test('an endpoint that is not there is told as that, to the caller and in the log', async () => {
  const said = listen()
  const ann = await as.user()
  const id = await givenConversation(ann)
  await underSettings(id, { MODEL_BASE_URL: 'https://nowhere.test/v1' })
  await network.script('unreachable', [{ break: true }])
  const problem = await problemOf(proceed(ann, id, ask('unreachable')))
  expect(problem.status).toBe(502)
  await eventually(() => said.events('reply-finished', id).length === 1)
  const [event] = said.events('reply-finished', id)
  expect(event?.failure?.host).toBe('nowhere.test')
})

test('so it is for what is done in the background', async () => {
  const said = listen()
  const ann = await as.user()
  const id = await givenConversation(ann)
  await network.script('fails-behind.summary', [{ status: 401 }])
  await append(ann, id, about('fails-behind', 10))
  await eventually(() => said.events('memory-failed', id).length > 0)
  expect(said.events('memory-failed', id)[0]).toMatchObject({
    failure: { cause: 'auth', status: 401, host: 'model.test' },
  })
})
