import { expect, test } from 'vitest'

import type { Hit, Indexed } from '../../../../src/contract/search.ts'
import { type Client, as, bodyOf } from '../../../support/api.ts'
import { givenConversation } from '../../../support/given.ts'
import { searchFor } from '../../../support/searching.ts'

test('hello', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann, {
    title: 'Plans for Cádiz',
    messages: [{ id: 'a', role: 'user', content: 'Where shall we go? 我住在北京 now' }],
  })
  for (const q of ['cadiz', 'shall', '北京', '京', '"shall we"', 'sha*', '-foo we', 'nothing'])
    console.log(q, JSON.stringify(await searchFor(ann, q)))
})
