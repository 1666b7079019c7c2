/** Makes Markdown again of HTML that a program made of Markdown. */
export function textOfHtml(html: string): string {
  const text = new Text()
  for (const [index, token] of html.split(/(<[^>]*>)/).entries()) {
    const isText = index % 2 === 0
    const [, slash, name] = /^<(\/?)([a-z][a-z0-9]*)/i.exec(token) ?? []
    if (isText) text.say(unescaped(token))
    else if (name !== undefined) text.tag(name.toLowerCase(), slash === '/', token)
  }
  return text.whole()
}

/** What stands in the place of a tag. */
const starts = new Map([
  ['strong', '**'],
  ['b', '**'],
  ['em', '*'],
  ['i', '*'],
  ['del', '~~'],
  ['code', '`'],
  ['br', '\n'],
  ['hr', '\n\n---\n\n'],
  ['blockquote', '\n\n> '],
  ['td', '| '],
  ['th', '| '],
])
const ends = new Map([...starts, ['blockquote', '\n\n'], ['td', ' '], ['th', ' '], ['tr', '|\n']])
const isBlock = (name: string): boolean => /^(p|div|section|table|h[1-6])$/.test(name)

class Text {
  readonly #pieces: string[] = []
  #isLineStart = true
  /** The lists that are open: how many items each has had; null if it is not numbered. */
  readonly #lists: (number | null)[] = []
  /** Where the links that are open lead. */
  readonly #links: string[] = []
  #cells = 0
  #isCode = false
  #isHidden = false

  say(text: string): void {
    const said = this.#isCode ? text : text.replaceAll(/\s+/g, ' ')
    this.#put(this.#isLineStart && !this.#isCode ? said.trimStart() : said)
  }

  tag(name: string, isEnd: boolean, token: string): void {
    if (name === 'script' || name === 'style') this.#isHidden = !isEnd
    else if (name === 'pre') this.#fence(isEnd)
    else if (this.#isCode) this.#language(token)
    else if (name === 'ul' || name === 'ol') this.#list(isEnd, name, token)
    else if (name === 'li' && !isEnd) this.#item()
    else if (name === 'a') this.#link(isEnd, token)
    else if (name === 'img') this.#put(`![${valueOf(token, 'alt')}](${valueOf(token, 'src')})`)
    else if (name === 'thead' && isEnd) this.#put(`|${'---|'.repeat(this.#cells)}\n`)
    else if (isBlock(name)) this.#put('\n\n')
    else this.#put((isEnd ? ends : starts).get(name) ?? '')
    if (!isEnd) this.#begun(name)
  }

  whole(): string {
    return this.#pieces
      .join('')
      .replaceAll(/ +\n/g, '\n')
      .replaceAll(/^( *(?:-|\d+\.|>))\n+/gm, '$1 ')
      .replaceAll(/\n{3,}/g, '\n\n')
      .trim()
  }

  #put(piece: string): void {
    if (piece === '' || this.#isHidden) return
    this.#pieces.push(piece)
    this.#isLineStart = piece.endsWith('\n')
  }

  #begun(name: string): void {
    if (/^h[1-6]$/.test(name)) this.#put(`${'#'.repeat(Number(name[1]))} `)
    if (name === 'tr') this.#cells = 0
    if (name === 'td' || name === 'th') this.#cells += 1
  }

  #fence(isEnd: boolean): void {
    this.#isCode = !isEnd
    this.#put(isEnd ? `${this.#isLineStart ? '' : '\n'}\`\`\`\n\n` : '\n\n```\n')
  }

  /** The language of code stands behind its fence. */
  #language(token: string): void {
    const [, language] = /language-([\w+#-]+)/.exec(token) ?? []
    if (language && this.#pieces.at(-1) === '\n\n```\n') {
      this.#pieces.splice(-1, 1, `\n\n\`\`\`${language}\n`)
    }
  }

  #list(isEnd: boolean, name: string, token: string): void {
    if (isEnd) this.#lists.pop()
    this.#put(this.#lists.length > 0 ? '\n' : '\n\n')
    const before = (Number(valueOf(token, 'start')) || 1) - 1
    if (!isEnd) this.#lists.push(name === 'ol' ? before : null)
  }

  #item(): void {
    const count = this.#lists.pop() ?? null
    const indent = '   '.repeat(this.#lists.length)
    this.#put(`${this.#isLineStart ? '' : '\n'}${indent}${count === null ? '-' : `${count + 1}.`} `)
    this.#lists.push(count === null ? null : count + 1)
  }

  #link(isEnd: boolean, token: string): void {
    if (!isEnd) this.#links.push(valueOf(token, 'href'))
    const href = isEnd ? this.#links.pop() : this.#links.at(-1)
    if (href) this.#put(isEnd ? `](${href})` : '[')
  }
}

function valueOf(tag: string, name: string): string {
  const [, quoted = ''] = new RegExp(`\\s${name}="([^"]*)"`, 'i').exec(tag) ?? []
  return unescaped(quoted)
}

const entities = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
  ['nbsp', ' '],
  ['hellip', '…'],
  ['mdash', '—'],
  ['ndash', '–'],
  ['lsquo', '‘'],
  ['rsquo', '’'],
  ['ldquo', '“'],
  ['rdquo', '”'],
  ['laquo', '«'],
  ['raquo', '»'],
  ['bull', '•'],
  ['middot', '·'],
  ['deg', '°'],
  ['times', '×'],
  ['rarr', '→'],
  ['euro', '€'],
  ['pound', '£'],
  ['copy', '©'],
  ['reg', '®'],
  ['trade', '™'],
])

const unescaped = (text: string): string =>
  text.replaceAll(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|(\w{2,6}));/gi, (whole, decimal, hex, name) => {
    if (name) return entities.get(String(name).toLowerCase()) ?? whole
    const code = decimal ? Number(decimal) : Number.parseInt(String(hex), 16)
    return code > 0x10ffff ? whole : String.fromCodePoint(code)
  })
