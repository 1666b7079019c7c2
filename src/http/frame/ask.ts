import type { Context } from 'hono'

import type { Call, Owner } from '../../contract/caller.ts'
import { filesOf, indexOf, isOlder, objectOf } from '../../objects.ts'
import { type HonoEnv, callOf } from '../caller/caller.ts'
import { tryAgain } from './problem.ts'

type Stub = ReturnType<Env['CONVERSATION']['getByName']>

const ATTEMPTS = 3

/** What the platform says of a failed call (developers.cloudflare.com/durable-objects/best-practices/error-handling). */
interface PlatformError {
  retryable?: boolean
  /** The object was lost in the middle of the call. */
  durableObjectReset?: boolean
  overloaded?: boolean
}

/** Asks the object of a conversation. */
export const ask = <Answers>(
  c: Context<HonoEnv>,
  id: string,
  question: (conversation: Stub, call: Call) => Answers,
): Promise<Awaited<Answers>> => insist(() => question(objectOf(c.env, id), callOf(c)))

/** Asks whoever counts the files of an owner. */
export const askFiles = <Answers>(
  c: Context<HonoEnv>,
  owner: Owner,
  question: (files: ReturnType<typeof filesOf>) => Answers,
): Promise<Awaited<Answers>> => insist(() => question(filesOf(c.env, owner)))

/** Asks the index of an owner. */
export const askIndex = <Answers>(
  c: Context<HonoEnv>,
  owner: Owner,
  question: (index: ReturnType<typeof indexOf>) => Answers,
): Promise<Awaited<Answers>> => insist(() => question(indexOf(c.env, owner)))

/**
 * Every question may be asked twice, since messages have their ids before: so a call that the platform lost is made again,
 * to a new stub, for one that failed stays broken.
 */
export async function insist<Answers>(question: () => Answers): Promise<Awaited<Answers>> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await question()
    } catch (error) {
      const { retryable, overloaded, durableObjectReset } = error as PlatformError
      const isLost = retryable || durableObjectReset
      if (isLost && !overloaded && attempt < ATTEMPTS) {
        await scheduler.wait(50 * 2 ** attempt * (0.5 + Math.random()))
        continue
      }
      if (isOlder(error)) {
        throw tryAgain('Hilo is being updated. Nothing was done. Send the same request again.', 10)
      }
      if (!isLost && !overloaded) throw error
      throw tryAgain('Send the same request again. That is safe if its messages have ids.')
    }
  }
}
