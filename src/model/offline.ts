import { extractNames, extractSummary } from './extract.ts'
import type { Ending, Model, ModelMessage, Piece } from './model.ts'
import { phrasesIn } from './phrases.ts'

const textOf = ({ content }: ModelMessage): string =>
  typeof content === 'string'
    ? content
    : content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n')

const EXCERPT_WORDS = 12
/** Short enough that ranking has something to choose. */
const SUMMARY_CHARS = 600
/** ms between two words: as fast as a fast model, and slow enough to be seen to stream. */
const PACE_MS = 15

/** Embedded, without key or network: a plainly labelled answer, so that the whole of Hilo can be tried as it is. */
export const offlineModel: Model = {
  name: 'offline',
  async *reply({ messages, language, tools }, signal): AsyncGenerator<Piece, Ending> {
    const { label, heard, tools: seen, note } = phrasesIn(language).offline
    const asked = messages.findLast(({ role }) => role === 'user')
    const words = (asked ? textOf(asked) : '').split(/\s+/).filter(Boolean)
    const excerpt =
      words.slice(0, EXCERPT_WORDS).join(' ') + (words.length > EXCERPT_WORDS ? '…' : '')
    const names = tools?.map((tool) => tool.function.name).join(', ')
    const answer = [label, heard(excerpt, words.length), names && seen(names), note]
    for (const piece of answer
      .filter(Boolean)
      .join(' ')
      .match(/\S+\s*/g) ?? []) {
      await scheduler.wait(PACE_MS, { signal })
      yield { text: piece, reasoning: '' }
    }
    return { finishReason: 'stop', toolCalls: null, model: 'offline', tokensUsed: null }
  },
  summarise: async (job) =>
    extractSummary({ ...job, maxLength: Math.min(job.maxLength, SUMMARY_CHARS) }),
  entitle: async (job) => extractNames(job),
}
