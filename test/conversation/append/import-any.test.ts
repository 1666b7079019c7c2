import fc from 'fast-check'
import { expect, test } from 'vitest'

import { type Message, as } from '../../support/api.ts'
import { type Exported, asLines, exported } from '../../support/given-exports.ts'
import { importing } from '../../support/importing.ts'
import { historyOf } from '../../support/turns.ts'

interface Drawn {
  role: 'user' | 'assistant'
  /** What it says in the older file, and in the newer one. */
  words: [string, string]
  status: ['complete' | 'interrupted', 'complete' | 'interrupted']
  follows: number | null
}

// Few words, some of which go on after others: so they meet.
const words = fc.constantFrom('A', 'AB', 'ABC', 'B', '[image]', '[x.png]')
const twice = <T>(one: fc.Arbitrary<T>) =>
  fc.oneof(
    fc.tuple(one, one),
    one.map((both): [T, T] => [both, both]),
  )
const drawn: fc.Arbitrary<Drawn[]> = fc.array(
  fc.record({
    role: fc.constantFrom('user' as const, 'assistant' as const),
    words: twice(words),
    status: twice(fc.constantFrom('complete' as const, 'interrupted' as const)),
    follows: fc.option(fc.nat(), { nil: null }),
  }),
  { minLength: 1, maxLength: 6 },
)

/** The conversation as one of the files has it; the ids of messages may end otherwise there. */
function fileOf(id: string, all: Drawn[], nth: 0 | 1, ending = ''): Exported {
  const nameOf = (place: number) => (place === 0 ? null : `m${place}${ending}`)
  return exported({
    fields: { id, updated_at: `2024-03-0${nth + 1}T10:00:00.000Z`, head_id: nameOf(all.length) },
    messages: all.map((one, index) => ({
      id: `m${index + 1}${ending}`,
      role: one.role,
      content: one.words[nth],
      status: one.role === 'assistant' ? one.status[nth] : ('complete' as const),
      parent_id: nameOf(one.follows === null ? index : one.follows % (index + 1)),
    })),
  })
}

type Line = Pick<Message, 'role' | 'content'>[]

/** Each message with those that it follows. */
function linesIn(messages: Pick<Message, 'id' | 'parent_id' | 'role' | 'content'>[]): Line[] {
  const byId = new Map(messages.map((one) => [one.id, one]))
  return messages.map((message) => {
    const line: Line = []
    for (let at = byId.get(message.id); at; at = byId.get(at.parent_id ?? '')) line.push(at)
    return line
  })
}

const isShown = (content: string) => content.startsWith('[')

/** Whether the second line is the first one, in which answers may have been completed, and what has no text is shown otherwise. */
const isSame = (one: Line, other: Line): boolean =>
  one.length === other.length &&
  one.every(({ role, content }, index) => {
    const { role: by, content: said } = other[index]!
    const isMore = role === 'assistant' && said.startsWith(content)
    return role === by && (said === content || isMore || (isShown(said) && isShown(content)))
  })

test('however a file has grown and changed, nothing of either is lost, and nothing comes twice', async () => {
  await fc.assert(
    fc.asyncProperty(drawn, fc.nat(), fc.boolean(), async (all, count, isRenamed) => {
      const [client, id] = [await as.user(), crypto.randomUUID()]
      const older = fileOf(id, all.slice(0, 1 + (count % all.length)), 0)
      const newer = fileOf(id, all, 1, isRenamed ? 'x' : '')
      const { conversations } = await importing(client, await asLines([older]))
      await importing(client, await asLines([newer]))
      const here = conversations[0]!.id
      const lines = linesIn(await historyOf(client, here, 'all'))
      const lost = [...linesIn(older.messages), ...linesIn(newer.messages)].filter(
        (line) => !lines.some((one) => isSame(line, one)),
      )
      expect(lost).toEqual([])
      const { length } = await historyOf(client, here, 'all')
      for (const file of [newer, older, newer]) {
        expect(await importing(client, await asLines([file]))).toMatchObject({ unchanged: 1 })
      }
      expect(await historyOf(client, here, 'all')).toHaveLength(length)
    }),
    { numRuns: 60 },
  )
}, 60_000)

test('if a newer file says the same of what was there, it adds only what is new, whatever its ids', async () => {
  await fc.assert(
    fc.asyncProperty(drawn, fc.nat(), async (all, count) => {
      const [client, id] = [await as.user(), crypto.randomUUID()]
      const same = all.map((one, index) => {
        const said: Drawn['words'] = [`${index}`, `${index}`]
        return { ...one, words: said, status: [one.status[0], one.status[0]] as Drawn['status'] }
      })
      const older = fileOf(id, same.slice(0, 1 + (count % all.length)), 0)
      await importing(client, await asLines([older]))
      const answer = await importing(client, await asLines([fileOf(id, same, 1, 'x')]))
      const [one] = answer.conversations
      expect(one?.added).toBe(all.length - older.messages.length)
      expect(await historyOf(client, one!.id, 'all')).toHaveLength(all.length)
    }),
    { numRuns: 30 },
  )
}, 60_000)
