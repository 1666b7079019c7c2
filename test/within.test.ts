import { expect, test, vi } from 'vitest'

import { TimedOut, within } from '../src/within.ts'

const never = new Promise<never>(() => {})

test('gives what the work comes to, or how it failed', async () => {
  expect(await within(1_000, Promise.resolve('done'))).toBe('done')
  await expect(within(1_000, Promise.reject(new Error('its own')))).rejects.toThrow('its own')
})

test('gives up after its time', async () => {
  const began = Date.now()
  await expect(within(20, never)).rejects.toBeInstanceOf(TimedOut)
  expect(Date.now() - began).toBeGreaterThanOrEqual(15)
})

test('does not mind work that fails after it was given up', async () => {
  const late = scheduler.wait(20).then(() => {
    throw new Error('too late')
  })
  await expect(within(1, late)).rejects.toBeInstanceOf(TimedOut)
  await expect(late).rejects.toThrow('too late')
})

test('leaves no timer behind', async () => {
  const set = vi.spyOn(globalThis, 'setTimeout')
  const clear = vi.spyOn(globalThis, 'clearTimeout')
  try {
    await within(60_000, Promise.resolve())
    await expect(within(60_000, Promise.reject(new Error('no')))).rejects.toThrow('no')
    const timers = set.mock.calls.flatMap(([, ms], call) =>
      ms === 60_000 ? [set.mock.results[call]?.value] : [],
    )
    expect(timers).toHaveLength(2)
    expect(clear.mock.calls.map(([timer]) => timer)).toEqual(expect.arrayContaining(timers))
  } finally {
    set.mockRestore()
    clear.mockRestore()
  }
})
