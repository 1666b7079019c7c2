import { expect, test } from 'vitest'

import { OneAtATime } from '../../../src/conversation/duties/one-at-a-time.ts'

test('never runs its task twice at once, and once more for all who asked meanwhile', async () => {
  const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  let runs = 0
  let running = 0
  let most = 0
  const one = new OneAtATime(async () => {
    running += 1
    most = Math.max(most, running)
    await gates[runs++]?.promise
    running -= 1
  })
  const first = one.run()
  const others = [one.run(), one.run(), one.run()]
  gates[0]?.resolve()
  await scheduler.wait(0)
  expect(runs).toBe(2)
  gates[1]?.resolve()
  await Promise.all([first, ...others])
  expect(runs).toBe(2)
  expect(most).toBe(1)
})

test('lets nobody go before the run that they asked for is over', async () => {
  const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  let runs = 0
  const one = new OneAtATime(async () => gates[runs++]?.promise)
  void one.run()
  let isOver = false
  const asked = one.run().then(() => (isOver = true))
  gates[0]?.resolve()
  await scheduler.wait(0)
  expect(isOver).toBe(false)
  gates[1]?.resolve()
  await asked
  expect(runs).toBe(2)
})

test('runs again for who asks between the end of its task and the news of it', async () => {
  let runs = 0
  let inTheGap: Promise<void> | undefined
  const one = new OneAtATime(async () => {
    runs += 1
    // Comes after the task has returned, and before anybody can know.
    if (runs === 1) queueMicrotask(() => (inTheGap = one.run()))
  })
  await one.run()
  await inTheGap
  expect(inTheGap).toBeDefined()
  expect(runs).toBe(2)
})

test('starts anew after its end', async () => {
  let runs = 0
  const one = new OneAtATime(async () => {
    runs += 1
  })
  await one.run()
  await one.run().then(() => one.run())
  expect(runs).toBe(3)
})
