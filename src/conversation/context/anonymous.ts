import { type Refusal, refuse } from '../../contract/problem.ts'
import { isOn } from '../../settings.ts'
import type { Head } from '../log/rows.ts'

/**
 * Whether a conversation is kept from the model because nobody has logged in to it. Once a user
 * owns it, it is not. Throws `SettingError`.
 */
export const isKeptFromModel = (
  env: Pick<Env, 'ANONYMOUS_MODEL'>,
  { userId }: Pick<Head, 'userId'>,
): boolean => userId === null && !isOn(env, 'ANONYMOUS_MODEL', true)

export const notForAnonymous = (): Refusal =>
  refuse('not-permitted', {
    detail:
      'Here the model reads no anonymous conversation. Nothing of this request was stored. Log in first.',
  })
