import { list } from '../settings.ts'

/** Whether pages of an origin may call from a browser: ALLOWED_ORIGINS, where `:*` stands for any port. */
export function isAllowedOrigin(env: Pick<Env, 'ALLOWED_ORIGINS'>, origin: string): boolean {
  return list(env, 'ALLOWED_ORIGINS').some((allowed) =>
    allowed.endsWith(':*')
      ? origin.replace(/:\d+$/, '') === allowed.slice(0, -2)
      : origin === allowed.replace(/\/$/, ''),
  )
}
