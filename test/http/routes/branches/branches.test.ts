import { describe, expect, test } from 'vitest'

import {
  type Appended,
  type Conversation,
  type Listed,
  type Message,
  append,
  at,
  bodyOf,
  read,
} from '../../../support/api.ts'
import { givenTwoBranches, idsOf, linesOf, said } from '../../../support/branches.ts'
import { userMessages } from '../../../support/given.ts'
import { problemOf } from '../../../support/problems.ts'
import { inRecord, rowOf } from '../../../support/record.ts'
import { historyOf } from '../../../support/turns.ts'

describe('a message', () => {
  test('says which one it follows, and which stand beside it', async () => {
    const { ann, id } = await givenTwoBranches()
    const all = await linesOf(ann, id, 'all')
    const kin = all.map((message) => [message.id, message.seq, message.parent_id, message.siblings])
    expect(kin).toEqual([
      ['m1', 1, null, ['m1']],
      ['m2', 2, 'm1', ['m2', 'm2b']],
      ['m3', 3, 'm2', ['m3']],
      ['m2b', 4, 'm1', ['m2', 'm2b']],
      ['m3b', 5, 'm2b', ['m3b']],
    ])
  })

  test('may begin the conversation anew', async () => {
    const { ann, id } = await givenTwoBranches()
    const answer = await append(ann, id, [said('m1b')], { parent_id: null })
    const { messages, conversation } = await bodyOf<Appended>(answer)
    expect(messages).toMatchObject([{ seq: 6, parent_id: null, siblings: ['m1', 'm1b'] }])
    expect(conversation.head_id).toBe('m1b')
    expect(idsOf(await historyOf(ann, id))).toEqual(['m1b'])
  })

  test('of many that follow one another: only the first is placed', async () => {
    const { ann, id } = await givenTwoBranches()
    expect(idsOf(await historyOf(ann, id))).toEqual(['m1', 'm2b', 'm3b'])
  })
})

describe('the head', () => {
  test('is what was appended last, and a message that says nothing of its place follows it', async () => {
    const { ann, id } = await givenTwoBranches()
    expect(await read(ann, id)).toMatchObject({ head_id: 'm3b', message_count: 5 })
    await append(ann, id, [said('m4b')])
    expect(idsOf(await historyOf(ann, id))).toEqual(['m1', 'm2b', 'm3b', 'm4b'])
  })

  test('goes to the newest end below the message that somebody asks for', async () => {
    const { ann, id } = await givenTwoBranches()
    const there = await bodyOf<Conversation>(ann.patch(at(id), { head_id: 'm2' }))
    expect(there.head_id).toBe('m3')
    expect(idsOf(await historyOf(ann, id))).toEqual(['m1', 'm2', 'm3'])
    expect((await bodyOf<Conversation>(ann.patch(at(id), { head_id: 'm1' }))).head_id).toBe('m3b')
  })

  test('is where the next message goes after a switch, and nothing of the other branch is lost', async () => {
    const { ann, id } = await givenTwoBranches()
    await ann.patch(at(id), { head_id: 'm3' })
    const { messages } = await bodyOf<Appended>(append(ann, id, [said('m4')]))
    expect(messages).toMatchObject([{ seq: 6, parent_id: 'm3', siblings: ['m4'] }])
    expect(idsOf(await historyOf(ann, id))).toEqual(['m1', 'm2', 'm3', 'm4'])
    expect(idsOf(await linesOf(ann, id, 'm3b'))).toEqual(['m1', 'm2b', 'm3b'])
  })

  test('is shown by lists and kept by the record', async () => {
    const { ann, id } = await givenTwoBranches()
    await ann.patch(at(id), { head_id: 'm3' })
    await inRecord(id, 5)
    expect(await rowOf(id)).toMatchObject({ head_seq: 3, head_id: 'm3' })
    const { data } = await bodyOf<Listed<Conversation>>(ann.get('/api/conversations'))
    expect(data).toMatchObject([{ id, head_id: 'm3' }])
  })

  test('is no use of the conversation: it does not go up in a list', async () => {
    const { ann, id } = await givenTwoBranches()
    const before = await read(ann, id)
    const after = await bodyOf<Conversation>(ann.patch(at(id), { head_id: 'm3' }))
    expect(after.updated_at).toBe(before.updated_at)
  })

  test('stays where it is if the conversation is there already', async () => {
    const { ann, id } = await givenTwoBranches()
    expect((await ann.patch(at(id), { head_id: 'm3b' })).status).toBe(200)
    expect((await read(ann, id)).head_id).toBe('m3b')
  })
})

