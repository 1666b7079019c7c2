import { expect, test, vi } from 'vitest'

import { Kept } from '../../../src/search/kept.ts'
import { as } from '../../support/api.ts'
import { givenConversation } from '../../support/given.ts'
import { found, message, searchFor } from '../../support/searching.ts'

test('an index is not made for who has nothing, however often they search', async () => {
  const ann = await as.user()
  const making = vi.spyOn(Kept.prototype, 'make')
  for (let search = 0; search < 3; search += 1) {
    const answer = await searchFor(ann, 'dodo')
    expect(answer).toMatchObject({ data: [], indexed: { conversations: 0, of: 0 } })
  }
  expect(making).not.toHaveBeenCalled()
  await givenConversation(ann, { messages: [message('a dodo', 'm')] })
  const finds = await Promise.all([found(ann, 'dodo'), found(ann, 'dodo')])
  expect(finds).toEqual([['m'], ['m']])
  expect(making).toHaveBeenCalledTimes(1)
})
