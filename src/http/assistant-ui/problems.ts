import type { EncodeProblem } from '../frame/problem.ts'

/** Where Assistant Cloud's API is served: `new AssistantCloud({ baseUrl: 'https://…/assistant-ui' })`. */
export const ROOT = '/assistant-ui'

/** A problem as Assistant Cloud says it. Its client shows `message`, and takes `error` for a code. */
export const encodeProblem: EncodeProblem = ({ type, title, detail, ...more }) => {
  const details = (more.errors ?? []).map((error) => `${error.pointer}: ${error.detail}`)
  const message = [title, detail, ...details].filter(Boolean).join('. ')
  return {
    body: { message, error: type.slice('/problems/'.length).replaceAll('-', '_'), ...more },
  }
}
