import type { Retention } from './contract/quiet.ts'

/** A setting or secret that is missing or makes no sense. Its message names it and never holds its value. */
export class SettingError extends Error {
  override readonly name = 'SettingError'
}

type Source = Partial<Record<string, unknown>>

/** The text of a setting, trimmed; `undefined` if it is unset or empty. */
export function text(env: object, name: string): string | undefined {
  const value = (env as Source)[name]
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined
}

export function requiredSecret(env: object, name: string): string {
  const value = text(env, name)
  if (value !== undefined) return value
  throw new SettingError(
    `${name} is not set. Set it with \`npx wrangler secret put ${name}\`; locally, in .dev.vars.`,
  )
}

export function requiredText(env: object, name: string): string {
  const value = text(env, name)
  if (value !== undefined) return value
  throw new SettingError(
    `${name} is not set. Set it under [vars] in wrangler.toml; locally, in .dev.vars.`,
  )
}

const jurisdictions = ['eu', 'fedramp', 'us'] as const

/** Where the objects are kept; undefined without a restriction. One that is not known would be another place. */
export function jurisdictionOf(env: object): DurableObjectJurisdiction | undefined {
  const value = text(env, 'JURISDICTION')
  if (value === undefined) return undefined
  const known = jurisdictions.find((one) => one === value)
  if (known) return known as DurableObjectJurisdiction
  throw new SettingError(
    `JURISDICTION has to be one of ${jurisdictions.join(', ')}. Set it under [vars] in wrangler.toml.`,
  )
}

/** The language of a conversation if neither it, nor its client, nor DEFAULT_LANGUAGE names one. BCP 47. */
export const FALLBACK_LANGUAGE = 'es'

/** Comma-separated values. */
export function list(env: object, name: string): string[] {
  const value = text(env, name)
  if (value === undefined) return []
  return value.split(',').flatMap((item) => item.trim() || [])
}

export function isOn(env: object, name: string, fallback: boolean): boolean {
  const value = text(env, name)?.toLowerCase()
  if (value === undefined) return fallback
  if (['on', 'true', '1'].includes(value)) return true
  if (['off', 'false', '0'].includes(value)) return false
  throw new SettingError(`${name} is neither "on" nor "off".`)
}

/** Where people log in, for the page: an address that leads back to `/#token=TOKEN`. */
export function loginUrl(env: object): string | undefined {
  const value = text(env, 'LOGIN_URL')
  if (value === undefined || /^(https?:\/)?\/[^/\\]/.test(value)) return value
  throw new SettingError('LOGIN_URL is neither an http(s) address nor a path of this origin.')
}

/** After how many quiet days a conversation is archived. Read everywhere, so one that makes no sense counts as unset. */
export function archiveAfterDays(env: object): number {
  const days = Number(text(env, 'ARCHIVE_AFTER_DAYS'))
  return Number.isSafeInteger(days) && days >= 1 ? days : 90
}

export function wholeNumber(env: object, name: string, fallback: number): number
export function wholeNumber(env: object, name: string): number | undefined
export function wholeNumber(env: object, name: string, fallback?: number): number | undefined {
  const value = text(env, name)
  if (value === undefined) return fallback
  const number = Number(value)
  if (Number.isSafeInteger(number) && number >= 1) return number
  throw new SettingError(`${name} is not a whole number of 1 or more.`)
}

/** For how long archived conversations are kept; for good if nothing is set. */
export const retention = (env: object): Retention => ({
  days: wholeNumber(env, 'ERASE_AFTER_DAYS'),
  anonymousDays: wholeNumber(env, 'ERASE_ANONYMOUS_AFTER_DAYS'),
})

/** Whether people can search. One that makes no sense is told to who searches; until then nothing is lost. */
export function isSearchable(env: object): boolean {
  try {
    return isOn(env, 'SEARCH', true)
  } catch {
    return true
  }
}

/** Which model this deployment has. */
export function modelProvider(env: object): 'openai' | 'offline' | 'none' {
  const provider = text(env, 'MODEL_PROVIDER')
  if (provider === 'openai' || provider === 'offline' || provider === 'none') return provider
  const what = provider === undefined ? 'is not set' : 'is neither openai, nor offline, nor none'
  throw new SettingError(
    `MODEL_PROVIDER ${what}. Set it under [vars] in wrangler.toml; locally, in .dev.vars.`,
  )
}

/** The endpoint of an `openai` deployment's model. */
export function modelEndpoint(env: object) {
  const baseURL = requiredText(env, 'MODEL_BASE_URL')
  if (!URL.canParse(baseURL)) throw new SettingError('MODEL_BASE_URL is not a URL.')
  const model = requiredText(env, 'MODEL_NAME')
  return {
    baseURL,
    model,
    apiKey: requiredSecret(env, 'MODEL_API_KEY'),
    summaryModel: text(env, 'SUMMARY_MODEL_NAME') ?? model,
    maxOutputTokens: wholeNumber(env, 'MAX_OUTPUT_TOKENS'),
    timeout: wholeNumber(env, 'MODEL_FIRST_TOKEN_TIMEOUT_S', 60) * 1000,
  }
}

/** The bucket of files; null if this deployment has none. */
export const bucketOf = (env: object): R2Bucket | null =>
  ((env as Source)['FILES'] as R2Bucket | undefined) ?? null

const MB = 2 ** 20

/** Bytes of one file. */
export const maxFileBytes = (env: object): number => wholeNumber(env, 'MAX_FILE_MB', 100) * MB

/** Bytes of all files of an owner; null without a bound. One that makes no sense counts as none. */
export function maxFilesBytes(env: object): number | null {
  const megabytes = Number(text(env, 'MAX_FILES_MB_PER_OWNER'))
  return Number.isSafeInteger(megabytes) && megabytes >= 1 ? megabytes * MB : null
}

/** Bytes of files that a model is sent with one request; larger ones it is told the address of. */
export const modelInlineBytes = (env: object): number => wholeNumber(env, 'MODEL_INLINE_MB', 8) * MB
