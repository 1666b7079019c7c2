import type { Names, NamingJob, SummaryJob } from './model.ts'

interface Sentence {
  text: string
  words: string[]
  place: number
}

const segmenters = new Map<string, Intl.Segmenter>()

function segments(text: string, language: string, granularity: 'sentence' | 'word') {
  const key = `${language} ${granularity}`
  const segmenter = segmenters.get(key) ?? new Intl.Segmenter(language, { granularity })
  segmenters.set(key, segmenter)
  return segmenter.segment(text)
}

/** Words that carry meaning: by their length, since there is no list of stop words for every language. */
function wordsOf(text: string, language: string): string[] {
  return [...segments(text, language, 'word')]
    .filter(
      ({ isWordLike, segment }) =>
        isWordLike && (segment.length > 3 || !/^\p{Script=Latin}/u.test(segment)),
    )
    .map(({ segment }) => segment.toLocaleLowerCase(language))
}

function sentencesOf(text: string, language: string, from: number): Sentence[] {
  return [...segments(text, language, 'sentence')]
    .map(({ segment }) => segment.replace(/\s+/g, ' ').trim())
    .filter((sentence) => sentence !== '')
    .map((sentence, index) => ({
      text: sentence,
      words: wordsOf(sentence, language),
      place: from + index,
    }))
}

/**
 * An extractive summary: the sentences whose words come up most, in the order in which they were said, as many as
 * fit. Of the summary before it the sentences compete with the new ones, so it keeps within its length for ever.
 */
export function extractSummary({ previous, excerpts, language, maxLength }: SummaryJob): string {
  const said = excerpts.filter(({ role }) => role === 'user' || role === 'assistant')
  const texts = [previous ?? '', ...said.map(({ text }) => text)]
  const sentences: Sentence[] = []
  for (const text of texts) sentences.push(...sentencesOf(text, language, sentences.length))
  const counts = new Map<string, number>()
  for (const word of sentences.flatMap(({ words }) => words)) {
    counts.set(word, (counts.get(word) ?? 0) + 1)
  }
  const score = ({ words }: Sentence): number =>
    [...new Set(words)].reduce((sum, word) => sum + (counts.get(word) ?? 0), 0) /
    Math.sqrt(words.length + 1)
  const ranked = [...new Map(sentences.map((sentence) => [sentence.text, sentence])).values()]
    .map((sentence) => ({ ...sentence, score: score(sentence) }))
    .toSorted((a, b) => b.score - a.score)
  const chosen: Sentence[] = []
  let left = maxLength
  for (const sentence of ranked) {
    if (sentence.text.length + 1 > left) continue
    chosen.push(sentence)
    left -= sentence.text.length + 1
  }
  // One sentence longer than the whole summary is better cut than nothing.
  if (chosen.length === 0) return (ranked[0]?.text ?? '').slice(0, maxLength).toWellFormed()
  return chosen
    .toSorted((a, b) => a.place - b.place)
    .map(({ text }) => text)
    .join(' ')
}

/** The first thing a person said that is more than a greeting, and the word that they used most. */
export function extractNames({ excerpts, language }: NamingJob): Names {
  const said = excerpts.filter(({ role }) => role === 'user').map(({ text }) => text)
  const sentences = said.flatMap((text) => sentencesOf(text, language, 0))
  const title = sentences.find(({ words }) => words.length > 1) ?? sentences[0]
  return { title: title?.text ?? '', topic: mostUsed(sentences) ?? '' }
}

/** Of words that were used as often, the longest: it says most. */
function mostUsed(sentences: Sentence[]): string | undefined {
  const counts = Map.groupBy(
    sentences.flatMap(({ words }) => words),
    (word) => word,
  )
  const ranked = [...counts].toSorted(
    ([a, times], [b, others]) => others.length - times.length || b.length - a.length,
  )
  return ranked[0]?.[0]
}
