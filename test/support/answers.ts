import type { Ending, Piece } from '../../src/model/model.ts'
import { read } from '../../src/model/openai-answer.ts'

/** What is read of an answer that comes in these pieces. */
export async function readOf(...deltas: unknown[]): Promise<{ pieces: Piece[]; ending: Ending }> {
  async function* chunks() {
    for (const delta of deltas) yield { choices: [{ delta, finish_reason: null }] } as never
    yield { choices: [] } as never
    yield { choices: [{ finish_reason: 'stop' }] } as never
  }
  const pieces: Piece[] = []
  const reading = read(chunks(), 'sender')
  for (;;) {
    const step = await reading.next()
    if (step.done) return { pieces, ending: step.value }
    pieces.push(step.value)
  }
}

export const said = (pieces: Piece[]) => pieces.map(({ text }) => text).join('')
export const thought = (pieces: Piece[]) => pieces.map(({ reasoning }) => reasoning).join('')
export const call = (more: object = {}, index = 0) => ({
  tool_calls: [{ index, id: `c${index}`, function: { name: 'look', arguments: '{}' }, ...more }],
})

/** What is read of whole chunks. */
export async function readChunks(...chunks: unknown[]): Promise<{ text: string; ending: Ending }> {
  const reading = read(given(chunks), 'sender')
  const text: string[] = []
  for (;;) {
    const step = await reading.next()
    if (step.done) return { text: text.join(''), ending: step.value }
    text.push(step.value.text)
  }
}

/** The same, one by one. */
export async function* given(chunks: unknown[]) {
  yield* chunks
}

export const chunk = (delta: object, reason: unknown = null, more: object = {}) => ({
  choices: [{ delta, finish_reason: reason }],
  ...more,
})
