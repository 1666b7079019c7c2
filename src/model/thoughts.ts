import type { Piece } from './model.ts'

/** How models mark what they think if their endpoint leaves it in the text: what Open WebUI, vLLM and Ollama know. */
const marks: readonly (readonly [open: string, close: string])[] = [
  ['<think>', '</think>'],
  ['<thinking>', '</thinking>'],
  ['<thought>', '</thought>'],
  ['<reason>', '</reason>'],
  ['<reasoning>', '</reasoning>'],
  ['<seed:think>', '</seed:think>'],
  ['<mm:think>', '</mm:think>'],
  ['<longcat_think>', '</longcat_think>'],
  ['[THINK]', '[/THINK]'],
  ['<|begin_of_thought|>', '<|end_of_thought|>'],
  ['◁think▷', '◁/think▷'],
  ['<|START_THINKING|>', '<|END_THINKING|>'],
  // Gemma 4, and gpt-oss, if the server does not read their channels.
  ['<|channel>thought', '<channel|>'],
  ['<|channel|>analysis<|message|>', '<|start|>assistant<|channel|>final<|message|>'],
  [
    '<|start|>assistant<|channel|>analysis<|message|>',
    '<|start|>assistant<|channel|>final<|message|>',
  ],
]
/** What gpt-oss ends its thoughts with, before the mark of what it says. */
const END = '<|end|>'
/** What begins a text if its thoughts came in a field, and their end did not, or if there were none. */
const leftovers: readonly string[] = [
  ...marks.map(([, close]) => close),
  '<|channel|>final<|message|>',
]

const sameText = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase()
const beginsWith = (text: string, beginning: string): boolean =>
  sameText(text.slice(0, beginning.length), beginning)

/**
 * Tells what a model thinks from what it says, as its text comes: thoughts stand in front, in marks. Marks that come
 * later are part of an answer that speaks of them.
 */
export class ThoughtSplitter {
  #state: 'before' | 'thinking' | 'saying' = 'before'
  /** Text that may be the beginning of a mark, or space around one. */
  #held = ''
  #close = ''
  /** The space that a thought begins with, until it is one: models that are not to think leave the marks around nothing. */
  #blank: string | null = ''
  /** Whether thoughts came in marks. */
  hasThought = false

  /** @param text the next piece of it */
  push(text: string): Piece {
    const piece = { text: '', reasoning: '' }
    this.#held += text
    while (this.#held !== '' && this.#step(piece));
    return piece
  }

  /** What was held back when the text ended. */
  end(): Piece {
    const held = this.#held
    this.#held = ''
    if (this.#state === 'thinking') return { text: '', reasoning: this.#thought(held) }
    return { text: this.hasThought ? held.trimStart() : held, reasoning: '' }
  }

  /** Takes some of what is held into the piece. False if more text is needed to go on. */
  #step(piece: Piece): boolean {
    if (this.#state === 'before') return this.#begin()
    if (this.#state === 'thinking') return this.#think(piece)
    piece.text += this.#held
    this.#held = ''
    return false
  }

  #begin(): boolean {
    const start = this.#held.trimStart()
    const mark = marks.find(([open]) => beginsWith(start, open))
    if (mark) {
      this.#close = mark[1]
      this.#state = 'thinking'
      this.hasThought = true
      this.#held = start.slice(mark[0].length)
      return true
    }
    const leftover = leftovers.find((one) => beginsWith(start, one))
    if (leftover !== undefined) {
      this.hasThought = true
      this.#held = start.slice(leftover.length)
      return true
    }
    const beginnings = [...marks.map(([open]) => open), ...leftovers]
    if (beginnings.some((one) => beginsWith(one, start))) return false
    this.#state = 'saying'
    if (this.hasThought) this.#held = start
    return true
  }

  /** What there is of a thought with this. */
  #thought(text: string): string {
    if (this.#blank === null) return text
    const all = this.#blank + text
    const isBlank = all.trim() === ''
    this.#blank = isBlank ? all : null
    return isBlank ? '' : all
  }

  #think(piece: Piece): boolean {
    const end = this.#held.toLowerCase().indexOf(this.#close.toLowerCase())
    if (end === -1) {
      const parts = [this.#close, END + this.#close].map((mark) => partOf(mark, this.#held))
      const kept = this.#held.length - Math.max(...parts)
      piece.reasoning += this.#thought(this.#held.slice(0, kept))
      this.#held = this.#held.slice(kept)
      return false
    }
    const thought = this.#held.slice(0, end)
    piece.reasoning += this.#thought(
      thought.endsWith(END) ? thought.slice(0, -END.length) : thought,
    )
    this.#held = this.#held.slice(end + this.#close.length)
    this.#state = 'before'
    return true
  }
}

/** How much of a mark a text ends with, in UTF-16 units. */
function partOf(mark: string, text: string): number {
  const most = Math.min(mark.length - 1, text.length)
  for (let length = most; length > 0; length -= 1) {
    if (sameText(text.slice(-length), mark.slice(0, length))) return length
  }
  return 0
}

/**
 * What a text says without what was thought before it. Templates of some models leave the first mark out: then only the
 * last tells where the thoughts end.
 */
export function saidIn(text: string): string {
  const splitter = new ThoughtSplitter()
  const said = splitter.push(text).text + splitter.end().text
  if (splitter.hasThought) return said
  const close = unopened(text)
  return close ? text.slice(close.at + close.mark.length).trimStart() : text
}

/** The same, and without thoughts that begin a line further down: what is asked in the background has no reason to show marks. */
export function withoutThoughts(text: string): string {
  let said = saidIn(text)
  for (const [open, close] of marks) {
    const pieces: string[] = []
    let from = 0
    for (;;) {
      const begin = said.indexOf(`\n${open}`, from)
      const end = begin === -1 ? -1 : said.indexOf(close, begin)
      if (end === -1) break
      pieces.push(said.slice(from, begin + 1))
      from = end + close.length
    }
    said = pieces.join('') + said.slice(from)
  }
  return said
}

/** How gpt-oss begins and ends its thoughts if its server leaves out the marks, and only them. */
const ANALYSIS = 'analysis'
const FINAL = 'assistantfinal'

/** The mark that ends thoughts which no mark begins. */
function unopened(text: string): { mark: string; at: number } | undefined {
  if (text.startsWith(ANALYSIS) && text.includes(FINAL)) {
    return { mark: FINAL, at: text.indexOf(FINAL) }
  }
  const [first] = marks
    .map(([, mark]) => ({ mark, at: text.indexOf(mark) }))
    .filter(({ mark, at }) => at !== -1 && !text.slice(0, at).includes(mark.replace('/', '')))
    .toSorted((a, b) => a.at - b.at)
  return first
}

/**
 * The same of a reply, once it is whole: nobody could tell before its mark came. Only a mark at the end of a line counts
 * that nothing quotes, since an answer may speak of marks.
 */
export function thoughtApart(text: string): Pick<Piece, 'text' | 'reasoning'> {
  const close = unopened(text)
  const none = { text, reasoning: '' }
  if (close === undefined) return none
  const [before, behind] = [text.slice(0, close.at), text.slice(close.at + close.mark.length)]
  const said = behind.trimStart()
  if (close.mark === FINAL && said !== '') {
    return { text: said, reasoning: before.slice(ANALYSIS.length).trim() }
  }
  if (said === '' || /[`"'“(]$/.test(before) || !/^[ \t]*\r?\n/.test(behind)) return none
  return { text: said, reasoning: before.trim() }
}
