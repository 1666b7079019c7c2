import { expect, test } from 'vitest'

import { append, as, read } from '../../support/api.ts'
import { givenConversation } from '../../support/given.ts'
import { problemOf } from '../../support/problems.ts'
import { dutiesOf, inRecord, recordOf } from '../../support/record.ts'
import { givenRunningReply, historyOf, proceed, turnOf } from '../../support/turns.ts'

test.for([
  ['an append', {}],
  ['an append that interrupts', { on_busy: 'interrupt' }],
] as const)('%s does not take the id of the running reply', async ([, more]) => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const key = `named-as-${Object.keys(more).length}`
  const { replyId, finish } = await givenRunningReply(ann, id, key)
  const taking = append(ann, id, [{ id: replyId, role: 'user', content: 'me' }], more)
  expect((await problemOf(taking)).status).toBe(409)
  const continuing = proceed(ann, id, {
    messages: [{ id: replyId, role: 'user', content: 'me' }],
    ...more,
  })
  expect((await problemOf(continuing)).status).toBe(409)
  await finish()
  expect((await historyOf(ann, id)).map(({ id: name, content }) => [name, content])).toEqual([
    ['q', expect.any(String)],
    [replyId, 'One two'],
  ])
  // It goes on as ever.
  expect((await proceed(ann, id, turnOf('after-named-as', 'q2'))).status).toBe(200)
  expect(await read(ann, id)).toMatchObject({ message_count: 4 })
  await inRecord(id, 4)
  expect(await recordOf(id)).toHaveLength(4)
  expect((await dutiesOf(id)).due.filter(({ kind }) => kind === 'reply')).toEqual([])
})
