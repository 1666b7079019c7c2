import type { EncodeProblem } from '../frame/problem.ts'
import { sentences } from '../frame/sentences.ts'

/** Where Assistant Cloud's API is served: `new AssistantCloud({ baseUrl: 'https://…/assistant-ui' })`. */
export const ROOT = '/assistant-ui'

/** A problem as Assistant Cloud says it, too: its client shows `message`, takes `error` for a code, and keeps the rest. */
export const encodeProblem: EncodeProblem = (problem) => {
  const { type, title, detail, errors = [] } = problem
  const named = errors.map(({ pointer, detail: why }) =>
    pointer === '' ? why : `${pointer}: ${why}`,
  )
  // A title alone is no sentence.
  const message = detail || named.length > 0 ? sentences(title, detail, ...named) : title
  const error = type.slice('/problems/'.length).replaceAll('-', '_')
  return { body: { message, error, ...problem } }
}
