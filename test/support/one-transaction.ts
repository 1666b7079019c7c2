/* oxlint-disable vitest/no-conditional-expect, vitest/no-standalone-expect -- what must be so depends on how far the fault let it come */
import { expect } from 'vitest'

import { bodyOf } from './api.ts'
import { recordOf } from './record.ts'
import { listen } from './said.ts'
import { scenes } from './scenes.ts'
import { everythingOf, failAt, workedOff } from './storage.ts'
import { historyOf } from './turns.ts'

/** How many places are tried side by side: each waits more than it works. */
const AT_ONCE = 14

/** Tries place after place, until storage is asked so many times no more. Returns how many places there were. */
export async function everywhere(tryAt: (nth: number) => Promise<boolean>): Promise<number> {
  for (let from = 1; ; from += AT_ONCE) {
    const struck = await Promise.all(Array.from({ length: AT_ONCE }, (_, n) => tryAt(from + n)))
    if (struck.includes(false)) return from - 1 + struck.filter(Boolean).length
  }
}

/** Whether it was done, going by the answer alone. */
async function isDone(response: Response): Promise<boolean> {
  if (!response.ok) return false
  const { failed = 0 } = await bodyOf<{ failed?: number }>(response)
  return failed === 0
}

/** That what is there belongs together: nothing is without the duty to carry it on, and no duty without its alarm. */
async function expectSound(id: string): Promise<string[]> {
  const all = await everythingOf(id)
  if (all === null) return []
  const { conversation, messages, replies, due, alarm } = all
  const kinds = due.map(({ kind }) => kind)
  const { last_seq: last, version, flushed_seq: flushed, flushed_version: known } = conversation
  expect(messages.map(({ seq }) => seq)).toEqual(
    Array.from({ length: last ?? -1 }, (_, i) => i + 1),
  )
  const isPending = Number(flushed) < Number(last) || Number(known) < Number(version)
  expect({ isPending, kinds, all }).toEqual({
    isPending,
    kinds: expect.arrayContaining([
      ...(isPending ? ['flush'] : []),
      ...(replies.length > 0 ? ['reply'] : []),
    ]),
    all,
  })
  const earliest = Math.min(...due.map(({ at: time }) => time))
  const isArmed = due.length === 0 || (alarm !== null && alarm <= Math.max(earliest, Date.now()))
  expect({ due, alarm, isArmed }).toEqual({ due, alarm, isArmed: true })
  return messages.map(({ content }) => content)
}

/**
 * Does what a scene says with storage failing at each place in turn: it is done whole or not at all, and can be done
 * again. Returns how many places there were.
 */
export async function wholeOrNotAtAll(name: string): Promise<number> {
  listen()
  const places = await everywhere(async (nth) => {
    const key = `whole-${name.replaceAll(/\W+/g, '-')}-${nth}`
    const scene = await (scenes[name] as (typeof scenes)[string])(key)
    const { id, owner, act, before, after, tab, done } = scene
    const standsBefore = await everythingOf(id)
    const fault = await failAt(id, nth)
    const first = await act()
    const isStruck = fault.hasStruck()
    await fault.heal()
    const said = await expectSound(id)
    const isFirstDone = await isDone(first)
    if (!isFirstDone) {
      expect(isStruck).toBe(true)
      // Nothing of it is there, or all but what was still to come.
      if (said.length === before.length) expect(said).toEqual(before)
      else expect(after.slice(0, said.length)).toEqual(said)
      const stands = await everythingOf(id)
      const isNothingNew = said.length === before.length && after.length > before.length
      if (isNothingNew && standsBefore?.replies.length === 0) {
        expect({ nth, ...stands }).toEqual({ nth, ...standsBefore })
      }
      expect({ nth, isDone: await isDone(await act()) }).toEqual({ nth, isDone: true })
    }
    await workedOff(id)
    expect(await expectSound(id)).toEqual(after)
    expect((await historyOf(owner, id, 'all')).map(({ content }) => content)).toEqual(after)
    expect((await recordOf(id)).map(({ content }) => content)).toEqual(after)
    await done?.()
    if (tab) {
      await tab.until(() => tab.seqs.length >= after.length - (standsBefore?.messages.length ?? 0))
      const known = after.length - tab.seqs.length
      expect(tab.seqs).toEqual(tab.seqs.map((_, index) => known + index + 1))
      tab.close()
    }
    return isStruck
  })
  return places
}
