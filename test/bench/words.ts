const COMMON =
  'the ferry leaves at nine and the museum opens at ten so we could do both if it does not rain in the evening'

/** What message `n` says, of a usual length: common words, some that few have, and one of a hundred. */
export function wordsOf(n: number): string {
  const rare = Array.from(
    { length: 12 },
    (_, k) => `w${((n * 7919 + k * 104_729) % 9_973).toString(36)}`,
  )
  return `${COMMON} ${rare.join(' ')} ${COMMON} hundredth${n % 100} pair${Math.floor(n / 2)}`
}
