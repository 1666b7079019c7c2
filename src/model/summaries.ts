import { ModelError } from './model.ts'
import { isNothing, isRefusal, objectIn, plain, withoutQuotes } from './plain.ts'
import { listOf, textOf } from './wanted-back.ts'

/** The summary in a model's answer. Throws `ModelError` if it says nothing, or is a refusal. */
export function summaryIn(answer: string): string {
  const text = withoutQuotes(ofJson(plain(withoutWords(plain(answer)))).replace(LABEL, ''))
  if (!isNothing(text) && !isRefusal(text)) return text
  throw new ModelError('failed', 'The model gave no summary.')
}

/** A first line that says what follows. */
const WORDS =
  /^(?:sure|certainly|of course|okay|ok|here|claro|por supuesto|aquí)\b(?=[^\n]{0,100}\b(?:summary|resumen|json)\b)[^\n]{0,100}[:：]\s*\n+(?=\S)/i
const withoutWords = (text: string): string => text.replace(WORDS, '')

/** The same as a heading, or in front of it. */
const LABEL =
  /^#{0,6} ?[*_]{0,2}(?:(?:the|new|updated|running|current|conversation|nuevo|el) ){0,2}(?:summary|resumen|résumé|zusammenfassung|resumo|riassunto|摘要|总结)(?: (?:of|de|du|der) [\p{L} ]{1,40})?[*_]{0,2}(?:[:：][*_]{0,2}\s*|\s*\n\s*)(?=\S)/iu

/** What a document says, if it is one: its only text, or what it calls a summary. */
function ofJson(text: string): string {
  if (text.startsWith('"')) return textOf(parsed(text)) || text
  const value = /^[[{][^]*[\]}]$/.test(text) ? objectIn(text) : null
  if (value === null) return text
  const texts = Object.entries(value).flatMap(([key, one]) => {
    const said = textOf(one) || listOf(one).map(textOf).filter(Boolean).join(' ')
    return said === '' ? [] : [{ key, said }]
  })
  const named = texts.find(({ key }) => /summary$/i.test(key))
  if (named) return named.said
  return texts.length < 2 ? (texts[0]?.said ?? '') : text
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
