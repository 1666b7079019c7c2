import { env } from 'cloudflare:workers'
import { describe, expect, test } from 'vitest'

import { append, as } from '../../support/api.ts'
import { givenConversation } from '../../support/given.ts'
import {
  conversationsWith,
  found,
  givenFindable,
  message,
  searchFor,
  soon,
  underIndex,
} from '../../support/searching.ts'

describe('an index', () => {
  test('that had nothing to ask for asks for what comes after that', async () => {
    const ann = await as.user()
    expect(await searchFor(ann, 'plover')).toMatchObject({ indexed: { conversations: 0, of: 0 } })
    await givenConversation(ann, { messages: [message('a plover', 'm')] })
    await soon(ann, 'plover')
  })

  test('that leaves a conversation alone for a while asks it again once it has more', async () => {
    const { ann, id, name } = await givenFindable('a dunlin')
    await underIndex(
      name,
      conversationsWith(() => {
        throw new Error('Network connection lost.')
      }),
    )
    expect(await found(ann, 'dunlin')).toEqual([])
    expect(await found(ann, 'dunlin')).toEqual([])
    await underIndex(name, { CONVERSATION: env.CONVERSATION })
    await append(ann, id, [message('a dunlin too', 'n')])
    await soon(ann, 'dunlin', 2)
  })
})
