/** What Claude wrote into its text before it had blocks for that: documents, and what it thought about them. */
const TAGS =
  /<antThinking>([^]*?)(?:<\/antThinking>|$)|<antArtifact\b([^>]*)>([^]*?)(?:<\/antArtifact>|$)/gi

/** How code of a type is named. Markdown stays text. */
const languages = new Map([
  ['text/html', 'html'],
  ['image/svg+xml', 'svg'],
  ['application/vnd.ant.react', 'jsx'],
  ['application/vnd.ant.mermaid', 'mermaid'],
])

/** A text in which documents are what people read, a title and code; and the thoughts that stood in it. */
export function withArtifacts(text: string): { text: string; thoughts: string[] } {
  const thoughts: string[] = []
  const read = text.replaceAll(TAGS, (tag, thought?: string, written = '', body = '', at = 0) => {
    if (thought === undefined) {
      // What stands on the line of a fence does not end it.
      const before = /(?:^|\n)[ \t]*$/.test(text.slice(0, at)) ? '' : '\n\n'
      const after = /^[ \t]*(?:\n|$)/.test(text.slice(at + tag.length)) ? '' : '\n\n'
      return before + documentOf(String(written), String(body).trim()) + after
    }
    thoughts.push(thought.trim())
    return ''
  })
  return { text: read === text ? text : read.trim(), thoughts }
}

function documentOf(written: string, body: string): string {
  const said = new Map(
    [...written.matchAll(/(\w+)="([^"]*)"/g)].map((match) => [match[1]!, match[2]!]),
  )
  const type = said.get('type') ?? ''
  const title = said.get('title') ?? ''
  const head = title === '' ? '' : `**${title}**\n\n`
  if (type.endsWith('markdown')) return `${head}${body}`
  const runs = (body.match(/`{3,}/g) ?? []).map((run) => run.length)
  const fence = '`'.repeat(runs.reduce((a, b) => Math.max(a, b), 2) + 1)
  const language = said.get('language') ?? languages.get(type) ?? ''
  return `${head}${fence}${language}\n${body}\n${fence}`
}
