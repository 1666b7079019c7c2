import { describe, expect, test } from 'vitest'

import { as } from '../../../support/api.ts'
import { allEvents, textOf } from '../../../support/events.ts'
import { givenConversation } from '../../../support/given.ts'
import { network } from '../../../support/network.ts'
import { problemOf } from '../../../support/problems.ts'
import { answered, givenRunningReply, historyOf, proceed, turnOf } from '../../../support/turns.ts'

const nothing = { messages: [] }

describe('to continue without messages', () => {
  test('answers the last message, which waits', async () => {
    const ann = await as.user()
    const id = await givenConversation(ann, turnOf('empty-waiting'))
    const { accepted, message } = await answered(ann, id, nothing)
    expect(accepted).toEqual([])
    expect(message).toMatchObject({ seq: 2, content: 'Hello there' })
    expect(await historyOf(ann, id)).toHaveLength(2)
  })

  test('answers a message whose reply failed', async () => {
    await network.script('empty-failed', [{ status: 400 }], [{ text: 'Yes' }, { finish: 'stop' }])
    const ann = await as.user()
    const id = await givenConversation(ann)
    await proceed(ann, id, turnOf('empty-failed'))
    expect((await answered(ann, id, nothing)).message).toMatchObject({ seq: 2, content: 'Yes' })
  })

  test('joins the reply that runs', async () => {
    const ann = await as.user()
    const id = await givenConversation(ann)
    const { replyId, finish } = await givenRunningReply(ann, id, 'empty-running')
    const joined = allEvents(await ann.stream(id, nothing))
    await finish()
    const events = await joined
    expect(events[0]?.data).toEqual({ messages: [], reply_id: replyId })
    expect(textOf(events)).toBe('One two')
    expect(await network.seen('empty-running')).toHaveLength(1)
  })

  test('finds nothing to answer after a reply', async () => {
    const ann = await as.user()
    const id = await givenConversation(ann)
    await answered(ann, id, turnOf('empty-replied'))
    const problem = await problemOf(proceed(ann, id, nothing))
    expect(problem).toMatchObject({ type: '/problems/nothing-to-answer', status: 409 })
    expect(await historyOf(ann, id)).toHaveLength(2)
    expect(await network.seen('empty-replied')).toHaveLength(1)
  })

  test('finds nothing to answer when nobody has said anything', async () => {
    const ann = await as.user()
    const id = await givenConversation(ann)
    const response = await ann.stream(id, nothing)
    expect(await problemOf(response)).toMatchObject({ type: '/problems/nothing-to-answer' })
    expect(await historyOf(ann, id)).toEqual([])
  })
})
