import { list } from '../../settings.ts'

/**
 * Whether pages of an origin may call from a browser: ALLOWED_ORIGINS, where `:*` stands for any port. Loopback is
 * loopback: where pages of localhost may call, those of 127.0.0.1 and [::1] may too.
 */
export function isAllowedOrigin(env: Pick<Env, 'ALLOWED_ORIGINS'>, origin: string): boolean {
  const local = origin.replace(/^(https?:\/\/)(127\.0\.0\.1|\[::1\])(?=:|$)/, '$1localhost')
  return list(env, 'ALLOWED_ORIGINS').some((allowed) =>
    allowed.endsWith(':*')
      ? local.replace(/:\d+$/, '') === allowed.slice(0, -2)
      : [origin, local].includes(allowed.replace(/\/$/, '')),
  )
}
