import type { EncodeProblem } from '../frame/problem.ts'

/** Where Assistant Cloud's API is served: `new AssistantCloud({ baseUrl: 'https://…/assistant-ui' })`. */
export const ROOT = '/assistant-ui'

/** A problem as Assistant Cloud says it, too: its client shows `message`, takes `error` for a code, and keeps the rest. */
export const encodeProblem: EncodeProblem = (problem) => {
  const { type, title, detail, errors = [] } = problem
  const said = [title, detail, ...errors.map((error) => `${error.pointer}: ${error.detail}`)]
  const message = said.filter(Boolean).join('. ')
  const error = type.slice('/problems/'.length).replaceAll('-', '_')
  return { body: { message, error, ...problem } }
}
