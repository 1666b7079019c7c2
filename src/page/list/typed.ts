const TERM = /-?"[^"]*(?:"|$)|\S+/gu

/** The words as they stand. The last one may yet go on, unless it is in a phrase, or must not occur. */
export function asTyped(q: string): string {
  const last = q.match(TERM)?.at(-1) ?? ''
  return /^[^"-]/u.test(last) && /[\p{L}\p{N}\p{M}]$/u.test(last) ? `${q}*` : q
}

/** Whether anything is to be looked for. A quotation that is just begun, or only what must not occur, is nothing yet. */
export const isQuery = (q: string): boolean =>
  (q.match(TERM) ?? []).some((term) => !term.startsWith('-') && /[^\p{P}\s]/u.test(term))
