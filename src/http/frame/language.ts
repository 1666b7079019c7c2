import type { Context } from 'hono'
import { parseAccept } from 'hono/utils/accept'

import { Language } from '../../contract/conversation.ts'
import { FALLBACK_LANGUAGE, SettingError, text } from '../../settings.ts'
import type { HonoEnv } from '../caller/caller.ts'

/** The language of a conversation whose caller names none: what the browser asks for, or the deployment's own. */
export function languageOf(c: Context<HonoEnv>): string {
  const wanted = parseAccept(c.req.header('accept-language') ?? '').toSorted((a, b) => b.q - a.q)
  for (const { type, q } of wanted) {
    const language = Language.safeParse(type)
    if (q > 0 && language.success) return language.data
  }
  return defaultLanguage(c.env)
}

export function defaultLanguage(env: Pick<Env, 'DEFAULT_LANGUAGE'>): string {
  const language = Language.safeParse(text(env, 'DEFAULT_LANGUAGE') ?? FALLBACK_LANGUAGE)
  if (language.success) return language.data
  throw new SettingError('DEFAULT_LANGUAGE is not a BCP 47 tag, such as es or pt-BR.')
}
