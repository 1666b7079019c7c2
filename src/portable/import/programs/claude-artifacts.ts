import { documentOf } from '../documents.ts'

/** What Claude wrote into its text before it had blocks for that: documents, and what it thought about them. */
const TAGS =
  /<antThinking>([^]*?)(?:<\/antThinking>|$)|<antArtifact\b([^>]*)>([^]*?)(?:<\/antArtifact>|$)/gi

/** A text in which documents are what people read, a title and code; and the thoughts that stood in it. */
export function withArtifacts(text: string): { text: string; thoughts: string[] } {
  const thoughts: string[] = []
  const read = text.replaceAll(TAGS, (tag, thought?: string, written = '', body = '', at = 0) => {
    if (thought === undefined) {
      // What stands on the line of a fence does not end it.
      const before = /(?:^|\n)[ \t]*$/.test(text.slice(0, at)) ? '' : '\n\n'
      const after = /^[ \t]*(?:\n|$)/.test(text.slice(at + tag.length)) ? '' : '\n\n'
      return before + shownOf(String(written), String(body).trim()) + after
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
