import { Lexer, type Token, type TokensList } from 'marked'

/** How deep quotes and lists, and within a paragraph links and emphasis, are nested in one another. */
const MOST_LEVELS = 32
/** Signs that are read for one message, counted as often as they are read anew: about half a second. */
const MOST_WORK = 16_000_000

/** Signs at which the reader of Markdown may look through the rest of a paragraph. */
const marks = /[*_~[\]!<`\\&:@.]/g

/** What may be the line below a table's head: for each, the lines up to the next one that is empty are read as its rows. */
const belowHead = /^[ |:-]+$/gm
const blankLine = /\n *\n/

const times = (text: string, sign: RegExp): number => text.length * (text.match(sign) ?? []).length

/**
 * The reader of Markdown with bounds. It calls itself for each level of nesting, and reads the rest of a paragraph
 * again at each of its marks, so a message could exhaust the stack, or time. It throws before that.
 */
export class BoundedLexer extends Lexer {
  #levels = 0
  #work = 0
  #length = 0

  override lex(text: string): TokensList {
    this.#length = text.length
    return super.lex(text)
  }

  /** @param isQuote given for each piece of a quote, for which the rest of the text is gone through */
  override blockTokens(text: string, tokens?: Token[], isQuote?: boolean): Token[]
  override blockTokens(text: string, tokens?: TokensList, isQuote?: boolean): TokensList
  override blockTokens(text: string, tokens?: Token[], isQuote = false): Token[] {
    this.#charge(text.length + (isQuote ? 2 * this.#length : 0))
    for (const run of text.split(blankLine)) this.#charge(times(run, belowHead))
    return this.#within(() => super.blockTokens(text, tokens, isQuote))
  }

  override inlineTokens(text: string, tokens?: Token[]): Token[] {
    this.#charge(times(text, marks))
    return this.#within(() => super.inlineTokens(text, tokens))
  }

  #charge(work: number): void {
    this.#work += work
    if (this.#work > MOST_WORK) throw new Error('Too long to render')
  }

  #within<T>(read: () => T): T {
    if (this.#levels === MOST_LEVELS) throw new Error('Nested too deep to render')
    this.#levels += 1
    const value = read()
    this.#levels -= 1
    return value
  }
}
