/** A stretch of Markdown: fenced code, or anything else. */
export interface Stretch {
  /** What opens the fence, such as three backticks; null where it is no code. */
  fence: string | null
  /** What stands behind it: the language, usually. */
  info: string
  lines: string[]
  /** Whether the fence's end is missing. */
  isOpen: boolean
}

const plain = (): Stretch => ({ fence: null, info: '', lines: [], isOpen: false })

/** Finds fenced code (spec.commonmark.org/0.31.2/#fenced-code-blocks), indented as in a list too. */
export function stretchesOf(text: string): Stretch[] {
  const stretches = [plain()]
  for (const line of text.split('\n')) {
    const last = stretches.at(-1) ?? plain()
    const [, mark = '', info = ''] = /^\s*(`{3,}(?=[^`]*$)|~{3,})(.*)$/.exec(line) ?? []
    if (last.fence !== null && last.isOpen) {
      const isEnd = mark.startsWith(last.fence) && info.trim() === ''
      if (isEnd) last.isOpen = false
      else last.lines.push(line)
    } else if (mark !== '') {
      stretches.push({ fence: mark, info: info.trim(), lines: [], isOpen: true })
    } else if (last.fence === null) last.lines.push(line)
    else stretches.push({ ...plain(), lines: [line] })
  }
  return stretches.filter(({ fence, lines }) => fence !== null || lines.length > 0)
}

/** A fence that nothing in a text can end. */
export function fenceFor(text: string): string {
  const runs = text.match(/`+/g) ?? []
  return '`'.repeat(Math.max(3, ...runs.map((run) => run.length + 1)))
}
