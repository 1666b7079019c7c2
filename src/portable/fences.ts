/** A block of Markdown: fenced code, or anything else. */
export interface Block {
  /** Null if it is no code. */
  fence: { indent: string; mark: string; info: string; isOpen: boolean } | null
  /** Without those of the fence. */
  lines: string[]
  /** As they came, with those of the fence. */
  raw: string[]
}

/** Finds fenced code (spec.commonmark.org/0.31.2/#fenced-code-blocks), however far indented: it may be in a list. */
export function blocksOf(text: string): Block[] {
  const blocks: Block[] = []
  for (const line of text.split('\n')) {
    const last = blocks.at(-1)
    const [, indent = '', mark = '', info = ''] =
      /^(\s*)(`{3,}(?=[^`]*$)|~{3,})(.*)$/.exec(line) ?? []
    if (last?.fence?.isOpen) {
      last.raw.push(line)
      const isEnd = mark.startsWith(last.fence.mark) && info.trim() === ''
      if (isEnd) last.fence.isOpen = false
      else last.lines.push(line)
    } else if (mark !== '') {
      const fence = { indent, mark, info: info.trim(), isOpen: true }
      blocks.push({ fence, lines: [], raw: [line] })
    } else if (last && last.fence === null) {
      last.lines.push(line)
      last.raw.push(line)
    } else blocks.push({ fence: null, lines: [line], raw: [line] })
  }
  return blocks
}

/** A fence that nothing in a text can end. */
export function fenceFor(text: string): string {
  const longest = (text.match(/`+/g) ?? []).reduce((most, run) => Math.max(most, run.length), 2)
  return '`'.repeat(longest + 1)
}
