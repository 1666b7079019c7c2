/* oxlint-disable vitest/no-conditional-expect -- what must be so depends on how far the fault let it come */
import { expect, test } from 'vitest'

import { at } from '../../support/api.ts'
import { everywhere, wholeOrNotAtAll } from '../../support/one-transaction.ts'
import { recordOf, ringWhenDue, rowOf, storedIn, wipeWhenDue } from '../../support/record.ts'
import { listen } from '../../support/said.ts'
import { scenes, standing } from '../../support/scenes.ts'
import { everythingOf, failAt } from '../../support/storage.ts'

// Those of one-transaction-replies.test.ts are left to it: the two files run side by side.
const names = Object.keys(scenes).filter((name) => !/continue|stop|interrupts/.test(name))

test.each(names)(
  '%s is done whole or not at all, wherever storage fails',
  async (name) => {
    expect(await wholeOrNotAtAll(name)).toBeGreaterThan(2)
  },
  60_000,
)

test('erase is done whole or not at all, wherever storage fails', async () => {
  listen()
  await everywhere(async (nth) => {
    const { id, owner, tab } = await standing(2)
    const fault = await failAt(id, nth)
    const first = await owner.post(`${at(id)}/erase`)
    const isStruck = fault.hasStruck()
    await fault.heal()
    const stands = await everythingOf(id)
    const owed = stands?.due.map(({ kind }) => kind).filter((kind) => kind !== 'sockets')
    expect(owed).toEqual(stands?.isFenced ? ['erase'] : [])
    expect(stands?.isFenced === true && stands.alarm === null).toBe(false)
    expect((await owner.get(at(id))).status).toBe(stands?.isFenced ? 404 : 200)
    if (!first.ok) {
      expect({ nth, isStruck }).toEqual({ nth, isStruck: true })
      // Once the fence stands, nothing but the receipt is to be asked for again.
      if (stands?.isFenced) expect(first.status).toBe(503)
      else expect(tab.of('erased')).toEqual([])
      expect((await owner.post(`${at(id)}/erase`)).status).toBe(200)
    }
    await tab.ended()
    await ringWhenDue(id)
    expect(await recordOf(id)).toEqual([])
    expect(await rowOf(id)).toBeNull()
    await wipeWhenDue(id)
    expect(await storedIn(id)).toEqual({ tables: [], alarm: null })
    return isStruck
  })
}, 60_000)
