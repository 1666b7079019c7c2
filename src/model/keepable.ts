import { madeKeepable } from '../contract/text.ts'
import type { Piece } from './model.ts'

/** The first half of a character that takes two UTF-16 units, at the end of a text. */
const HALF = /[\uD800-\uDBFF]$/

/**
 * Pieces of an answer made keepable before anybody is told of them, so that what is read while it comes is what is kept.
 * A character that is cut between two pieces is whole in the second.
 */
export class KeepablePieces {
  readonly #held = { text: '', reasoning: '' }

  push({ text, reasoning, ...more }: Piece): Piece {
    return {
      ...more,
      text: this.#whole('text', text),
      reasoning: this.#whole('reasoning', reasoning),
    }
  }

  /** @param last what the answer ends with */
  end(last: Piece): Piece {
    const { text, reasoning } = this.#held
    return {
      text: madeKeepable(text + last.text),
      reasoning: madeKeepable(reasoning + last.reasoning),
    }
  }

  #whole(of: 'text' | 'reasoning', piece: string): string {
    const text = this.#held[of] + piece
    this.#held[of] = HALF.exec(text)?.[0] ?? ''
    return madeKeepable(text.slice(0, text.length - this.#held[of].length))
  }
}
