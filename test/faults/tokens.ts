import { env } from 'cloudflare:workers'
import { expect } from 'vitest'

import { Client, type Listed } from '../support/api.ts'
import { type Made, bearer } from '../support/made-tokens.ts'
import type { Sure } from './expected.ts'
import type { Act } from './scene.ts'
import { calm, d1 } from './weather.ts'
import type { World } from './world.ts'

/** A token that somebody was given, and whether it is gone. */
interface Given extends Made {
  visitor: number
  gone: Sure
  /** How often somebody has tried to be rid of it. */
  tries: number
}

function maybeGone(one: Given): void {
  one.tries += 1
  if (one.gone === 'no') one.gone = 'maybe'
}

const given = new WeakMap<World, Given[]>()
const givenIn = (world: World): Given[] => given.get(world) ?? []

const isTrouble = (world: World, { status }: Response): boolean => status >= 500 && world.isTroubled

/** Users who are being erased, each as often as it was asked for. */
const going: Client[] = []

/** All tokens of a user are about to go. What comes back is called with whether they are told to be gone. */
export function goingWith(world: World, owner: Client): (isTold: boolean) => void {
  const theirs = givenIn(world).filter(({ visitor }) => world.users[visitor] === owner)
  for (const one of theirs) maybeGone(one)
  going.push(owner)
  return (isTold) => {
    going.splice(going.indexOf(owner), 1)
    if (isTold) for (const one of theirs) one.gone = 'yes'
    if (isTold && theirs.length > 0) d1.count('(tokens erased with their user)')
  }
}

const read = ({ token }: Given): Promise<Response> =>
  new Client(bearer(token)).get('/api/conversations?status=all')

/** Reads with a token: one that stands reads what its user has, and one that is gone never again. */
async function readWith(world: World, one: Given): Promise<void> {
  const { gone: before } = one
  const answer = await read(one)
  await answer.body?.cancel()
  if (isTrouble(world, answer)) return
  if (answer.status === 401) {
    if (one.gone === 'no') throw new Error('a token that stands read nothing')
    // What was lost on its way can't be taken back.
    one.gone = 'yes'
    return
  }
  if (answer.status !== 200) throw new Error(`a token was answered ${answer.status}`)
  if (before === 'yes') throw new Error('a token that is gone read')
}

export const tokens: Record<string, Act> = {
  makeToken: async ({ model, world, about, number }) => {
    const visitor = (about.visitor + number) % model.visitors.length
    const user = world.users[visitor] as Client
    const wasGoing = going.includes(user)
    const answer = await user.post('/api/tokens', { name: `Agent ${number}` })
    if (isTrouble(world, answer)) return
    if (answer.status !== 201) throw new Error(`a token was answered ${answer.status}`)
    const made = await answer.json<Made>()
    const one: Given = { ...made, visitor, gone: 'no', tries: 0 }
    if (wasGoing || going.includes(user)) maybeGone(one)
    given.set(world, [...givenIn(world), one])
  },
  revokeToken: async ({ world, number }) => {
    const all = givenIn(world)
    const one = all[number % Math.max(all.length, 1)]
    if (!one) return
    const user = world.users[one.visitor] as Client
    maybeGone(one)
    const answer = await user.delete(`/api/tokens/${one.id}`)
    await answer.body?.cancel()
    if (isTrouble(world, answer)) return
    // One that is not there any more is gone by another try.
    const isRight = answer.status === 200 || (answer.status === 404 && one.tries > 1)
    if (!isRight) {
      throw new Error(`revoking was answered ${answer.status}`)
    }
    one.gone = 'yes'
  },
  readWithToken: async ({ world, number }) => {
    const all = givenIn(world)
    const one = all[number % Math.max(all.length, 1)]
    if (one) await readWith(world, one)
  },
  /** A token comes to its end. */
  endToken: async ({ world, number }) => {
    const all = givenIn(world)
    const one = all[number % Math.max(all.length, 1)]
    if (!one) return
    maybeGone(one)
    const sql = 'UPDATE tokens SET expires_at = ? WHERE id = ?'
    await calm(() =>
      env.DB.prepare(sql)
        .bind(Date.now() - 1, one.id)
        .run(),
    )
    one.gone = 'yes'
  },
}

/** Once all is quiet: what stands is listed for its user alone and reads, what is gone is nowhere. */
export async function checkTokens(world: World): Promise<void> {
  for (const one of givenIn(world)) {
    await readWith(world, one)
    const answer = await read(one)
    expect({ gone: one.gone, status: answer.status }).toEqual({
      gone: one.gone,
      status: one.gone === 'yes' ? 401 : 200,
    })
    if (answer.status === 200) {
      const theirs = await (world.users[one.visitor] as Client).get('/api/conversations?status=all')
      expect(await answer.json()).toEqual(await theirs.json())
    }
  }
  for (const [index, user] of world.users.entries()) {
    const { data } = await (await user.get('/api/tokens')).json<Listed<Made>>()
    const listed = new Set(data.map(({ id }) => id))
    for (const { id, visitor, gone } of givenIn(world)) {
      // One that has ended is listed until another one is made.
      const isAllowed = visitor === index && (gone !== 'yes' || !isStanding(data, id))
      if (listed.has(id)) expect({ id, isAllowed }).toEqual({ id, isAllowed: true })
      else
        expect({ id, gone, isTheirs: visitor === index }).not.toEqual({
          id,
          gone: 'no',
          isTheirs: true,
        })
    }
  }
}

const isStanding = (listed: Made[], id: string): boolean =>
  listed.some((one) => one.id === id && Date.parse(one.expires_at) > Date.now())
