import type { Ending, Model, ModelMessage } from './model.ts'

interface Phrases {
  label: string
  heard: (words: string, count: number) => string
  tools: (names: string) => string
  note: string
}

const phrases: Record<string, Phrases> = {
  es: {
    label: '[Modelo sin conexión]',
    heard: (words, count) =>
      count === 0 ? 'No he recibido texto.' : `He recibido ${count} palabras: «${words}».`,
    tools: (names) => `Veo las herramientas ${names}, pero no llamo a ninguna.`,
    note: 'Esta respuesta se ha escrito sin ningún modelo de lenguaje, para probar Hilo.',
  },
  en: {
    label: '[Offline model]',
    heard: (words, count) =>
      count === 0 ? 'I received no text.' : `I received ${count} words: “${words}”.`,
    tools: (names) => `I see the tools ${names}, but call none.`,
    note: 'This answer was written without any language model, for trying Hilo out.',
  },
}

const phrasesIn = (language: string): Phrases => {
  const spoken = phrases[language.split('-')[0] ?? ''] ?? phrases['en']
  if (spoken === undefined) throw new Error('unreachable: en is always there')
  return spoken
}

const textOf = ({ content }: ModelMessage): string =>
  typeof content === 'string'
    ? content
    : content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n')

const EXCERPT_WORDS = 12
/** ms between two words: as fast as a fast model, and slow enough to be seen to stream. */
const PACE_MS = 15

/** Embedded, without key or network: a plainly labelled answer, so that the whole of Hilo can be tried as it is. */
export const offlineModel: Model = {
  name: 'offline',
  async *reply({ messages, language, tools }, signal): AsyncGenerator<string, Ending> {
    const { label, heard, tools: seen, note } = phrasesIn(language)
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
      yield piece
    }
    return { finishReason: 'stop', toolCalls: null, model: 'offline', tokensUsed: null }
  },
}
