import type { FoundMessage } from './found.ts'
import { type Fields, fieldsOf, isFields, listOf, textOf } from './values.ts'

/** Puts the pages that a model found on the web beside the last message that it wrote. */
export function withSources(messages: FoundMessage[], results: unknown): FoundMessage[] {
  const sources = listOf(results).filter(isFields).flatMap(sourceOf)
  const last = messages.findLastIndex(({ role }) => role === 'assistant')
  if (sources.length === 0 || last === -1) return messages
  const message = messages[last] as FoundMessage
  const said = message.content === '' ? [] : [{ type: 'text', text: message.content }]
  return messages.with(last, { ...message, parts: [...said, ...sources] })
}

function sourceOf(result: Fields): object[] {
  const url = textOf(result['url'])
  const title = textOf(result['title']) || textOf(fieldsOf(result['metadata'])['title'])
  return url === '' ? [] : [{ type: 'source', url, ...(title !== '' && { title }) }]
}
