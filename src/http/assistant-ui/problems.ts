import type { EncodeProblem } from '../frame/problem.ts'

/** Where Assistant Cloud's API is served: `new AssistantCloud({ baseUrl: 'https://…/assistant-ui' })`. */
export const ROOT = '/assistant-ui'

/** A problem as Assistant Cloud says it. Its client shows `message`, and takes `error` for a code. */
export const encodeProblem: EncodeProblem = ({ type, title, detail, ...more }) => ({
  body: {
    message: detail === undefined ? title : `${title}. ${detail}`,
    error: type.slice('/problems/'.length).replaceAll('-', '_'),
    ...more,
  },
})
