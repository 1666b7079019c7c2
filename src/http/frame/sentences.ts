/** Texts as sentences that follow one another. What the next one begins with is not said twice. */
export const sentences = (...texts: (string | undefined)[]): string =>
  texts
    .filter((text): text is string => text !== undefined && text !== '')
    .filter((text, at, all) => !all[at + 1]?.startsWith(text))
    .map((text) => (/[.!?]$/.test(text) ? text : `${text}.`))
    .join(' ')
