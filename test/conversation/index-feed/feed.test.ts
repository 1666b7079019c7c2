import { env } from 'cloudflare:workers'
import { describe, expect, test } from 'vitest'

import { append, as, at } from '../../support/api.ts'
import { givenConversation, userMessages } from '../../support/given.ts'
import {
  d1Error,
  dutiesOf,
  eventually,
  evict,
  inRecord,
  ringWhenDue,
  rowOf,
  underFaults,
  underSettings,
} from '../../support/record.ts'
import {
  found,
  givenFindable,
  message,
  soon,
  conversationsWith,
  indexesWith,
  knownIndexes,
  searchFor,
  told,
  underIndex,
  wordsIn,
} from '../../support/searching.ts'

describe('an index', () => {
  test('keeps nothing while nobody searches, and hears once however much is said', async () => {
    const owner = crypto.randomUUID()
    const ann = await as.user(owner)
    const id = await givenConversation(ann, { title: 'Turns' })
    await told(id)
    let calls = 0
    await underSettings(
      id,
      indexesWith(() => void (calls += 1)),
    )
    for (let n = 1; n <= 5; n += 1) await append(ann, id, [message(`turn ${n}`)])
    await inRecord(id, 5)
    expect(calls).toBe(0)
    expect(await wordsIn(`user:${owner}`)).toBeNull()
    expect(await found(ann, 'turn')).toHaveLength(5)
    for (let n = 6; n <= 9; n += 1) {
      await append(ann, id, [message(`turn ${n}`)])
      await inRecord(id, n)
    }
    expect(calls).toBe(1)
    await soon(ann, 'turn', 9)
  })

  test('is told nothing of a conversation in which nothing is said, until something is', async () => {
    const owner = crypto.randomUUID()
    const ann = await as.user(owner)
    const [begun, named] = [await givenConversation(ann), await givenConversation(ann)]
    expect((await ann.patch(at(begun), { metadata: { a: '1' } })).status).toBe(200)
    await eventually(async () => (await rowOf(begun))?.['metadata'] === '{"a":"1"}')
    expect(await knownIndexes(begun)).toEqual([])
    expect((await dutiesOf(begun)).due).toEqual([])
    expect(await found(ann, 'bittern')).toEqual([])
    const later = await givenConversation(ann)
    await append(ann, later, [message('bitterns and a bittern', 'n')])
    await append(ann, begun, [message('a bittern', 'm')])
    expect((await ann.patch(at(named), { title: 'Bittern' })).status).toBe(200)
    await soon(ann, 'bittern', 3)
    expect((await ann.patch(at(named), { title: null })).status).toBe(200)
    await soon(ann, 'bittern', 2)
  })

  test('hears of a change that comes while it is just asking', async () => {
    const { ann, id, name } = await givenFindable('an emu')
    expect(await found(ann, 'emu')).toEqual(['m'])
    let times = 0
    await underIndex(
      name,
      conversationsWith(async () => {
        times += 1
        if (times > 1) return
        await append(ann, id, [message('an emu more', 'late')])
        await inRecord(id, 3)
        await told(id)
      }),
    )
    await append(ann, id, [message('an emu again', 'again')])
    await told(id)
    expect((await found(ann, 'emu')).toSorted()).toEqual(['again', 'late', 'm'])
    expect(times).toBe(2)
  })

  test('is told again if it asked while it was being told', async () => {
    const { ann, id } = await givenFindable('a rhea')
    expect(await found(ann, 'rhea')).toEqual(['m'])
    let calls = 0
    const answered = async () => {
      calls += 1
      if (calls > 1) return
      // The index has heard. Before its answer arrives it asks, and after that something more is said.
      expect(await found(ann, 'rhea')).toHaveLength(2)
      await append(ann, id, [message('a rhea more', 'late')])
    }
    await underSettings(
      id,
      indexesWith(() => {}, answered),
    )
    await append(ann, id, [message('a rhea again', 'again')])
    await soon(ann, 'rhea', 3)
  })

  test('that does not answer is told by the alarm, later each time, and nothing else waits for it', async () => {
    const { ann, id, name } = await givenFindable('a cassowary')
    expect(await found(ann, 'cassowary')).toEqual(['m'])
    await underSettings(
      id,
      indexesWith(() => {
        throw new Error('Network connection lost.')
      }),
    )
    expect((await append(ann, id, [message('a cassowary too', 'n')])).status).toBe(201)
    await eventually(async () => (await dutiesOf(id)).due.some(({ kind }) => kind === 'index'))
    await ringWhenDue(id)
    await ringWhenDue(id)
    const { due, alarm } = await dutiesOf(id)
    expect(due).toMatchObject([{ kind: 'index', attempts: 3 }])
    expect(alarm).not.toBeNull()
    expect(await found(ann, 'cassowary')).toEqual(['m'])
    await evict(id)
    await ringWhenDue(id)
    expect((await found(ann, 'cassowary')).toSorted()).toEqual(['m', 'n'])
    expect(await wordsIn(name)).toBe(2)
  })

  test('whose duty is lost with the object is told when that wakes', async () => {
    const { ann, id } = await givenFindable('an ostrich')
    expect(await found(ann, 'ostrich')).toEqual(['m'])
    await underSettings(id, { SEARCH: 'off' })
    await append(ann, id, [message('an ostrich too', 'n')])
    await inRecord(id, 2)
    expect(await found(ann, 'ostrich')).toEqual(['m'])
    await evict(id)
    await ann.get(at(id))
    await soon(ann, 'ostrich', 2)
  })

  test('hears only of what the record has: so it can be made anew from there', async () => {
    const owner = crypto.randomUUID()
    const ann = await as.user(owner)
    await givenConversation(ann, { title: 'Another' })
    await searchFor(ann, 'another')
    const id = crypto.randomUUID()
    await underFaults(id, {
      before: () => {
        throw d1Error('Network connection lost.')
      },
    })
    await givenConversation(ann, { id, messages: [message('an ibis', 'm')] })
    expect(await knownIndexes(id)).toEqual([])
    await evict(id)
    await ringWhenDue(id)
    await soon(ann, 'ibis')
  })

  test('that was made anew of a record that had lost a conversation hears of it once the record has it', async () => {
    const { ann, id, name } = await givenFindable('a crane')
    await inRecord(id, 1)
    await env.DB.prepare('DELETE FROM conversations WHERE id = ?').bind(id).run()
    await givenConversation(ann, { title: 'Another' })
    expect(await found(ann, 'crane')).toEqual([])
    await append(ann, id, userMessages(1, 2))
    await inRecord(id, 2)
    await soon(ann, 'crane')
    expect(await wordsIn(name)).toBe(3)
  })
})
