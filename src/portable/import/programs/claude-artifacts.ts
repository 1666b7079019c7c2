import { withMarks } from '../code.ts'
import { documentOf } from '../documents.ts'

/** What Claude wrote into its text before it had blocks for that: documents, and what it thought about them. */
const OPENING = /<antThinking>|<antArtifact\b[^>]*>/gi
/** One that has no end was cut, if it begins as one does: the name of a tag alone is a word. */
const TAG =
  /<antThinking>([^]*?)<\/antThinking>|(?<=^|\n)<antThinking>([^]*)$|<antArtifact\b([^>]*)>([^]*?)<\/antArtifact>|(?<=^|\n)<antArtifact\b([^>]*)>([^]*)$|<antArtifact\s([^>]*=[^>]*)>([^]*)$/iy

/** A text in which documents are what people read, a title and code; and the thoughts that stood in it. */
export function withArtifacts(text: string): { text: string; thoughts: string[] } {
  const thoughts: string[] = []
  const read = withMarks(text, OPENING, TAG, ({ 0: tag, index: at, ...found }) => {
    const thought = found[1] ?? found[2]
    if (thought === undefined) {
      const [written = '', body = ''] = [
        found[3] ?? found[5] ?? found[7],
        found[4] ?? found[6] ?? found[8],
      ]
      // What stands on the line of a fence does not end it.
      const before = /(?:^|\n)[ \t]*$/.test(text.slice(0, at)) ? '' : '\n\n'
      const after = /^[ \t]*(?:\n|$)/.test(text.slice(at + tag.length)) ? '' : '\n\n'
      return before + shownOf(written, body.trim()) + after
    }
    thoughts.push(thought.trim())
    return ''
  })
  return { text: read === text ? text : read.trim(), thoughts }
}

function shownOf(written: string, body: string): string {
  const said = new Map(
    [...written.matchAll(/(\w+)="([^"]*)"/g)].map((match) => [match[1]!, match[2]!]),
  )
  // What says no type is code.
  const type = said.get('type') || 'code'
  return documentOf(said.get('title') ?? '', body, type, said.get('language'))
}
