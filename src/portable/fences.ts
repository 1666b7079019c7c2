/** A block of Markdown: fenced code, or anything else. */
export interface Block {
  /** Null if it is no code. */
  fence: { indent: string; mark: string; info: string; isOpen: boolean } | null
  /** Without those of the fence. */
  lines: string[]
  /** As they came, with those of the fence. */
  raw: string[]
}

/** Spaces and marks of lists, a fence, and what follows it. Some lines end with `\r`. */
const FENCE = /^((?:\s|(?:[-*+]|\d{1,9}[.)])\s)*)(`{3,}(?=[^`]*$)|~{3,})([^]*)$/

/** Finds fenced code (spec.commonmark.org/0.31.2/#fenced-code-blocks), however far indented: it may be in a list. */
export function blocksOf(text: string): Block[] {
  const blocks: Block[] = []
  for (const line of text.split('\n')) {
    const last = blocks.at(-1)
    const [, indent = '', mark = '', info = ''] = FENCE.exec(line) ?? []
    if (last?.fence?.isOpen && isWithin(last.fence.indent, line)) {
      last.raw.push(line)
      const isAlone = indent.trim() === '' && info.trim() === ''
      if (isAlone && mark.startsWith(last.fence.mark)) last.fence.isOpen = false
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

/** A fence beside the mark of a list ends with its item, where a line begins further out. */
const isWithin = (indent: string, line: string): boolean =>
  indent.trim() === '' || line.trim() === '' || /^\s*/.exec(line)![0].length >= indent.length

/** The spaces that stand for what is before a fence, in the lines below it. */
export const spacesFor = (indent: string): string => indent.replaceAll(/\S/g, ' ')

/** A fence that nothing in a text can end. */
export function fenceFor(text: string): string {
  const longest = (text.match(/`+/g) ?? []).reduce((most, run) => Math.max(most, run.length), 2)
  return '`'.repeat(longest + 1)
}
