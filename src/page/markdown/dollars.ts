const CODE = /(^ {0,3}(?:```|~~~)[\s\S]*?(?:^ {0,3}(?:```|~~~)|$(?![\s\S]))|`[^`\n]*`)/m

/**
 * Mathematics as models write it, `\(x\)`, `\[x\]` and `$x$`, in the one form that the parser takes, `$$x$$`. A dollar
 * is a sign of mathematics by Pandoc's rule, so that "$5 and $10" stays money. Code is left as it is.
 */
export function withOneKindOfDollars(text: string): string {
  return text
    .split(CODE)
    .map((piece, index) => (index % 2 === 1 ? piece : inProse(piece)))
    .join('')
}

const inProse = (text: string): string =>
  text
    .replaceAll(/\\\[([\s\S]+?)\\\]/g, (_, formula: string) => `\n$$$$\n${formula.trim()}\n$$$$\n`)
    .replaceAll(/\\\((.+?)\\\)/g, (_, formula: string) => `$$$$${formula.trim()}$$$$`)
    .replaceAll(
      /(?<![\\$])\$(?=[^\s$])([^$\n]*[^\s$\\])\$(?![\d$])/g,
      (_, formula: string) => `$$$$${formula}$$$$`,
    )
