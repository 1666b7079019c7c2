import { expect, test } from 'vitest'

import { as, at, bodyOf } from '../../../support/api.ts'
import { givenConversation } from '../../../support/given.ts'
import { importing } from '../../../support/importing.ts'
import { pointersOf, problemOf } from '../../../support/problems.ts'
import { eventually } from '../../../support/record.ts'
import { foundBy, searchFor, searchPath, searchedAll } from '../../../support/searching.ts'

test('pages come the best first, then the newest, each once', async () => {
  const user = await as.user()
  const messages = Array.from({ length: 25 }, (_, n) => ({
    id: `n${n}`,
    role: 'user',
    content: `a wombat and ${n % 5 === 0 ? 'a wombat, wombat' : 'something else'}`,
  }))
  // A word that most messages have says nothing about any of them.
  const others = Array.from({ length: 60 }, (_, n) => ({ role: 'user', content: `other ${n}` }))
  await givenConversation(user, { messages: others })
  await givenConversation(user, { messages: messages.slice(0, 12) })
  await givenConversation(user, { messages: messages.slice(12) })
  const all = await searchedAll(user, 'wombat', { limit: '50' })
  expect(new Set(all).size).toBe(25)
  expect(new Set(all.slice(0, 5))).toEqual(new Set(['n0', 'n5', 'n10', 'n15', 'n20']))
  for (const limit of ['1', '3', '7', '24']) {
    expect(await searchedAll(user, 'wombat', { limit })).toEqual(all)
  }
})

test('of many, those that say it more come first, and of a word that most say the newest', async () => {
  const user = await as.user()
  const messages = Array.from({ length: 600 }, (_, n) => ({
    id: `n${n}`,
    role: 'user',
    content: `an otter ${n === 300 ? 'and a wombat, wombat, wombat' : n % 100 === 0 ? 'and a wombat' : 'alone'}`,
  }))
  for (let from = 0; from < 600; from += 100) {
    await givenConversation(user, { messages: messages.slice(from, from + 100) })
  }
  const newest = Array.from({ length: 50 }, (_, n) => `n${599 - n}`)
  expect(foundBy((await searchFor(user, 'otter', { limit: '50' })).data)).toEqual(newest)
  const rare = ['n300', 'n500', 'n400', 'n200', 'n100', 'n0']
  expect(foundBy((await searchFor(user, 'wombat')).data)).toEqual(rare)
  expect(foundBy((await searchFor(user, 'otter wombat')).data)).toEqual(rare)
  expect(await searchedAll(user, 'otter -wombat', { limit: '50' })).toHaveLength(594)
})

test('of more than 500, titles come first and then the newest, and a walk goes on as it began', async () => {
  const user = await as.user()
  // Said in turn in two conversations, so that their order is not that of the index.
  const said = Array.from({ length: 602 }, (_, n) => ({
    role: 'user',
    content: `an ibex ${n}`,
    created_at: new Date(Date.UTC(2026, 0, 1) + n * 1000).toISOString(),
  }))
  const { conversations } = await importing(user, [
    { title: 'Even', messages: said.filter((_, n) => n % 2 === 0) },
    { title: 'Odd', messages: said.filter((_, n) => n % 2 === 1) },
    { title: 'The ibex', messages: [{ role: 'user', content: 'of something else' }] },
  ])
  const page = async (more: Record<string, string>) => {
    const { data, next_cursor } = await searchFor(user, 'ibex', { limit: '50', ...more })
    return { texts: data.map(({ excerpt }) => excerpt.text), cursor: next_cursor ?? '' }
  }
  await eventually(async () => (await searchFor(user, 'ibex')).indexed.conversations === 3)
  const first = await page({})
  const newest = Array.from({ length: 602 }, (_, n) => `an ibex ${601 - n}`)
  expect(first.texts).toEqual(['The ibex', ...newest.slice(0, 49)])
  const second = await page({ cursor: first.cursor })
  expect(second.texts).toEqual(newest.slice(49, 99))
  const early = await page({ before: said[300]?.created_at ?? '' })
  expect(early.texts).toEqual(newest.slice(302, 352))
  await bodyOf(user.post(`${at(conversations[1]?.id ?? '')}/erase`))
  const left = newest.slice(99).filter((_, n) => n % 2 === 0)
  expect((await page({ cursor: second.cursor })).texts).toEqual(left.slice(0, 50))
})

test('a cursor is of its search alone', async () => {
  const ann = await as.user()
  const messages = ['one', 'two', 'three'].map((n) => ({ role: 'user', content: `a quokka ${n}` }))
  await givenConversation(ann, { messages })
  const { next_cursor: cursor } = await searchFor(ann, 'quokka', { limit: '1' })
  const on = { cursor: cursor ?? '' }
  expect((await searchFor(ann, 'quokka', { ...on, limit: '2' })).data).toHaveLength(2)
  for (const [q, more] of [
    ['quokka*', {}],
    ['quokka', { role: 'user' }],
    ['quokka', { topic: 'plants' }],
    ['quokka', { after: '2020-01-01T00:00:00Z' }],
  ] as const) {
    const problem = await problemOf(ann.get(searchPath(q, { ...on, ...more })))
    expect(problem.status).toBe(422)
    expect(pointersOf(problem)).toEqual(['?cursor'])
  }
})
