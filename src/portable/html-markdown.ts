import { Marked, type RendererObject, type TokenizerAndRendererExtension } from 'marked'

import { blocksOf } from './fences.ts'
import { anchor, codeBlock, escaped } from './html-text.ts'
import { followable, isInlineImage } from './links.ts'
import { BoundedLexer } from './markdown-bounds.ts'

/**
 * What each piece of Markdown becomes. Every tag that a message can bring about is written here, and every text goes
 * through an escape. Nothing is put between tags: white space of paragraphs is shown as it is.
 */
const renderer: RendererObject = {
  // HTML of a message is text.
  html: ({ text, block }) => (block === true ? paragraph(escaped(text.trim())) : escaped(text)),
  // What a link is defined as is something that was said.
  def: ({ raw }) => paragraph(escaped(raw.trim())),
  space: () => '',
  code: ({ text }) => codeBlock(text.replace(/\n$/, '')),
  codespan: ({ text }) => `<code dir="ltr">${escaped(text)}</code>`,
  hr: () => '<hr>',
  // With the spaces that the next line begins with.
  br: ({ raw }) => `<br>${raw.replace(/^.*\n/, '')}`,
  text(token) {
    const tokens = 'tokens' in token ? token.tokens : undefined
    return tokens ? this.parser.parseInline(tokens) : literal(token.text)
  },
  paragraph({ tokens }) {
    return paragraph(this.parser.parseInline(tokens))
  },
  heading({ tokens, depth }) {
    // The page has two levels of its own.
    const level = Math.min(depth + 2, 6)
    return `<h${level} dir="auto">${this.parser.parseInline(tokens)}</h${level}>`
  },
  blockquote({ tokens }) {
    return `<blockquote dir="auto">${oneWay(this.parser.parse(tokens))}</blockquote>`
  },
  list({ ordered, start, items }) {
    const inner = oneWay(items.map((item) => this.listitem(item)).join(''))
    if (!ordered) return `<ul dir="auto">${inner}</ul>`
    return `<ol dir="auto" start="${start}">${inner}</ol>`
  },
  listitem({ tokens }) {
    return `<li>${this.parser.parse(tokens)}</li>`
  },
  checkbox: ({ checked }) => `<input type="checkbox" disabled${checked ? ' checked' : ''}> `,
  table({ header, rows }) {
    const rowOf = (cells: typeof header) =>
      `<tr>${cells.map((cell) => this.tablecell(cell)).join('')}</tr>`
    const body = rows.map(rowOf).join('')
    return `<div class="table"><table><thead>${rowOf(header)}</thead><tbody>${body}</tbody></table></div>`
  },
  tablecell({ tokens, header, align }) {
    const tag = header ? 'th' : 'td'
    const aligned = align === null ? '' : ` align="${align}"`
    return `<${tag} dir="auto"${aligned}>${this.parser.parseInline(tokens)}</${tag}>`
  },
  strong({ tokens }) {
    return `<strong>${this.parser.parseInline(tokens)}</strong>`
  },
  em({ tokens }) {
    return `<em>${this.parser.parseInline(tokens)}</em>`
  },
  del({ tokens }) {
    return `<del>${this.parser.parseInline(tokens)}</del>`
  },
  link({ raw, href, text, tokens, autolink }) {
    const address = followable(autolink === true ? href : decoded(href))
    if (address === null) return escaped(raw)
    const inner = autolink === true ? escaped(text) : this.parser.parseInline(tokens)
    // A picture in it is a link already, and none is in another.
    if (inner.includes('<a ')) return `${inner} (${anchor(address, escaped(address))})`
    return anchor(address, inner === '' ? escaped(address) : inner)
  },
  image({ raw, href, text }) {
    const url = decoded(href)
    if (isInlineImage(url)) return `<img alt="${literal(text)}" src="${escaped(url)}">`
    const address = followable(url)
    if (address === null) return escaped(raw)
    return anchor(address, text === '' ? escaped(address) : literal(text))
  },
}

/** Between dollars something is mathematics if it holds signs of LaTeX's: prices have dollars, too. */
const MATH =
  /^(?:\\\([^]{1,2000}?\\\)|\\\[[^]{1,2000}?\\\]|\$\$[^$]{1,2000}\$\$|\$(?=[^$\n]{0,500}[\\^_])(?!\s)[^$\n]{1,500}(?<!\s)\$(?!\d))/

/** Mathematics between the marks of LaTeX is shown as it stands. */
const math: TokenizerAndRendererExtension = {
  name: 'math',
  level: 'inline',
  start: (text) => /\\[([]|\$/.exec(text)?.index,
  tokenizer: (text) => {
    const [raw] = MATH.exec(text) ?? []
    return raw === undefined ? undefined : { type: 'math', raw }
  },
  renderer: ({ raw }) => escaped(raw),
}

const marked = new Marked({ renderer, breaks: true, extensions: [math] })

/** Markdown of a message as HTML that loads, runs and hides nothing. What is too much to render is shown as it was said. */
export function rendered(markdown: string): string {
  try {
    return marked.parser(new BoundedLexer({ ...marked.defaults }).lex(markdown))
  } catch {
    return plain(markdown)
  }
}

/** Text as it is, with its code as code. */
export const plain = (text: string): string =>
  blocksOf(text)
    .map(({ fence, lines }) => {
      const inner = lines.join('\n')
      if (fence) {
        const before = fence.indent.trim()
        return (before === '' ? '' : paragraph(escaped(before))) + codeBlock(inner)
      }
      // The white space that its first line begins with is of the text.
      return inner.trim() === '' ? '' : paragraph(escaped(inner.replace(/^\s*\n/, '').trimEnd()))
    })
    .join('')

const paragraph = (inner: string): string => `<p class="text" dir="auto">${inner}</p>`

/** A list or a quote runs one way, with its marks on one side: a browser asks for text that says no way of its own. */
const oneWay = (inner: string): string => inner.replaceAll(' dir="auto"', '')

/** Text that keeps its references to characters, such as `&copy;`: they can be no markup. */
const literal = (text: string): string =>
  text
    .split(/(&(?:#\d{1,7}|#[Xx][\da-fA-F]{1,6}|[A-Za-z][\dA-Za-z]*);)/)
    .map((piece, index) => (index % 2 === 1 ? piece : escaped(piece)))
    .join('')

/** An address as Markdown means it, so that what is checked is what is followed. */
const decoded = (href: string): string => href.replaceAll('&amp;', '&')
