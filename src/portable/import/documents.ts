/** What programs open beside a chat: a document between two lines of colons, in a text of the model's. */
const DOCUMENT = /^:::(?:artifact|writing)\{([^}\n]*)\}[ \t]*\n([^]*?)\n:::[ \t]*$/gm

/** A text in which documents are what people read: a title, and what follows it. */
export const withDocuments = (text: string): string =>
  text.includes('\n:::')
    ? text.replaceAll(DOCUMENT, (_, written: string, body: string) => {
        const [, title] = /\b(?:title|subject)="([^"]*)"/.exec(written) ?? []
        return title ? `**${title}**\n\n${body}` : body
      })
    : text
