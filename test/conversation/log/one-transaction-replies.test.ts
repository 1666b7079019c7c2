import { expect, test } from 'vitest'

import { wholeOrNotAtAll } from '../../support/one-transaction.ts'
import { scenes } from '../../support/scenes.ts'

const names = Object.keys(scenes).filter((name) => /continue|stop|interrupts/.test(name))

test.each(names)(
  '%s is done whole or not at all, wherever storage fails',
  async (name) => {
    expect(await wholeOrNotAtAll(name)).toBeGreaterThan(2)
  },
  60_000,
)
