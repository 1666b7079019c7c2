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
  #isCell = false
  #isCode = false
  #isHidden = false

  say(text: string): void {
    const spaced = this.#isCode ? text : text.replaceAll(/\s+/g, ' ')
    // A stroke would end the cell.
    const said = this.#isCell ? spaced.replaceAll('|', String.raw`\|`) : spaced
    this.#put(this.#isLineStart && !this.#isCode ? said.trimStart() : said)
  }

  tag(name: string, isEnd: boolean, token: string): void {
    if (name === 'script' || name === 'style') this.#isHidden = !isEnd
    else if (this.#isCell && this.#within(name, isEnd)) return
    else if (name === 'pre') this.#fence(isEnd)
    else if (this.#isCode && name === 'br') this.#put('\n')
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

  /** A row of a table is one line. Returns whether that was all of a tag within a cell. */
  #within(name: string, isEnd: boolean): boolean {
    if (/^(t[dhr]|thead|tbody|table)$/.test(name)) {
      this.#isCell = false
      return false
    }
    if (name === 'br') this.#put('<br>')
    else if (name === 'li') this.#put(isEnd ? '' : '<br>• ')
    else if (isBlock(name) || /^(ul|ol|pre|blockquote|hr)$/.test(name)) this.#put(' ')
    else return false
    return true
  }

  #begun(name: string): void {
    if (/^h[1-6]$/.test(name)) this.#put(`${'#'.repeat(Number(name[1]))} `)
    if (name === 'tr') this.#cells = 0
    if (name !== 'td' && name !== 'th') return
    this.#cells += 1
    this.#isCell = true
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

/** Those of the signs from U+00A0 to U+00FF, in their order. */
const LATIN =
  'nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute micro para middot ' +
  'cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc ' +
  'Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN ' +
  'szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave iacute icirc iuml eth ntilde ograve ' +
  'oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml'

const entities = new Map([
  ...LATIN.split(' ').map((name, at) => [name, String.fromCodePoint(0xa0 + at)] as const),
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
  ['bull', '•'],
  ['rarr', '→'],
  ['euro', '€'],
  ['trade', '™'],
])

const unescaped = (text: string): string =>
  text.replaceAll(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|(\w{2,6}));/gi, (whole, decimal, hex, name) => {
    if (name) return entities.get(String(name)) ?? entities.get(String(name).toLowerCase()) ?? whole
    const code = decimal ? Number(decimal) : Number.parseInt(String(hex), 16)
    return code > 0x10ffff ? whole : String.fromCodePoint(code)
  })
