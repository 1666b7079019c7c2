import { withMarks } from './code.ts'

/** What programs open beside a chat: a document between two lines of colons, in a text of the model's. A cut one has no end. */
const OPENING = /^:::(?:artifact|writing)\{[^}\n]*\}[ \t]*\n/gm
const DOCUMENT = /^:::(?:artifact|writing)\{([^}\n]*)\}[ \t]*\n([^]*?)(?:\n:::[ \t]*$|$(?![^]))/my

/** A text in which documents are what people read: a title, and what follows it. */
export const withDocuments = (text: string): string =>
  text.includes(':::')
    ? withMarks(text, OPENING, DOCUMENT, ([, written = '', body = '']) => {
        const [, title] = /\b(?:title|subject)="([^"]*)"/.exec(written) ?? []
        return title ? `**${title}**\n\n${body}` : body
      })
    : text

/** How code of a type is named; Markdown and plain text stay text. */
const languages = new Map([
  ['text/html', 'html'],
  ['image/svg+xml', 'svg'],
  ['application/vnd.ant.react', 'jsx'],
  ['application/vnd.ant.mermaid', 'mermaid'],
])

/** A document as people read it: its title, and its words or its code. */
export function documentOf(title: string, body: string, type: string, language = ''): string {
  const head = title === '' ? '' : `**${title}**\n\n`
  if (/markdown$|plain$|^$/.test(type)) return `${head}${body}`
  const runs = (body.match(/`{3,}/g) ?? []).map((run) => run.length)
  const fence = '`'.repeat(runs.reduce((a, b) => Math.max(a, b), 2) + 1)
  return `${head}${fence}${language || (languages.get(type) ?? '')}\n${body}\n${fence}`
}
