import { describe, expect, test } from 'vitest'

import { append, as, at, bodyOf, sendWith } from '../../support/api.ts'
import { asLines, exported } from '../../support/given-exports.ts'
import { givenConversation } from '../../support/given.ts'
import { importing } from '../../support/importing.ts'
import { problemOf } from '../../support/problems.ts'
import { restoreObject } from '../../support/reconciling.ts'
import { inRecord, underSettings } from '../../support/record.ts'
import {
  found,
  givenFindable,
  message,
  soon,
  knownIndexes,
  searchFor,
  searchPath,
  wordsIn,
} from '../../support/searching.ts'

test('many messages come page by page, each once', async () => {
  const { ann, id, name } = await givenFindable('a finch')
  for (let n = 0; n < 5; n += 1) {
    await append(
      ann,
      id,
      Array.from({ length: 100 }, (_, k) => message(`finch ${n} ${k}`)),
    )
  }
  await inRecord(id, 501)
  await searchFor(ann, 'finch')
  expect(await wordsIn(name)).toBe(501)
})

test('what a newer file completes is found by its new words', async () => {
  const owner = crypto.randomUUID()
  const ann = await as.user(owner)
  const conversation = crypto.randomUUID()
  const bring = async (content: string, status: 'interrupted' | 'complete') => {
    const messages = [
      { id: 'q', role: 'user' as const, content: 'Which bird?' },
      { id: 'a', role: 'assistant' as const, content, status },
    ]
    return importing(ann, await asLines([exported({ messages, fields: { id: conversation } })]))
  }
  const { conversations } = await bring('A lyre', 'interrupted')
  const id = conversations[0]?.id ?? ''
  await inRecord(id, 2)
  await soon(ann, 'lyre')
  expect(await bring('A lyrebird', 'complete')).toMatchObject({
    conversations: [{ completed: 1 }],
  })
  await soon(ann, 'lyrebird')
  expect(await found(ann, 'lyre')).toEqual([])
  expect(await wordsIn(`user:${owner}`)).toBe(conversations[0] ? 3 : 0)
})

test.each([
  ['record', 4],
  ['log', 2],
] as const)(
  'messages that get other numbers when log and record are joined are found where they are then: %s',
  async (prefer, seq) => {
    const { ann, id } = await givenFindable('a robin')
    await append(ann, id, [message('a wren', 'wren'), message('a tit', 'tit')])
    await inRecord(id, 3)
    expect(await found(ann, 'wren')).toEqual(['wren'])
    // As after a restore of its object, which goes on from there.
    await restoreObject(id, 1)
    await append(ann, id, [message('a dunnock', 'dunnock')])
    const operator = as.service('operator')
    const body = { conversation_ids: [id], dry_run: false, prefer }
    expect((await operator.post('/api/admin/reconcile', body)).status).toBe(200)
    await soon(ann, 'dunnock')
    const [hit] = (await searchFor(ann, 'dunnock')).data
    expect(hit?.message).toMatchObject({ id: 'dunnock', seq })
    expect(await found(ann, 'wren')).toEqual(['wren'])
    expect(await found(ann, 'tit')).toEqual(['tit'])
  },
)

describe('SEARCH=off', () => {
  test('answers that there is no search, and tells no index anything', async () => {
    const ann = await as.user()
    const off = { SEARCH: 'off' }
    const answer = await problemOf(sendWith(off, searchPath('x'), { headers: ann.headers }))
    expect(answer).toMatchObject({ type: '/problems/no-search', status: 501 })
    const id = crypto.randomUUID()
    await underSettings(id, off)
    await givenConversation(ann, { id, title: 'A jay' })
    await inRecord(id, 0)
    expect(await knownIndexes(id)).toEqual([])
  })

  test('has an index let go all the same', async () => {
    const { ann, id, name } = await givenFindable('a lark')
    expect(await found(ann, 'lark')).toEqual(['m'])
    await underSettings(id, { SEARCH: 'off' })
    expect(await bodyOf(ann.post(`${at(id)}/erase`))).toMatchObject({ is_complete: true })
    expect(await wordsIn(name)).toBeNull()
  })

  test.each(['maybe', 'no'])('SEARCH=%s is told to who searches', async (SEARCH) => {
    const { headers } = await as.user()
    const answer = await problemOf(sendWith({ SEARCH }, searchPath('x'), { headers }))
    expect(answer).toMatchObject({ type: '/problems/not-configured', status: 503 })
  })
})
