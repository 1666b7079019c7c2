import type { Excerpt } from '../../model/model.ts'
import { phrasesIn } from '../../model/phrases.ts'
import { saidIn } from '../../model/thoughts.ts'
import type { MessageRow } from '../../storage/tables.ts'
import { withoutFiltered } from '../context/filtered.ts'
import { cutText, textTokens } from '../context/tokens.ts'

/** Tokens of messages that one summary takes in; more is worked off in turns. */
const CHUNK_TOKENS = 6_000
/** Tokens of one message in it: a longer one is cut with a mark. */
const EXCERPT_TOKENS = 1_500

/** What a message says, as plain text. */
function excerptOf(row: MessageRow, language: string): Excerpt {
  const phrases = phrasesIn(language)
  const calls = row.toolCalls?.map(({ function: { name, arguments: args } }) => `${name}(${args})`)
  const attached = row.parts?.flatMap(({ type }) =>
    type === 'file' ? [phrases.file] : type === 'image_url' ? [phrases.image] : [],
  )
  // A back end may leave a model's thoughts in its text.
  const said = row.role === 'assistant' ? saidIn(row.content) : row.content
  const text = [said, ...(attached ?? []), ...(calls ?? [])].filter(Boolean).join('\n')
  return { role: row.role, text: cutText(text, EXCERPT_TOKENS, phrases.cut) }
}

/** The first of some messages, as many as one call takes; at least one, unless none is for a model. */
export function chunkOf(
  rows: MessageRow[],
  language: string,
): { excerpts: Excerpt[]; lastSeq: number } {
  const excerpts: Excerpt[] = []
  let lastSeq = 0
  let left = CHUNK_TOKENS
  const sendable = new Set(withoutFiltered(rows))
  for (const row of rows) {
    const isShownOnly = row.role === 'system' && row.origin === 'import'
    if (isShownOnly || row.status === 'deleted' || !sendable.has(row)) {
      lastSeq = row.seq
      continue
    }
    const excerpt = excerptOf(row, language)
    left -= textTokens(excerpt.text) + 4
    if (left < 0 && excerpts.length > 0) break
    excerpts.push(excerpt)
    lastSeq = row.seq
  }
  return { excerpts, lastSeq }
}