describe('pages', () => {
  test('are of one line, whichever way they run', async () => {
    const { ann, id } = await givenTwoBranches()
    expect(idsOf(await linesOf(ann, id, 'head', '&order=desc'))).toEqual(['m3b', 'm2b', 'm1'])
    expect(idsOf(await linesOf(ann, id, 'm3', '&order=desc'))).toEqual(['m3', 'm2', 'm1'])
    expect(idsOf(await linesOf(ann, id, 'm2'))).toEqual(['m1', 'm2'])
    expect(idsOf(await linesOf(ann, id, 'all', '&order=desc'))).toEqual([
      'm3b',
      'm2b',
      'm3',
      'm2',
      'm1',
    ])
  })

  test.each(['asc', 'desc'])(
    'follow one another on one line (%s), though the head goes elsewhere',
    async (order) => {
      const { ann, id } = await givenTwoBranches()
      const whole = order === 'asc' ? ['m1', 'm2b', 'm3b'] : ['m3b', 'm2b', 'm1']
      const seen: string[] = []
      let cursor = ''
      for (;;) {
        const page = await bodyOf<Listed<Message>>(
          ann.get(`${at(id)}/messages?limit=1&order=${order}${cursor}`),
        )
        seen.push(...idsOf(page.data))
        if (page.next_cursor === null) break
        cursor = `&cursor=${page.next_cursor}`
        await ann.patch(at(id), { head_id: 'm3' })
      }
      expect(seen).toEqual(whole)
    },
  )

  test('go on with a line that grew meanwhile', async () => {
    const { ann, id } = await givenTwoBranches()
    const first = await bodyOf<Listed<Message>>(ann.get(`${at(id)}/messages?limit=2`))
    await append(ann, id, [said('m4b')])
    const rest = await bodyOf<Listed<Message>>(
      ann.get(`${at(id)}/messages?limit=9&cursor=${first.next_cursor}`),
    )
    expect(idsOf(rest.data)).toEqual(['m3b', 'm4b'])
  })
})

describe('a retry', () => {
  test('finds what it stored, wherever the conversation is by now', async () => {
    const { ann, id } = await givenTwoBranches()
    await ann.patch(at(id), { head_id: 'm3' })
    const again = await append(ann, id, [said('m2b'), said('m3b')], { parent_id: 'm1' })
    expect(again.status).toBe(200)
    expect((await read(ann, id)).message_count).toBe(5)
  })

  test('that adds a message goes on behind those that stand', async () => {
    const { ann, id } = await givenTwoBranches()
    await append(ann, id, [said('m2b'), said('m3b'), said('m4b')], { parent_id: 'm1' })
    expect(idsOf(await historyOf(ann, id))).toEqual(['m1', 'm2b', 'm3b', 'm4b'])
  })

  test('that names another parent is refused', async () => {
    const { ann, id } = await givenTwoBranches()
    const problem = await problemOf(append(ann, id, [said('m2b')], { parent_id: 'm2' }))
    expect(problem).toMatchObject({
      type: expect.stringContaining('message-id-taken'),
      errors: [{ pointer: '/messages/0/id' }],
    })
  })
})

test('two that append at once below one message make two branches; neither is lost', async () => {
  const { ann, id } = await givenTwoBranches()
  const answers = await Promise.all(
    ['x', 'y'].map((name) => append(ann, id, [said(name)], { parent_id: 'm3b' })),
  )
  expect(answers.map(({ status }) => status)).toEqual([201, 201])
  const [x] = await linesOf(ann, id, 'x', '&order=desc')
  expect(x?.siblings).toEqual(['x', 'y'])
})

test('a request that begins with messages of another branch goes on behind those', async () => {
  const { ann, id } = await givenTwoBranches()
  const mixed = [...userMessages(3), said('m4')]
  const { messages } = await bodyOf<Appended>(append(ann, id, mixed))
  expect(messages.at(-1)).toMatchObject({ id: 'm4', parent_id: 'm3' })
  expect((await read(ann, id)).head_id).toBe('m4')
  // On its own branch what is new comes at the end, as it always has.
  const late = await bodyOf<Appended>(append(ann, id, [...userMessages(1), said('m5')]))
  expect(late.messages.at(-1)).toMatchObject({ id: 'm5', parent_id: 'm4' })
})
