const TERM = /-?"[^"]*(?:"|$)|\S+/gu

/** The words as they stand. The last one may yet go on, unless it is in a phrase, or must not occur. */
export function asTyped(q: string): string {
  const last = q.match(TERM)?.at(-1) ?? ''
  return /^[^"-]/u.test(last) && /[\p{L}\p{N}\p{M}]$/u.test(last) ? `${q}*` : q
}
