import * as z from 'zod'

/** A parameter that is a whole number. Whatever is wrong with it, the error says what it may be. */
export function numberParameter(min: number, max?: number) {
  const error = `Send a whole number ${max === undefined ? `of ${min} or more` : `from ${min} to ${max}`}`
  const number = z.coerce.number({ error }).int({ error }).min(min, { error })
  return max === undefined ? number : number.max(max, { error })
}

/** A parameter that is one of some words. */
export const wordParameter = <const T extends readonly [string, ...string[]]>(words: T) =>
  z.enum(words, { error: `Send ${words.join(' or ')}` })
