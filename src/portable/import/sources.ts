import type { FoundMessage } from './found.ts'
import { sourcesIn, withText } from './parts.ts'
import { fieldsOf, isFields, listOf } from './values.ts'

/** Puts the pages that a model found on the web beside the last message that it wrote. */
export function withSources(messages: FoundMessage[], results: unknown): FoundMessage[] {
  const sources = sourcesIn(
    listOf(results)
      .filter(isFields)
      .map(({ url, title, metadata }) => ({ url, title, name: fieldsOf(metadata)['title'] })),
  )
  const last = messages.findLastIndex(({ role }) => role === 'assistant')
  if (sources.length === 0 || last === -1) return messages
  const message = messages[last] as FoundMessage
  const parts = message.parts
    ? [...listOf(message.parts), ...sources]
    : withText(message.content, sources)
  return messages.with(last, { ...message, parts })
}
